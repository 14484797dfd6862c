"""Scheduling: who may do something alone, and later when.

A lease is a time-limited exclusive right with a fencing token: whoever lost it without noticing is
refused when they write. This package knows no product noun, and what is done under a lease is its
caller's business.
"""

from tenantry.scheduling.lease import Held, Lease, LeaseLost, Leases

__all__ = ["Held", "Lease", "LeaseLost", "Leases"]
