"""What a schedule is, and what is decided of one alone."""

from typing import Any

import pytest

from tenantry.base.errors import Invalid
from tenantry.scheduling import Definition, FireTime, Mark
from tenantry.scheduling.decision import jitter_us, next_at
from tenantry.scheduling.plan import Planned, missed_before
from tenantry.scheduling.schedule import Busy
from tests.support.fire_times import Every
from tests.support.lines import SECOND, schedule

NOW = 1_700_000_000 * SECOND


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"jitter_seconds": -1.0},
        {"jitter_seconds": 90_000.0},
        {"timeout_seconds": 0.0},
        {"retries": -1},
        {"retry_seconds": -0.1},
        {"catch_up_seconds": -1.0},
        {"grace_seconds": -1.0},
    ],
    ids=str,
)
def test_a_schedule_that_cannot_be_kept_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=next(iter(changes))):
        schedule(**changes)


def test_a_schedule_knows_what_its_fire_times_are_computed_from() -> None:
    assert schedule(cron="0 */2 * * * *").definition == Definition("0 */2 * * * *", "UTC")


def test_fire_times_are_in_order_of_their_time_and_name() -> None:
    times = [FireTime(2, "a"), FireTime(1, "b"), FireTime(1, "a", 3)]
    assert sorted(times) == [FireTime(1, "a", 3), FireTime(1, "b"), FireTime(2, "a")]


def test_jitter_is_the_same_for_the_same_and_spreads_over_its_seconds() -> None:
    one = schedule(jitter_seconds=30.0)
    drawn = [jitter_us("acme/things", one, NOW + n) for n in range(1_000)]

    assert drawn == [jitter_us("acme/things", one, NOW + n) for n in range(1_000)]
    assert 0 <= min(drawn) < SECOND
    assert 29 * SECOND < max(drawn) < 30 * SECOND
    assert drawn != [jitter_us("globex/things", one, NOW + n) for n in range(1_000)]
    assert jitter_us("acme/things", schedule(), NOW) == 0


def test_what_a_line_was_busy_for_does_not_count_as_missed() -> None:
    busy = [Busy(NOW - 100 * SECOND, NOW - 10 * SECOND, "a")]

    assert missed_before(NOW, 60.0, []) == NOW - 60 * SECOND
    assert missed_before(NOW, 60.0, busy) == NOW - 150 * SECOND
    assert missed_before(NOW, 5.0, busy) == NOW - 5 * SECOND
    # Runs that overlap are no longer than they are together.
    assert missed_before(NOW, 60.0, [*busy, *busy]) == NOW - 150 * SECOND


def test_what_is_halted_is_looked_at_once_a_minute() -> None:
    def planned(halted: str | None) -> Planned:
        one = schedule(halted=halted)
        fires = Every(SECOND)
        mark = Mark(schedule="tick", definition=one.definition, decided_until=NOW)
        return Planned(name="tick", schedule=one, mark=mark, fires=fires, marked=fires)

    assert next_at([planned(None)], line="acme/things", now=NOW) == NOW + SECOND
    assert next_at([planned("paused")], line="acme/things", now=NOW) == NOW + 61 * SECOND


def test_where_nothing_is_scheduled_there_is_nothing_to_come_for() -> None:
    assert next_at([], line="acme/things", now=NOW) is None
