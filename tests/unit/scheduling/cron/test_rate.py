"""How often an expression fires."""

import pytest

from tenantry.scheduling import Cron, cadence_seconds, runs_per_week

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    "expression, runs",
    [
        ("0 0 9,11,13,15,17 * * 1-5", 25),
        ("0 */2 9-17 * * 1-5", 1_350),
        ("0 0 */6 * * *", 28),
        ("0 0 10 * * 1-5", 5),
        ("0 * * * *", 168),
        ("30 2 * * *", 7),
        ("30 1 * * 0", 1),
        ("* * * * *", 10_080),
    ],
)
def test_what_is_the_same_every_week_is_exact(expression: str, runs: int) -> None:
    assert runs_per_week(Cron.parse(expression), NEW_YORK) == runs
    assert runs_per_week(Cron.parse(expression), "UTC") == runs


def test_what_is_not_is_the_mean_of_28_years() -> None:
    months = 28 * 12

    assert runs_per_week(Cron.parse("0 0 1 * *"), NEW_YORK) == months / 1_461
    assert runs_per_week(Cron.parse("0 0 29 2 *"), NEW_YORK) == 7 / 1_461


def test_what_clocks_skip_is_not_counted_and_what_they_repeat_is() -> None:
    in_the_gap = Cron.parse("*/10 2 * * *")
    in_the_overlap = Cron.parse("*/10 1 * * *")
    years, weeks = 28, 1_461

    assert runs_per_week(in_the_gap, NEW_YORK) == 42 - 6 * years / weeks
    assert runs_per_week(in_the_overlap, NEW_YORK) == 42 + 6 * years / weeks


@pytest.mark.parametrize(
    "expression, seconds",
    [
        ("0 0 9,11,13,15,17 * * 1-5", 7_200),
        ("0 */2 9-17 * * 1-5", 120),
        ("*/5 * * * * *", 5),
        ("0 0 10 * * 1-5", 86_400),
        ("0 0 * * 1", 7 * 86_400),
        ("0 0 9,11 * * *", 7_200),
    ],
)
def test_the_cadence_is_the_commonest_time_between_two_runs(expression: str, seconds: int) -> None:
    assert cadence_seconds(Cron.parse(expression)) == seconds
