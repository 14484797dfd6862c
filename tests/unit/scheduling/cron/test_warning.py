"""What is likely to surprise, each with its code."""

import pytest

from tenantry.scheduling import Cron, warnings_of
from tenantry.scheduling.cron.warning import WARNINGS


def _codes(expression: str) -> list[str]:
    return [warning.code for warning in warnings_of(Cron.parse(expression))]


def _message(expression: str, code: str) -> str:
    (found,) = [each for each in warnings_of(Cron.parse(expression)) if each.code == code]
    return found.message


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 9,11,13,15,17 * * 1-5",
        "0 0 */6 * * *",
        "0 0 */4 * * *",
        "0 0 10 * * 1-5",
        "0 0 8 * * 1-5",
        "*/5 * * * *",
        "*/15 9-17 * * 1-5",
        "0 */10 * * * *",
        "0 30 9-17 * * *",
        "@daily",
        "0 0 L * *",
        "0 0 1 1,4,7,10 *",
        "0 0 * * */7",
    ],
)
def test_what_is_plain_has_no_warning(expression: str) -> None:
    assert _codes(expression) == []


@pytest.mark.parametrize(
    "expression, meant, found, runs",
    [
        ("0 */2 9-17 * * 1-5", "0 0 9,11,13,15,17 * * 1-5", "1,350", "25"),
        ("0 */1 9-17 * * 1-5", "0 0 9,10,11,12,13,14,15,16,17 * * 1-5", "2,700", "45"),
        ("0 */3 9-17 * * 1-5", "0 0 9,12,15 * * 1-5", "900", "15"),
        ("30 */4 8-20 * * *", "30 0 8,12,16,20 * * *", "1,365", "28"),
        ("0 */5 9,13-15 * * *", "0 0 9,14 * * *", "336", "14"),
    ],
)
def test_a_step_of_minutes_that_was_meant_for_hours_is_told_with_both_rates(
    expression: str, meant: str, found: str, runs: str
) -> None:
    message = _message(expression, "minute_step")

    assert f"{found} runs a week" in message
    assert f"did you mean `{meant}`, {runs} runs a week?" in message
    assert "minute_step" not in _codes(meant)


@pytest.mark.parametrize(
    "expression",
    [
        "*/2 9-17 * * 1-5",
        "0 */2 * * * *",
        "0,30 */2 9-17 * * *",
        "0 */30 9-17 * * *",
        "0 0/2 9 * * *",
    ],
)
def test_other_steps_of_minutes_are_not_that_trap(expression: str) -> None:
    assert "minute_step" not in _codes(expression)


@pytest.mark.parametrize(
    "expression, portable",
    [
        ("0 0 9-17/2 * * 1-5", "0 0 9,11,13,15,17 * * 1-5"),
        ("5-59/15 * * * *", "5,20,35,50 * * * *"),
        ("0 0 1 */2 *", "0 0 1 1,3,5,7,9,11 *"),
        ("0 0 1-9/3,L * *", "0 0 1,4,7,L * *"),
        ("0 0 * * 1-5/2", "0 0 * * 1,3,5"),
    ],
)
def test_a_step_that_node_cron_3_reads_otherwise_is_told_with_a_spelling_for_both(
    expression: str, portable: str
) -> None:
    assert f"`{portable}`" in _message(expression, "range_step")
    assert "range_step" not in _codes(portable)
    assert Cron.parse(portable).day_masks == Cron.parse(expression).day_masks


@pytest.mark.parametrize("expression", ["0 0 10-20/2 * * *", "0 0 0-23/3 * * *", "0 0 * * */2"])
def test_a_step_that_both_read_alike_is_not_told(expression: str) -> None:
    assert "range_step" not in _codes(expression)


@pytest.mark.parametrize(
    "expression, words",
    [
        ("*/45 * * * *", "minute `*/45` is 0, 45, and begins again with each hour"),
        ("*/90 * * * *", "minute `*/90` is 0 and nothing else"),
        ("0 */5 * * *", "hour `*/5` is 0, 5, 10, 15, 20, and begins again with each day"),
        ("*/7 * * * * *", "second `*/7`"),
        ("0 0 */2 * *", "begins again with each month"),
        ("0 0 * * */2", "day-of-week `*/2` is 0, 2, 4, 6, and begins again with each week"),
    ],
)
def test_a_step_that_is_cut_short_is_told(expression: str, words: str) -> None:
    assert words in _message(expression, "uneven_step")


def test_every_second_is_told_with_its_runs() -> None:
    assert "604,800 runs a week" in _message("* * * * * *", "every_second")
    assert "every_second" not in _codes("*/2 * * * * *")


def test_two_fields_of_days_are_told_either_way() -> None:
    assert "a day that is either will do" in _message("0 0 13 * 5", "day_and_weekday")
    assert "a day has to be both" in _message("0 0 1-7 * */7", "day_and_weekday")
    assert "day_and_weekday" not in _codes("0 0 1-31 * 5")


@pytest.mark.parametrize(
    "expression, is_told",
    [("0 0 31 * *", True), ("0 0 31 1,3 *", False), ("0 0 29 2 *", True), ("0 0 * * 5#5", True)],
)
def test_a_month_without_such_a_day_is_told(expression: str, is_told: bool) -> None:  # noqa: FBT001
    assert ("missing_day" in _codes(expression)) is is_told


def test_several_seconds_are_told_that_the_wall_clock_decides() -> None:
    assert "as in node-cron" in _message("*/30 0 10 * * *", "wall_clock")
    assert "wall_clock" not in _codes("30 0 10 * * *")


def test_warnings_come_in_the_order_of_the_codes() -> None:
    codes = _codes("* */7 9-17/3 31 * 5")

    assert codes == [code for code in WARNINGS if code in codes]
    assert len(codes) > 3
