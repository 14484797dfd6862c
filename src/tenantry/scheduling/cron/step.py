"""What is likely to surprise about steps: `*/2` in the wrong field, or one that is cut short."""

from collections.abc import Sequence
from typing import Final

from tenantry.scheduling.cron.expression import Cron
from tenantry.scheduling.cron.field import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    FIELDS,
    HOUR,
    MINUTE,
    MONTH,
    SECOND,
    Field,
    span,
)
from tenantry.scheduling.cron.rate import runs_per_week
from tenantry.scheduling.cron.words import joined, number

# How many values a field has until it begins again; months have no one number of days.
_SIZES: Final = {
    SECOND.name: 60,
    MINUTE.name: 60,
    HOUR.name: 24,
    MONTH.name: 12,
    DAY_OF_WEEK.name: 7,
}
_AGAIN: Final = {
    SECOND.name: "minute",
    MINUTE.name: "hour",
    HOUR.name: "day",
    DAY_OF_MONTH.name: "month",
    MONTH.name: "year",
    DAY_OF_WEEK.name: "week",
}
_MINUTE: Final = FIELDS.index(MINUTE)
_HOUR: Final = FIELDS.index(HOUR)
_HOURS: Final = 24
_SHOWN: Final = 8


def minute_step(cron: Cron) -> str:
    """Tell `0 */2 9-17 * * 1-5`, which was meant to be every 2 hours; empty for all others."""
    text = cron.texts[_MINUTE]
    step = int(text[2:]) if text.startswith("*/") and text[2:].isdecimal() else 0
    is_trap = cron.dialect == "node" and cron.has_one_second and len(cron.hours) < _HOURS
    if not is_trap or not 1 <= step < _HOURS:
        return ""

    stepped = range(cron.hours[0], cron.hours[-1] + 1, step)
    hours = ",".join(str(hour) for hour in stepped if hour in cron.hours)
    meant = _with_texts(cron, {_MINUTE: "0", _HOUR: hours})
    every = f"{step} " if step > 1 else ""
    plural = "s" if step > 1 else ""
    return (
        f"of six fields the first is the second, so minute `{text}` fires every {every}"
        f"MINUTE{plural.upper()}, {_week(cron)} a week, and not every {every}hour{plural}; did you"
        f" mean `{meant}`, {_week(Cron.parse(meant))} a week?"
    )


def range_step(cron: Cron) -> str:
    """Tell the steps that node-cron 3 takes for the values that can be divided by them."""
    told, portable = [], {}
    for at, field in enumerate(FIELDS):
        items = cron.texts[at].split(",")
        for item in items:
            if "/" in item and (theirs := _read_differently(field, item)) is not None:
                ours, others = _some(span(field, item)), _some(theirs)
                told.append(f"{field.name} `{item}` is {ours}, and to node-cron 3 {others}")
                portable[at] = _plain(field, items)
    if not told:
        return ""
    return f"{joined(told)}; to both `{_with_texts(cron, portable)}` is what it is here"


def uneven_step(cron: Cron) -> str:
    """Tell the steps that are cut short where their field begins again."""
    told = []
    for at, field in enumerate(FIELDS):
        for item in cron.texts[at].split(","):
            step = int(item[2:]) if item.startswith("*/") else 1
            if _SIZES.get(field.name, step + 1) % step and step <= field.high:
                told.append(_cut_short(field, item))
            elif step > field.high and field is not DAY_OF_MONTH:
                told.append(f"{field.name} `{item}` is {field.low} and nothing else")
    return "; ".join(told)


def _cut_short(field: Field, item: str) -> str:
    values = span(field, item)
    return (
        f"{field.name} `{item}` is {_some(values)}, and begins again with each"
        f" {_AGAIN[field.name]}, which is no multiple of {values.step}"
    )


def _read_differently(field: Field, item: str) -> list[int] | None:
    """Return what node-cron 3 takes an item for, None where it is the same or refused."""
    body = item.partition("/")[0]
    if body != "*" and "-" not in body:
        return None
    ours = span(field, item)
    theirs = [value for value in span(field, body) if value % ours.step == 0]
    size = 7 if field is DAY_OF_WEEK else field.high + 1
    is_same = {value % size for value in ours} == {value % size for value in theirs}
    return None if is_same else theirs


def _plain(field: Field, items: list[str]) -> str:
    """Write a field without steps: special days as they are, numbers one by one."""
    stepped = [item for item in items if "/" in item]
    values = sorted({value for item in stepped for value in span(field, item)})
    return ",".join([*map(str, values), *(item for item in items if "/" not in item)])


def _some(values: Sequence[int]) -> str:
    shown = [str(value) for value in values[:_SHOWN]] + ["…"] * (len(values) > _SHOWN)
    return ", ".join(shown) or "nothing"


def _with_texts(cron: Cron, texts: dict[int, str]) -> str:
    fields = [texts.get(at, text) for at, text in enumerate(cron.texts)]
    return " ".join(fields if cron.dialect == "node" else fields[1:])


def _week(cron: Cron) -> str:
    return f"{number(runs_per_week(cron, 'UTC'))} runs"
