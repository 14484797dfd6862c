"""What several routes of operators have in common in the OpenAPI document."""

from typing import Final

from tenantry.web import HeaderField

NO_STORE: Final = HeaderField(
    name="Cache-Control",
    meaning="An answer about this moment.",
    schema={"const": "no-store"},
    is_always_sent=True,
)
RETRY_AFTER: Final = HeaderField(
    name="Retry-After",
    meaning="Seconds.",
    schema={"type": "integer", "minimum": 1},
    is_always_sent=True,
)
