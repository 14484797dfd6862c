"""To be described."""

from tenantry.clients.rules.access import access_diff, roles_of, visible

__all__ = [
    "access_diff",
    "roles_of",
    "visible",
]
