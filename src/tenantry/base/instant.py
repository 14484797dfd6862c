"""Instants on the wire and in the log: integer microseconds since 1970 inside, ISO 8601 outside."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from tenantry.base.errors import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# RFC 3339 §5.6 with at most microseconds, which is what the log keeps; and a date
# without a time or a time without an offset names no instant.
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def format_instant(microseconds: int) -> str:
    """Write microseconds since 1970 as `2024-01-15T10:30:00.000000Z`."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    return f"{_format_second(seconds)}.{fraction:06d}Z"


def format_millisecond(microseconds: int) -> str:
    """Write microseconds since 1970 as `2024-01-15T10:30:00.000Z`, cut to the millisecond."""
    return f"{format_instant(microseconds)[:-4]}Z"


@lru_cache(maxsize=16)
def _format_second(seconds: int) -> str:
    # Not strftime, which writes the year 999 with three digits. Cached, since a busy server writes
    # the same second thousands of times.
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


def parse_instant(text: str, *, field: str = "timestamp") -> int:
    """Read an ISO 8601 instant, offset required, as microseconds since 1970.

    Raises `Invalid` naming `field` for anything else.
    """
    if _RFC3339.fullmatch(text):
        try:
            instant = datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            return (instant - _EPOCH) // _MICROSECOND

    raise Invalid(
        field=field, got=text[:64], wants="ISO 8601 with an offset, e.g. 2024-01-15T10:30:00Z"
    )
