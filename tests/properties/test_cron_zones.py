"""The periods of every time zone there is say what `zoneinfo` says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.scheduling.cron.zone import Period, Zone
from tests.support.counts import soak_count

pytestmark = pytest.mark.soak

NAMES = sorted(available_timezones() - {"localtime", "Factory"})
DAY = 86_400


@settings(max_examples=soak_count(2_000), deadline=None)
@given(st.sampled_from(NAMES), st.integers(1850, 2110))
def test_a_year_of_any_zone_is_as_zoneinfo_says(name: str, year: int) -> None:
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    zone, info = Zone(name), ZoneInfo(name)

    for second in range(start, start + 367 * DAY, DAY // 2 + 7):
        period = zone.period_at(second)
        assert period.start <= second < period.end
        assert period.offset == _offset(info, second)


@settings(max_examples=soak_count(2_000), deadline=None)
@given(st.sampled_from(NAMES), st.integers(1850, 2110))
def test_a_period_ends_where_the_difference_does_and_knows_the_one_before(
    name: str, year: int
) -> None:
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    zone, info = Zone(name), ZoneInfo(name)

    for before, after in _changes(zone, start, start + 366 * DAY):
        assert _offset(info, after.start - 1) == before.offset
        assert _offset(info, after.start) == after.offset
        assert after.known_wall == after.start + before.offset


def _changes(zone: Zone, start: int, end: int) -> list[tuple[Period, Period]]:
    found = []
    period = zone.period_at(start)
    while period.end < end:
        later = zone.period_at(period.end)
        if later.offset != period.offset:
            found.append((period, later))
        period = later
    return found


def _offset(info: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, info).utcoffset()
    return (offset or timedelta()) // timedelta(seconds=1)
