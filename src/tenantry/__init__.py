"""Tenantry, the control plane of a multi-tenant SaaS product.

One package, one server, one CLI. Programs import what they need from the packages below
(`tenantry.configs`, `tenantry.eventlog`, …); nothing is started by importing them.
"""

__version__ = "0.1.0"
