"""Clients: white-label front ends, declared in files.

A client is what a tenant's users see: its pages, menus, components and looks, and who may open
what. It is declared, planned, applied as a whole or not at all, and rolled back; every revision
stays readable. What a component does is the front end's business; who somebody is is that of
`tenantry.tenants`, which this feature asks and never goes around.

The routes are in `tenantry.clients.api`, which only `tenantry.app` imports.
"""
