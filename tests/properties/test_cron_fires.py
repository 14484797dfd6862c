"""When cron fires, beside an oracle that walks every minute around changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from tenantry.scheduling import Cron, CronError, Fires
from tests.support.counts import soak_count
from tests.support.cron_oracle import CHANGES, US, Spec, fires_of
from tests.support.cron_specs import one_second, several_seconds, specs

pytestmark = pytest.mark.soak

MANY = settings(
    max_examples=soak_count(1_000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@st.composite
def windows(draw: st.DrawFn, hours: int = 36) -> tuple[str, int, int]:
    """Return a zone, and from when to when around a change of its clocks, or far from one."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    day = draw(st.sampled_from(CHANGES[zone]))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    middle = int(noon.timestamp()) + draw(st.integers(-40_000, 40_000))
    if draw(st.integers(0, 9)) == 0:
        middle += draw(st.integers(-400, 400)) * 86_400
    return zone, middle - hours * 1_800, middle + hours * 1_800


@MANY
@given(specs(), windows())
def test_it_fires_when_an_oracle_says_so(spec: Spec, window: tuple[str, int, int]) -> None:
    zone, start, end = window

    assert _fires(spec, zone, start, end) == fires_of(spec, zone, start, end)


@MANY
@given(specs(seconds=one_second()), windows())
def test_it_fires_as_an_oracle_says_with_one_second(
    spec: Spec, window: tuple[str, int, int]
) -> None:
    zone, start, end = window

    assert _fires(spec, zone, start, end) == fires_of(spec, zone, start, end)


@MANY
@given(specs(seconds=several_seconds()), windows(hours=8))
def test_it_fires_as_an_oracle_says_with_several_seconds(
    spec: Spec, window: tuple[str, int, int]
) -> None:
    zone, start, end = window

    assert _fires(spec, zone, start, end) == fires_of(spec, zone, start, end)


@MANY
@given(specs(), windows(), st.integers(-US, US))
def test_before_is_the_inverse_of_after(
    spec: Spec, window: tuple[str, int, int], fraction: int
) -> None:
    zone, start, _ = window
    fires = Fires(_parsed(spec), zone)
    at = start * US + fraction

    upcoming = fires.upcoming(at, 20)
    past = [at]
    for _ in range(20):
        if (earlier := fires.before(past[-1])) is not None:
            past.append(earlier)

    assert upcoming == sorted(set(upcoming))
    assert all(each > at for each in upcoming)
    assert [fires.before(later) for later in upcoming[1:]] == upcoming[:-1]
    assert [fires.before(later + 1) for later in upcoming] == upcoming
    assert [fires.after(later - 1) for later in upcoming] == upcoming
    assert past == sorted(set(past), reverse=True)
    assert [fires.after(earlier) for earlier in past[2:]] == past[1:-1]
    if len(past) > 1 and upcoming:
        assert fires.after(past[1]) in (at, upcoming[0])


def _fires(spec: Spec, zone: str, start: int, end: int) -> list[int]:
    found = Fires(_parsed(spec), zone).between(start * US - 1, end * US - 1)
    return [at // US for at in found]


def _parsed(spec: Spec) -> Cron:
    if any(_is_meant(spec, day) for day in _forty_years()):
        return Cron.parse(spec.text)
    with pytest.raises(CronError, match="never fires"):
        Cron.parse(spec.text)
    return reject()


def _is_meant(spec: Spec, day: date) -> bool:
    return day.month in spec.month.values and spec.has_day(day)


@cache
def _forty_years() -> list[date]:
    """Return days among which 29 February has been each day of the week."""
    first = date(2020, 1, 1)
    return [first + timedelta(days=n) for n in range(366 * 40)]
