"""What somebody says they mean by a schedule, in a small grammar that is understood in full.

    every [N] seconds | minutes | hours | days | weeks    or: hourly | daily | weekly
    at TIME                           of what is daily or rarer: 10, 10:30, 10 AM, 10:30pm
    [from | between] TIME - TIME      all runs are within it, both ends included
    [on] DAY - DAY | DAY, DAY … | weekdays | weekends

The first line has to be there, the others may follow it behind a comma, or without one where a word
begins them. What is not of it is refused, and nothing is guessed.
"""

import re
from typing import Final, NoReturn

import msgspec

from tenantry.scheduling.cron.errors import IntentError
from tenantry.scheduling.cron.field import WEEKDAYS

GRAMMAR: Final = (
    "`every [N] seconds|minutes|hours|days|weeks`, `hourly`, `daily` or `weekly`, then, if wanted,"
    " `at 10:30`, `, 9 AM - 5 PM` and `, Mon-Fri`"
)
MAX_LENGTH: Final = 200
DAY_SECONDS: Final = 86_400
WEEK_SECONDS: Final = 7 * DAY_SECONDS

_EN_DASH: Final = "\u2013"
# `daily at 10` is `daily, at 10`.
_BEFORE_CLAUSE: Final = re.compile(r"(?<!,) (?=(?:at|on|from|between) )")
_UNITS: Final = {
    "second": 1, "minute": 60, "hour": 3600, "day": DAY_SECONDS, "week": WEEK_SECONDS,
}  # fmt: skip
_ALONE: Final = {"hourly": 3600, "daily": DAY_SECONDS, "weekly": WEEK_SECONDS}
_EVERY: Final = re.compile(r"every (?:([0-9]{1,6}) )?(second|minute|hour|day|week)(s?)", re.ASCII)
_TIME: Final = r"[0-9]{1,2}(?::[0-9]{2})? ?(?:am|pm)?"
_CLOCK: Final = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))? ?(am|pm)?", re.ASCII)
_WINDOW: Final = re.compile(
    rf"(?:from |between )?({_TIME}) ?(?:-|to|and|until) ?({_TIME})", re.ASCII
)
_DAY_SPAN: Final = re.compile(r"([a-z]+) ?(?:-|to) ?([a-z]+)", re.ASCII)
_DAY_SETS: Final = {"weekdays": (1, 2, 3, 4, 5), "weekends": (0, 6)}
_LONG_DAYS: Final = (
    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
)  # fmt: skip


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """What is meant: what is None was not said, and is not held against a schedule.

    `at` and `window` are in seconds of the day; of weekdays, Sunday is 0.
    """

    text: str
    every_seconds: int
    at: int | None = None
    window: tuple[int, int] | None = None
    weekdays: tuple[int, ...] | None = None

    @property
    def runs_per_week(self) -> float:
        """How many runs a week that is: those of a day on each of its days."""
        days = 7 if self.weekdays is None else len(self.weekdays)
        if self.every_seconds >= DAY_SECONDS:
            return min(WEEK_SECONDS / self.every_seconds, days)
        if self.window is None:
            return DAY_SECONDS / self.every_seconds * days
        first, last = self.window
        return ((last - first) // self.every_seconds + 1) * days


def parse_intent(text: str) -> Intent:
    """Read what somebody means; raises `IntentError`, which says the grammar."""
    words = " ".join(text.lower().replace(_EN_DASH, "-").split())
    if len(text) > MAX_LENGTH or not words.isascii():
        _refuse(text)
    rate, *clauses = _BEFORE_CLAUSE.sub(",", words).split(",")

    every_seconds = _every(text, rate.strip())
    at: int | None = None
    window: tuple[int, int] | None = None
    weekdays = set[int]()
    for clause in (each.strip() for each in clauses):
        if clause.startswith("at ") and at is None:
            at = _at(text, clause.removeprefix("at "))
        elif (found := _WINDOW.fullmatch(clause)) and window is None:
            window = _window(text, found[1], found[2])
        else:
            weekdays |= _weekdays(text, clause.removeprefix("on "))

    if at is not None and every_seconds < DAY_SECONDS:
        _refuse(text, "only what is daily or rarer has a time")
    return Intent(
        text=text.strip(),
        every_seconds=every_seconds,
        at=at,
        window=window,
        weekdays=tuple(sorted(weekdays)) or None,
    )


def _every(text: str, rate: str) -> int:
    if rate in _ALONE:
        return _ALONE[rate]
    found = _EVERY.fullmatch(rate)
    if found is None:
        _refuse(text)
    count = int(found[1] or 1)
    if count < 1 or (found[3] and not found[1]):
        _refuse(text, "the number is missing or 0")
    return count * _UNITS[found[2]]


def _at(text: str, clock: str) -> int:
    found = _CLOCK.fullmatch(clock.strip())
    if found is None:
        _refuse(text, f"{clock!r} is no time of day")
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        is_wrong, hour = not 1 <= hour <= 12, hour % 12 + (12 if found[3] == "pm" else 0)  # noqa: PLR2004
    else:
        is_wrong = hour > 24 or (hour == 24 and minute > 0)  # noqa: PLR2004
    if is_wrong or minute > 59:  # noqa: PLR2004  # as a clock shows it
        _refuse(text, f"{clock!r} is no time of day")
    return hour * 3600 + minute * 60


def _window(text: str, first_text: str, last_text: str) -> tuple[int, int]:
    first, last = _at(text, first_text), _at(text, last_text)
    if first >= last:
        _refuse(text, f"{first_text!r} is not before {last_text!r}")
    return first, last


def _weekdays(text: str, clause: str) -> set[int]:
    if clause in _DAY_SETS:
        return set(_DAY_SETS[clause])
    if found := _DAY_SPAN.fullmatch(clause):
        first, last = _weekday(text, found[1]), _weekday(text, found[2])
        # A week goes round: Fri-Mon is four days.
        return {(first + n) % 7 for n in range((last - first) % 7 + 1)}
    return {_weekday(text, word) for word in clause.split(" and ")}


def _weekday(text: str, word: str) -> int:
    singular = word.removesuffix("s")
    for number, (name, short) in enumerate(zip(_LONG_DAYS, WEEKDAYS, strict=True)):
        if singular == name or word == short.lower():
            return number
    return _refuse(text, f"{word!r} is neither a day nor a span of time")


def _refuse(text: str, why: str | None = None) -> NoReturn:
    shown = text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}…"
    reason = f"; {why}" if why else ""
    raise IntentError(
        f"intent: got {shown!r}, wants {GRAMMAR}{reason}",
        details={"field": "intent", "got": shown, "wants": GRAMMAR},
    )
