"""Cron beside cronsim, where both mean the same."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from tenantry.scheduling import Cron, CronError, Fires
from tests.support.counts import soak_count
from tests.support.cron_oracle import CHANGES, US, Spec
from tests.support.cron_specs import any_seconds, several_seconds, specs

pytestmark = pytest.mark.soak

MANY = settings(
    max_examples=soak_count(2_000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
FEW = 12
# Samoa skipped a whole day, which cronsim takes for one whose hours there are. Where a clock goes
# back by half an hour, it goes on by whole ones: it misses a midnight, or answers with what was
# before the question. Where a day begins with an hour that there is not, what may not be moved out
# of it (`*/66 0`) is moved all the same once days are skipped before. Our oracle has all of them.
NOT_THEIRS = {
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Asia/Tehran", date(2022, 3, 22)),
}
DAYS = [
    (zone, day)
    for zone, days in sorted(CHANGES.items())
    for day in days
    if (zone, day) not in NOT_THEIRS
]


@MANY
@given(specs(seconds=st.none()), st.sampled_from(DAYS), st.integers(12, 60))
def test_five_fields_are_those_of_cronsim(spec: Spec, where: tuple[str, date], hours: int) -> None:
    zone, day = where
    start = datetime.fromisoformat(f"{day}T12:00:00+00:00") - timedelta(hours=hours)

    assert _ours(spec.text, zone, start) == _theirs(spec.text, zone, start)


@MANY
@given(specs(seconds=any_seconds()), st.integers(0, 230 * 365 * 86_400))
def test_six_fields_are_those_of_cronsim_where_no_clock_is_set(spec: Spec, second: int) -> None:
    start = datetime.fromtimestamp(second, UTC)

    assert _ours(spec.text, "UTC", start) == _theirs(spec.text, "UTC", start)


@MANY
@given(specs(seconds=several_seconds()), st.integers(1, 40))
def test_several_seconds_skip_what_clocks_skip_as_in_cronsim(spec: Spec, hours: int) -> None:
    start = datetime(2026, 3, 8, 12, tzinfo=UTC) - timedelta(hours=hours)

    assert _ours(spec.text, "America/New_York", start) == _theirs(
        spec.text, "America/New_York", start
    )


def _ours(text: str, zone: str, start: datetime) -> list[datetime]:
    try:
        fires = Fires(Cron.parse(text), zone)
    except CronError:
        return []
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    found = fires.upcoming((start - epoch) // timedelta(microseconds=1), FEW)
    # It gives up after 50 years.
    assume(all(at < found[0] + 40 * 365 * 86_400 * US for at in found))
    return [epoch + timedelta(microseconds=at) for at in found]


def _theirs(text: str, zone: str, start: datetime) -> list[datetime]:
    *_, days, _, weekdays = text.split()
    if "W" in days.replace("LW", "") or "L-" in days:
        # Which it has not.
        reject()
    if "/" in weekdays:
        # Its week has eight days, so `SUN-7/2` is not every second one.
        reject()
    try:
        found = CronSim(text, start.astimezone(ZoneInfo(zone)))
        return [next(found).astimezone(UTC) for _ in range(FEW)]
    except StopIteration:
        return []
