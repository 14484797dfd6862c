"""One field of an expression: a list of numbers, ranges and steps, and the values it stands for."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from tenantry.scheduling.cron.errors import CronError

MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_NUMBER: Final = re.compile(r"[0-9]{1,4}", re.ASCII)
_MAX_LISTED: Final = 8


class Field(msgspec.Struct, frozen=True):
    """What a field is called, the values it may have, and their names, if they have any."""

    name: str
    low: int
    high: int
    names: Mapping[str, int] = {}

    @property
    def wants(self) -> str:
        """What one value of the field looks like, in words."""
        words = f" or {next(iter(self.names))}-{list(self.names)[-1]}" if self.names else ""
        return f"{self.low}-{self.high}{words}"

    def number(self, text: str, *, item: str) -> int:
        """Return the value that `text` is, a number or a name; `item` is what it stands in."""
        if text in self.names:
            return self.names[text]
        number = int(text) if _NUMBER.fullmatch(text) else None
        if number is None or not self.low <= number <= self.high:
            raise CronError(field=self.name, got=item, wants=self.wants)
        return number


SECOND: Final = Field("second", 0, 59)
MINUTE: Final = Field("minute", 0, 59)
HOUR: Final = Field("hour", 0, 23)
DAY_OF_MONTH: Final = Field("day-of-month", 1, 31)
MONTH: Final = Field("month", 1, 12, {name: at for at, name in enumerate(MONTHS, 1)})
DAY_OF_WEEK: Final = Field("day-of-week", 0, 7, {name: at for at, name in enumerate(WEEKDAYS)})


FIELDS: Final = (SECOND, MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK)
"""All six, in their order."""


def items_of(field: Field, text: str) -> list[str]:
    """Return what the commas of a field stand between."""
    items = text.split(",")
    if "" in items:
        raise CronError(field=field.name, got=text, wants="a value on both sides of each comma")
    return items


def values_of(field: Field, text: str) -> tuple[int, ...]:
    """Return the values that a field of nothing but numbers stands for, in their order."""
    return tuple(sorted({value for item in items_of(field, text) for value in span(field, item)}))


def span(field: Field, item: str) -> range:
    """Return the values of one item: `*`, `a`, `a-b`, and each of these with `/n`."""
    body, slash, step_text = item.partition("/")
    step = _step(field, item, step_text) if slash else 1

    if body == "*":
        return range(field.low, field.high + 1, step)
    if "-" in body:
        return _range(field, item, body, step)
    first = field.number(body, item=item)
    if not slash:
        return range(first, first + 1)
    if field is DAY_OF_WEEK:
        raise CronError(
            field=field.name,
            got=item,
            wants="the two ends of a range before a step",
            why="programs disagree whether it ends on Saturday or on Sunday",
            suggestion=_listed(range(first, 7, step)),
        )
    return range(first, field.high + 1, step)


def _range(field: Field, item: str, body: str, step: int) -> range:
    first_text, _, last_text = body.partition("-")
    first, last = field.number(first_text, item=item), field.number(last_text, item=item)
    if first <= last:
        return range(first, last + 1, step)
    raise CronError(
        field=field.name,
        got=item,
        wants="a range that rises",
        why=f"{first_text} comes after {last_text}, and programs disagree what that means",
        suggestion=_wrapped(field, first, last, step),
    )


def _wrapped(field: Field, first: int, last: int, step: int) -> str:
    """Write what a range that runs over the end of its field was probably meant to be."""
    high = 6 if field is DAY_OF_WEEK else field.high
    if field is DAY_OF_WEEK and last == 0:
        return _listed(range(first, 8, step))
    if step > 1:
        size = high - field.low + 1
        steps = range(first, last + size + 1, step)
        return _listed([(value - field.low) % size + field.low for value in steps])
    return ",".join(_bounds(*pair) for pair in ((first, high), (field.low, last)))


def _bounds(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}-{last}"


def _listed(values: range | list[int]) -> str:
    if isinstance(values, range) and values.step == 1 and len(values) > _MAX_LISTED:
        return _bounds(values[0], values[-1])
    return ",".join(map(str, values))


def _step(field: Field, item: str, text: str) -> int:
    step = int(text) if _NUMBER.fullmatch(text) else 0
    if step < 1:
        raise CronError(field=field.name, got=item, wants="a step of 1 to 9999 behind the slash")
    return step
