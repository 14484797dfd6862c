"""To be described."""

from tenantry.clients.rules.reactory import imported, originals_in

__all__ = [
    "imported",
    "originals_in",
]
