"""To be described."""

from tenantry.clients.rules.access import access_diff, roles_of, visible
from tenantry.clients.rules.lint import lint
from tenantry.clients.rules.sarif import sarif

__all__ = [
    "access_diff",
    "lint",
    "roles_of",
    "sarif",
    "visible",
]
