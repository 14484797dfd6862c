"""The headers of an answer that is about this moment."""

from http import HTTPStatus
from typing import Final

NO_STORE: Final = {"cache-control": "no-store"}

# As often as a check is made anew.
_RETRY_AFTER: Final = {"retry-after": "1"}


def moment_headers(status: int) -> dict[str, str]:
    """Return the headers of a probe's answer: one that is bad says when to ask again."""
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return NO_STORE | _RETRY_AFTER
    return NO_STORE
