"""Instants as tests of cron write them."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tenantry.scheduling import Cron, Fires

US: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def us(text: str) -> int:
    """Return an ISO 8601 instant as microseconds since 1970."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def shown(at_us: int, zone: str) -> str:
    """Return an instant as the clocks of a zone show it."""
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(ZoneInfo(zone)).isoformat()


def upcoming(expression: str, zone: str, start: str, count: int) -> list[str]:
    """Return the next times at which an expression fires, as the clocks of its zone show them."""
    found = Fires(Cron.parse(expression), zone).upcoming(us(start), count)
    return [shown(at, zone) for at in found]
