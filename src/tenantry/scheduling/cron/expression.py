"""A cron expression that was understood, and how it is read."""

import re
from typing import Final, Literal, Self

import msgspec

from tenantry.scheduling.cron.days import LENGTHS, MonthDays, WeekDays, day_masks, kind_of
from tenantry.scheduling.cron.errors import CronError
from tenantry.scheduling.cron.field import (
    FIELDS,
    HOUR,
    MINUTE,
    MONTH,
    SECOND,
    values_of,
)

Dialect = Literal["node", "unix5"]

MAX_LENGTH: Final = 1_000
MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

_STRANGE: Final = re.compile(r"[^0-9A-Za-z*/,#@ \t-]", re.ASCII)
_WANTS: Final = "five fields, or six with the seconds first, e.g. `0 0 10 * * 1-5`"


class Cron(msgspec.Struct, frozen=True, kw_only=True):
    """An expression that fires: six fields with the seconds first, or five, then at second 0.

    Made by `Cron.parse`. `expression` is as it was given; `dialect` is `node` where it had six
    fields and `unix5` where it had five or was a macro. `texts` are its six fields in capitals.
    """

    expression: str
    dialect: Dialect
    texts: tuple[str, ...]
    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: tuple[int, ...]
    month_days: MonthDays
    week_days: WeekDays
    day_masks: tuple[int, ...]

    @classmethod
    def parse(cls, expression: str) -> Self:
        """Read an expression; raises `CronError` where it is wrong, ambiguous, or never fires."""
        dialect, texts = _split(expression)
        month_days = MonthDays.parse(texts[3])
        week_days = WeekDays.parse(texts[5])
        cron = cls(
            expression=expression,
            dialect=dialect,
            texts=texts,
            seconds=values_of(SECOND, texts[0]),
            minutes=values_of(MINUTE, texts[1]),
            hours=values_of(HOUR, texts[2]),
            months=values_of(MONTH, texts[4]),
            month_days=month_days,
            week_days=week_days,
            day_masks=day_masks(month_days, week_days, is_either=_is_either(texts)),
        )
        _refuse_what_never_fires(cron)
        return cron

    @property
    def is_either_day(self) -> bool:
        """Whether one of the two fields of days is enough, as in Debian: no `*` begins either."""
        return _is_either(self.texts)

    @property
    def has_one_second(self) -> bool:
        """Whether it fires at most once a minute, so that Debian's rule holds for the rest."""
        return len(self.seconds) == 1

    @property
    def follows_real_time(self) -> bool:
        """Whether a `*` begins its minutes or hours: then what the clock repeats runs twice."""
        return self.has_one_second and (
            self.texts[1].startswith("*") or self.texts[2].startswith("*")
        )


def _is_either(texts: tuple[str, ...]) -> bool:
    return not (texts[3].startswith("*") or texts[5].startswith("*"))


def _split(expression: str) -> tuple[Dialect, tuple[str, ...]]:
    if len(expression) > MAX_LENGTH:
        raise CronError(
            field="expression",
            got=expression,
            wants=f"at most {MAX_LENGTH:,} characters, not {len(expression):,}",
        )
    stripped = expression.strip(" \t")
    if stripped.startswith("@"):
        return "unix5", _as_six(_macro(stripped).split())
    _refuse_strange(expression)

    texts = stripped.upper().split()
    if len(texts) not in (len(FIELDS) - 1, len(FIELDS)):
        raise CronError(
            field="expression", got=expression, wants=_WANTS, why=f"this has {len(texts)}"
        )
    return ("node" if len(texts) == len(FIELDS) else "unix5"), _as_six(texts)


def _as_six(texts: list[str]) -> tuple[str, ...]:
    return tuple(texts) if len(texts) == len(FIELDS) else ("0", *texts)


def _macro(text: str) -> str:
    if (found := MACROS.get(text.lower())) is None:
        raise CronError(field="expression", got=text, wants=f"{', '.join(MACROS)}, or {_WANTS}")
    return found


def _refuse_strange(expression: str) -> None:
    found = _STRANGE.search(expression)
    if found is None:
        return
    if found[0] != "?":
        raise CronError(
            field="expression",
            got=expression,
            wants="digits, ASCII letters and `* / , - # @`",
            why=f"character {found.start() + 1} is {found[0]!r}",
        )
    raise CronError(
        field="expression",
        got=expression,
        wants="`*` where any day will do",
        why="`?` is Quartz's, which counts the days of the week from 1 = Sunday and not from 0",
        suggestion=expression.replace("?", "*"),
    )


def _refuse_what_never_fires(cron: Cron) -> None:
    lengths = {length for month in cron.months for length in LENGTHS[month]}
    kinds = [(length, first) for length in lengths for first in range(7)]
    if any(cron.day_masks[kind_of(*kind)] for kind in kinds):
        return

    has_days = any(cron.month_days.bits_in(*kind) for kind in kinds)
    has_weekdays = any(cron.week_days.bits_in(*kind) for kind in kinds)
    if has_days and has_weekdays:
        raise CronError(
            field="day-of-month",
            got=cron.texts[3],
            wants="a day that can be such a day of the week",
            why=f"a `*` in front wants both, and none is `{cron.texts[5]}` too: it never fires",
        )
    raise CronError(
        field="day-of-month",
        got=cron.texts[3],
        wants=f"a day that month `{cron.texts[4]}` has",
        why=f"the longest of these has {max(lengths)} days: it never fires",
        suggestion=" ".join(_with_last_day(cron)),
    )


def _with_last_day(cron: Cron) -> list[str]:
    texts = [*cron.texts[:3], "L", *cron.texts[4:]]
    return texts if cron.dialect == "node" else texts[1:]
