"""Business time that lies behind."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tenantry.updater.rules import BusinessCalendar

ZONE = ZoneInfo("America/New_York")


def _at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    "until, hours, since",
    [
        ("2026-03-04T15:30", 2, "2026-03-04T13:30"),
        ("2026-03-04T09:00", 2, "2026-03-03T15:00"),
        ("2026-03-04T10:00", 2, "2026-03-03T16:00"),
        ("2026-03-08T12:00", 2, "2026-03-06T15:00"),
        # The night between has an hour less.
        ("2026-03-09T09:00", 9, "2026-03-05T16:00"),
    ],
)
def test_business_time_is_counted_back_over_nights_and_weekends(
    until: str, hours: int, since: str
) -> None:
    calendar = BusinessCalendar("America/New_York")
    assert calendar.back(_at(until), hours * 3_600) == _at(since)
