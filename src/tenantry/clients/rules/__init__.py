"""To be described."""

from tenantry.clients.rules.access import access_diff, roles_of, visible
from tenantry.clients.rules.lint import lint

__all__ = [
    "access_diff",
    "lint",
    "roles_of",
    "visible",
]
