from datetime import UTC, date, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from tenantry.updater.rules.calendar import SECOND, BusinessCalendar

# With a clock that is changed at midnight, by half an hour, and over a whole day.
ZONES = (
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "UTC",
)


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_of_an_instant_is_the_local_one(zone: str) -> None:
    calendar, random = BusinessCalendar(zone), Random(zone)
    first, last = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2010, 2030))
    for _ in range(5000):
        second = random.randrange(first, last)
        local = datetime.fromtimestamp(second, ZoneInfo(zone)).date()
        assert calendar.day_of(second * SECOND) == (local - date(1970, 1, 1)).days


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_begins_in_its_first_second(zone: str) -> None:
    calendar = BusinessCalendar(zone)
    second = int(datetime(2011, 1, 1, tzinfo=UTC).timestamp())
    for hour in range(24 * 366):
        for near in (-1, 0, 1):
            at = second + hour * 3600 + near
            local = datetime.fromtimestamp(at, ZoneInfo(zone)).date()
            assert calendar.day_of(at * SECOND) == (local - date(1970, 1, 1)).days
