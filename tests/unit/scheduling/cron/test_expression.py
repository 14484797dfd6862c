"""What an expression may say, and what is said of one that is wrong."""

import pytest

from tenantry.base.errors import Invalid
from tenantry.scheduling import Cron, CronError
from tenantry.scheduling.cron.expression import MACROS


def test_six_fields_begin_with_the_seconds() -> None:
    cron = Cron.parse("0 */2 9-17 * * 1-5")

    assert cron.dialect == "node"
    assert cron.seconds == (0,)
    assert cron.minutes == tuple(range(0, 60, 2))
    assert cron.hours == tuple(range(9, 18))


def test_five_fields_fire_at_second_0() -> None:
    cron = Cron.parse("30 10 * * *")

    assert cron.dialect == "unix5"
    assert (cron.seconds, cron.minutes, cron.hours) == ((0,), (30,), (10,))


def test_an_expression_is_kept_as_it_was_given() -> None:
    assert Cron.parse("  0 0\t10 * * mon-Fri ").expression == "  0 0\t10 * * mon-Fri "


@pytest.mark.parametrize(
    "text, values",
    [
        ("*", range(60)),
        ("7", [7]),
        ("07", [7]),
        ("1,5,3,5", [1, 3, 5]),
        ("10-13", [10, 11, 12, 13]),
        ("5-5", [5]),
        ("*/20", [0, 20, 40]),
        ("10-40/15", [10, 25, 40]),
        ("50/5", [50, 55]),
        ("*/59", [0, 59]),
        ("*/90", [0]),
        ("1,10-12,*/30", [0, 1, 10, 11, 12, 30]),
    ],
)
def test_numbers_are_lists_ranges_and_steps(text: str, values: list[int]) -> None:
    assert Cron.parse(f"{text} * * * *").minutes == tuple(values)


def test_months_and_days_have_names_in_any_case() -> None:
    cron = Cron.parse("0 0 * jan,Mar-MAY sun,Tue-THU")

    assert cron.months == (1, 3, 4, 5)
    assert cron.week_days.numbers == {0, 2, 3, 4}


def test_sunday_is_0_and_7() -> None:
    assert Cron.parse("0 0 * * 0").week_days == Cron.parse("0 0 * * 7").week_days
    assert Cron.parse("0 0 * * 5-7").week_days.numbers == {5, 6, 0}


@pytest.mark.parametrize("macro, meaning", MACROS.items())
def test_a_macro_is_five_fields(macro: str, meaning: str) -> None:
    cron, spelled = Cron.parse(macro.upper()), Cron.parse(meaning)

    assert cron.dialect == "unix5"
    assert cron.texts == spelled.texts


@pytest.mark.parametrize(
    "expression, field",
    [
        ("60 * * * * *", "second"),
        ("0 60 * * * *", "minute"),
        ("0 0 24 * * *", "hour"),
        ("0 0 0 0 * *", "day-of-month"),
        ("0 0 0 32 * *", "day-of-month"),
        ("0 0 0 * 13 *", "month"),
        ("0 0 0 * 0 *", "month"),
        ("0 0 0 * * 8", "day-of-week"),
        ("0 0 0 * FOO *", "month"),
        ("0 0 0 * * MOON", "day-of-week"),
        ("0 0 MON * * *", "hour"),
        ("0 -5 * * * *", "minute"),
        ("0 5- * * * *", "minute"),
        ("0 1-2-3 * * * *", "minute"),
        ("0 */0 * * * *", "minute"),
        ("0 */ * * * *", "minute"),
        ("0 */2/3 * * * *", "minute"),
        ("0 */-2 * * * *", "minute"),
        ("0 */99999999999999999999 * * * *", "minute"),
        ("0 99999999999999999999 * * * *", "minute"),
        ("0 1,,2 * * * *", "minute"),
        ("0 , * * * *", "minute"),
        ("0 1, * * * *", "minute"),
        ("0 ** * * * *", "minute"),
        ("0 /2 * * * *", "minute"),
        ("0 0 L * * *", "hour"),
        ("0 0 0 L-0 * *", "day-of-month"),
        ("0 0 0 L-31 * *", "day-of-month"),
        ("0 0 0 L/2 * *", "day-of-month"),
        ("0 0 0 0W * *", "day-of-month"),
        ("0 0 0 32W * *", "day-of-month"),
        ("0 0 0 1-5W * *", "day-of-month"),
        ("0 0 0 W15 * *", "day-of-month"),
        ("0 0 0 W * *", "day-of-month"),
        ("0 0 0 * * 8L", "day-of-week"),
        ("0 0 0 * * MON#0", "day-of-week"),
        ("0 0 0 * * MON#6", "day-of-week"),
        ("0 0 0 * * MON#", "day-of-week"),
        ("0 0 0 * * #1", "day-of-week"),
        ("0 0 0 * * 1W", "day-of-week"),
        ("0 0 0 1#1 * *", "day-of-month"),
    ],
)
def test_an_error_names_the_field_and_what_it_wants(expression: str, field: str) -> None:
    with pytest.raises(CronError) as caught:
        Cron.parse(expression)

    assert caught.value.message.startswith(f"{field}: got ")
    assert ", wants " in caught.value.message
    assert caught.value.code == "invalid_cron"
    assert caught.value.details is not None
    assert caught.value.details["field"] == field
    assert isinstance(caught.value, Invalid)


@pytest.mark.parametrize(
    "expression, suggestion",
    [
        ("0 22-2 * * *", "22-23,0-2"),
        ("0 23-0 * * *", "23,0"),
        ("0 22-2/2 * * *", "22,0,2"),
        ("0 0 1 NOV-MAR *", "11-12,1-3"),
        ("0 0 * * FRI-SUN", "5,6,7"),
        ("0 0 * * FRI-MON", "5-6,0-1"),
        ("50-10 * * * *", "50-59,0-10"),
    ],
)
def test_a_range_that_falls_is_refused_with_what_may_be_meant(
    expression: str, suggestion: str
) -> None:
    with pytest.raises(CronError, match="a range that rises") as caught:
        Cron.parse(expression)

    assert f"did you mean `{suggestion}`?" in caught.value.message
    assert caught.value.details is not None
    assert caught.value.details["suggestion"] == suggestion


@pytest.mark.parametrize(
    "expression, suggestion",
    [
        ("0 0 30 2 *", "0 0 L 2 *"),
        ("0 0 0 31 4,6,9,11 *", "0 0 0 L 4,6,9,11 *"),
        ("0 0 31W 2 *", "0 0 L 2 *"),
        ("0 0 L-29 2 *", "0 0 L 2 *"),
        ("0 0 */100 * MON#4", None),
        ("0 0 */30 * TUE#4", None),
    ],
)
def test_what_never_fires_is_refused_and_says_why(expression: str, suggestion: str | None) -> None:
    with pytest.raises(CronError, match="it never fires") as caught:
        Cron.parse(expression)

    assert caught.value.details is not None
    assert caught.value.details.get("suggestion") == suggestion


@pytest.mark.parametrize(
    "expression",
    ["0 0 29 2 *", "0 0 29 2 */7", "0 0 L-30 * *", "0 0 31W * *", "0 0 30 2 1", "0 0 * 2 MON#5"],
)
def test_what_fires_seldom_is_accepted(expression: str) -> None:
    assert Cron.parse(expression).expression == expression


def test_a_question_mark_is_refused_since_its_days_are_counted_otherwise() -> None:
    with pytest.raises(CronError, match="Quartz") as caught:
        Cron.parse("0 0 10 ? * 2-6")

    assert "did you mean `0 0 10 * * 2-6`?" in caught.value.message


def test_an_open_step_of_weekdays_is_refused_since_programs_disagree_on_its_end() -> None:
    with pytest.raises(CronError, match=r"Saturday or on Sunday.*did you mean `1,3,5`"):
        Cron.parse("0 0 * * 1/2")


@pytest.mark.parametrize(
    "expression",
    [
        "",
        " ",
        "* * * *",
        "* * * * * * *",
        "0 0 11 * * 0 2050",
        "@reboot",
        "@every 5m",
        "@",
        "@daily @daily",
        "CRON_TZ=UTC 0 0 * * *",
        "0 0 * * *\n",
        "0 0 * * *\x00",
        "0\u00a00 * * *",
        "\u00b9 * * * *",
        "\u0661 * * * *",
        "\uff11 * * * *",
        "1_0 * * * *",
        "+1 * * * *",
        "1.5 * * * *",
        "0 0 * * \u0130",
        "\U0001f550 * * * *",
        "*" * 10_000,
        "0," * 5_000 + "0 * * * *",
        "0 0 * * " + "1" * 10_000,
        " " * 10_000 + "0 0 * * *",
    ],
)
def test_what_is_no_expression_is_refused_in_few_words(expression: str) -> None:
    with pytest.raises(CronError) as caught:
        Cron.parse(expression)

    assert caught.value.message.startswith("expression: got ")
    assert len(caught.value.message) < 400


def test_the_longest_list_that_makes_sense_is_read() -> None:
    every = ",".join(map(str, range(60)))

    assert Cron.parse(f"{every} {every} * * * *").minutes == tuple(range(60))


def test_equal_texts_are_equal_expressions() -> None:
    assert Cron.parse("0 0 * * 1") == Cron.parse("0 0 * * 1")
    assert hash(Cron.parse("0 0 * * 1")) == hash(Cron.parse("0 0 * * 1"))
    assert Cron.parse("0 0 * * 1") != Cron.parse("0 0 * * 2")
