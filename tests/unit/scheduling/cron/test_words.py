"""An expression in words."""

from typing import Final

import pytest

from tenantry.scheduling import Cron, describe

WORDS: Final = {
    "0 */2 9-17 * * 1-5": "At second 0 of every 2nd minute, from 09:00 to 17:58, Monday to Friday",
    "0 0 9,11,13 * * 1-5": "At 09:00, 11:00 and 13:00, Monday to Friday",
    "0 0 */6 * * *": "At 00:00, 06:00, 12:00 and 18:00, every day",
    "0 0 10 * * 1-5": "At 10:00, Monday to Friday",
    "15 30 10 * * *": "At 10:30:15, every day",
    "* * * * *": "At second 0 of every minute, every day",
    "* * * * * *": "Every second of every minute, every day",
    "*/5 * * * * *": "Every 5th second of every minute, every day",
    "*/25 * * * * *": "At seconds 0, 25 and 50 of every minute, every day",
    "@hourly": "At second 0 of minute 0 of every hour, every day",
    "5/30 * * * *": "At second 0 of every 30th minute from minute 5 on of every hour, every day",
    "*/45 * * * *": "At second 0 of minutes 0 and 45 of every hour, every day",
    "*/90 9 * * *": "At 09:00, every day",
    "*/5 9,13-15 * * *": (
        "At second 0 of every 5th minute, from 09:00 to 09:59 and 13:00 to 15:59, every day"
    ),
    "1,2 30 1,2,3 * * *": "At seconds 1 and 2 of minute 30, from 01:30 to 03:30, every day",
    "0 12 * * 6,0": "At 12:00, on Saturday and Sunday",
    "0 12 * * 3": "At 12:00, on Wednesday",
    "0 0 1 1 *": "At 00:00, on day 1 of the month, in January",
    "0 0 1-5,10 */6 *": "At 00:00, on days 1 to 5 and 10 of the month, in January and July",
    "0 0 L * *": "At 00:00, on the last day of the month",
    "0 0 L-3 * *": "At 00:00, on the 4th to last day of the month",
    "0 0 15W * *": "At 00:00, on the weekday nearest to day 15 of the month",
    "0 0 1,LW * *": "At 00:00, on day 1 of the month and the last weekday of the month",
    "0 0 * * MON#1": "At 00:00, on the 1st Monday of the month",
    "0 0 * * 5L,MON": "At 00:00, on Monday and the last Friday of the month",
    "0 0 13 * 5": "At 00:00, on day 13 of the month or on Friday",
    "0 0 1-7 * */7": "At 00:00, on days 1 to 7 of the month if that is Sunday",
    "0 0 1-31 * 5": "At 00:00, every day",
    "0 0 * * 0-7": "At 00:00, every day",
}


@pytest.mark.parametrize("expression, words", WORDS.items())
def test_it_says_what_an_expression_does(expression: str, words: str) -> None:
    assert describe(Cron.parse(expression)) == words
