"""What somebody says they mean, and whether an expression does it."""

import pytest

from tenantry.scheduling import Cron, IntentError, fits, parse_intent

NEW_YORK = "America/New_York"
HOUR, DAY = 3_600, 86_400


@pytest.mark.parametrize(
    "text, every_seconds, runs",
    [
        ("every second", 1, 604_800),
        ("every 5 seconds", 5, 120_960),
        ("Every 2 Hours", 2 * HOUR, 84),
        ("every minute", 60, 10_080),
        ("hourly", HOUR, 168),
        ("daily", DAY, 7),
        ("every 3 days", 3 * DAY, 7 / 3),
        ("every 2 weeks", 14 * DAY, 0.5),
        ("Every 2 hours, 9 AM - 5 PM, Mon-Fri", 2 * HOUR, 25),
        ("every 2 hours from 9 to 17 on weekdays", 2 * HOUR, 25),
        ("every 2 hours, between 9am and 5pm, on Mon, Tue, Wed and Thu", 2 * HOUR, 20),
        ("every 30 minutes, 9:30-10:00, weekends", 1_800, 4),
        ("Every 6 hours", 6 * HOUR, 28),
        ("Daily at 10 AM, Mon-Fri", DAY, 5),
        ("daily, mondays", DAY, 1),
        ("weekly on Friday at 17:30", 7 * DAY, 1),
    ],
)
def test_the_grammar_is_small_and_has_rates(text: str, every_seconds: int, runs: float) -> None:
    intent = parse_intent(text)

    assert intent.every_seconds == every_seconds
    assert intent.runs_per_week == runs
    assert intent.text == text


@pytest.mark.parametrize(
    "text, at",
    [
        ("daily at 10", 10 * HOUR),
        ("daily at 10 AM", 10 * HOUR),
        ("daily at 12am", 0),
        ("daily at 12 pm", 12 * HOUR),
        ("daily, at 10:30pm", 22 * HOUR + 1_800),
        ("every day at 00:15", 900),
    ],
)
def test_a_time_of_day_is_read_as_clocks_show_it(text: str, at: int) -> None:
    assert parse_intent(text).at == at


def test_a_week_goes_round() -> None:
    assert parse_intent("daily, Fri-Mon").weekdays == (0, 1, 5, 6)
    assert parse_intent("daily, Fri\u2013Sun").weekdays == (0, 5, 6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "often",
        "every",
        "every hours",
        "every 0 hours",
        "every -1 hours",
        "every 1.5 hours",
        "every two hours",
        "every \u0662 hours",
        "monthly",
        "hourly at 9",
        "daily at",
        "daily at 25",
        "daily at 24:30",
        "daily at 9:60",
        "daily at 13 pm",
        "daily at 0 am",
        "daily at 9 at 10",
        "every 2 hours, 17-9",
        "every 2 hours, 9-9",
        "every 2 hours, 9-11, 12-14",
        "daily, Funday",
        "daily, , Mon",
        "daily,",
        "0 0 10 * * *",
        "every 2 hours" + " " * 10_000,
        "every " + "9" * 10_000 + " hours",
    ],
)
def test_what_is_not_of_it_is_refused_with_the_grammar(text: str) -> None:
    with pytest.raises(IntentError, match=r"wants `every \[N\] seconds") as caught:
        parse_intent(text)

    assert caught.value.code == "invalid_intent"
    assert len(caught.value.message) < 600


@pytest.mark.parametrize(
    "text, expression",
    [
        ("every 2 hours", "0 0 9,11,13,15,17 * * 1-5"),
        ("Every 2 hours, 9 AM - 5 PM, Mon-Fri", "0 0 9,11,13,15,17 * * 1-5"),
        ("Every 6 hours", "0 0 */6 * * *"),
        ("Daily at 10 AM, Mon-Fri", "0 0 10 * * 1-5"),
        ("daily at 10", "0 0 10 * * 1-5"),
        ("daily", "15 30 10 * * *"),
        ("daily, Mon, Wed and Fri", "0 9 * * 1,3,5"),
        ("hourly", "@hourly"),
        ("hourly, 9-17", "0 9-17 * * *"),
        ("every 2 hours, 9-17", "0 10,12,14,16 * * *"),
        ("every 2 minutes", "0 */2 9-17 * * 1-5"),
        ("every 5 seconds", "*/5 * * * * *"),
        ("every second", "* * * * * *"),
        ("weekly", "0 0 * * 3"),
        ("weekly on Wednesday at 6", "0 6 * * 3"),
    ],
)
def test_an_expression_that_does_what_is_meant_fits(text: str, expression: str) -> None:
    assert fits(parse_intent(text), Cron.parse(expression), NEW_YORK) is None


@pytest.mark.parametrize(
    "text, expression, reason",
    [
        (
            "every 2 hours",
            "0 */2 9-17 * * 1-5",
            "84 runs a week, and `0 */2 9-17 * * 1-5` has 1,350: it runs every 2 minutes, and",
        ),
        (
            "Every 2 hours, 9 AM - 5 PM, Mon-Fri",
            "0 */2 9-17 * * 1-5",
            "25 runs a week, and `0 */2 9-17 * * 1-5` has 1,350: it runs every 2 minutes",
        ),
        (
            "daily",
            "0 10,12 * * *",
            "7 runs a week, and `0 10,12 * * *` has 14: it runs every 2 hours",
        ),
        ("daily at 10", "0 22 * * *", "it runs at 22:00, and not at 10:00"),
        ("daily at 10, Mon-Fri", "0 10 * * *", "on Monday to Sunday, and not on Monday to Friday"),
        ("weekly on Monday", "0 10 * * 2", "it runs on Tuesday, and not on Monday"),
        ("every 2 weeks", "0 10 * * 2", "it runs every week, and not every 2 weeks"),
        (
            "hourly, 9-17",
            "0 8-16 * * *",
            "it runs from 08:00 to 16:00, and not from 09:00 to 17:00",
        ),
        ("hourly, 9-17", "0 9-12 * * *", "it runs every hour, but not throughout"),
        ("every 2 hours", "0 9,11 * * *", "it runs every 2 hours, but not throughout"),
        ("every 7 minutes", "*/7 * * * *", "it runs every 7 minutes, but not throughout"),
        ("every 2 days", "0 0 */2 * *", "it runs every 2 days, but not throughout"),
    ],
)
def test_one_that_does_not_is_told_why_with_both_rates(
    text: str, expression: str, reason: str
) -> None:
    found = fits(parse_intent(text), Cron.parse(expression), NEW_YORK)

    assert found is not None
    assert found.startswith(f"{text!r} is meant, ")
    assert reason in found


def test_a_pause_is_not_held_against_an_intent_that_is_silent_about_it() -> None:
    assert fits(parse_intent("hourly"), Cron.parse("0 9-17 1 * *"), NEW_YORK) is None
