"""What cron should do, worked out the slow way and apart from what is tested.

A `Spec` is put together beside the text of its expression, so nothing of the parser is trusted. The
oracle asks `zoneinfo` about every single second, or minute, of a window; it knows no transitions.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

US: Final = 1_000_000

# A zone, and days on which its clocks were or will be set: by an hour, by half of one, by two, at
# midnight, by a whole day.
CHANGES: Final[dict[str, list[date]]] = {
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "America/Sao_Paulo": [date(2018, 2, 17), date(2018, 11, 4), date(1985, 11, 2)],
    "Africa/Casablanca": [date(2026, 2, 15), date(2026, 3, 22)],
    "Pacific/Apia": [date(2011, 9, 24), date(2011, 12, 30), date(2012, 4, 1)],
    "Asia/Tehran": [date(2022, 3, 22), date(2022, 9, 21)],
    "Antarctica/Troll": [date(2026, 3, 29), date(2026, 10, 25)],
}


class Part(msgspec.Struct, frozen=True):
    """One field: its text, and the values that this was made from."""

    text: str
    values: frozenset[int]


class DayPart(msgspec.Struct, frozen=True):
    """A field of days: `kind` says what `values` are, plain numbers or counted from the end."""

    text: str
    kind: str
    values: frozenset[int] = frozenset()


class Spec(msgspec.Struct, frozen=True):
    """An expression and what it means; `second` is None where the text has five fields."""

    second: Part | None
    minute: Part
    hour: Part
    month_day: DayPart
    month: Part
    week_day: DayPart

    @property
    def text(self) -> str:
        """The expression."""
        fields = (self.minute, self.hour, self.month_day, self.month, self.week_day)
        first = [self.second.text] if self.second else []
        return " ".join([*first, *(field.text for field in fields)])

    @property
    def seconds(self) -> frozenset[int]:
        """The seconds it means."""
        return self.second.values if self.second else frozenset({0})

    @property
    def has_one_second(self) -> bool:
        """Whether Debian's rule is its rule."""
        return len(self.seconds) == 1

    @property
    def follows_real_time(self) -> bool:
        """Whether what the clock shows twice runs twice."""
        starred = self.minute.text.startswith("*") or self.hour.text.startswith("*")
        return self.has_one_second and starred

    def has_minute(self, wall: datetime) -> bool:
        """Whether it means this minute of this day."""
        return (
            wall.minute in self.minute.values
            and wall.hour in self.hour.values
            and wall.month in self.month.values
            and self.has_day(wall.date())
        )

    def has_day(self, day: date) -> bool:
        """Whether it means this day, its month aside."""
        by_number, by_weekday = _has_number(self.month_day, day), _has_weekday(self.week_day, day)
        if self.month_day.text.startswith("*") or self.week_day.text.startswith("*"):
            return by_number and by_weekday
        return by_number or by_weekday


def fires_of(spec: Spec, zone: str, start: int, end: int) -> list[int]:
    """Return when it fires from `start` to before `end`, in seconds since 1970."""
    info = ZoneInfo(zone)
    if spec.follows_real_time or not spec.has_one_second:
        return list(_shown(spec, info, start, end))
    return sorted(second for second in _fixed(spec, info, start, end) if start <= second < end)


def _shown(spec: Spec, info: ZoneInfo, start: int, end: int) -> Iterator[int]:
    """Yield the seconds at which a clock shows one that is meant, for the first time if need be."""
    minute = start - start % 60
    while minute < end:
        wall = datetime.fromtimestamp(minute, info)
        if spec.has_minute(wall) and not (wall.fold and not spec.has_one_second):
            yield from (minute + s for s in sorted(spec.seconds) if start <= minute + s < end)
        minute += 60


def _fixed(spec: Spec, info: ZoneInfo, start: int, end: int) -> set[int]:
    """Return each wall minute that is meant, or the first one behind it that there is."""
    (second,) = spec.seconds
    found = set[int]()
    wall = datetime.fromtimestamp(start, UTC).replace(tzinfo=None, second=0) - timedelta(hours=40)
    last = datetime.fromtimestamp(end, UTC).replace(tzinfo=None) + timedelta(hours=40)
    while wall < last:
        if spec.has_minute(wall):
            there = wall
            while not _exists(there, info):
                there += timedelta(minutes=1)
            found.add(int(there.replace(tzinfo=info).timestamp()) + second)
        wall += timedelta(minutes=1)
    return found


def _exists(wall: datetime, info: ZoneInfo) -> bool:
    there = datetime.fromtimestamp(wall.replace(tzinfo=info).timestamp(), info)
    return there.replace(tzinfo=None, fold=0) == wall


def _has_number(part: DayPart, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    if part.kind == "from_last":
        return length - day.day in part.values
    if part.kind == "nearest":
        wanted = {n for n in part.values if n <= length}
        return any(_nearest(day.replace(day=n)) == day for n in wanted)
    if part.kind == "last_weekday":
        return _nearest(day.replace(day=length)) == day
    return day.day in part.values


def _nearest(target: date) -> date:
    """Return the day from Monday to Friday nearest to a day, of those of its month."""
    around = [target + timedelta(days=n) for n in (0, -1, 1, -2, 2)]
    return next(day for day in around if day.isoweekday() < 6 and day.month == target.month)


def _has_weekday(part: DayPart, day: date) -> bool:
    if day.isoweekday() % 7 not in {value % 7 for value in part.values}:
        return False
    if part.kind == "last":
        return (day + timedelta(days=7)).month != day.month
    if part.kind.startswith("nth"):
        return (day - timedelta(days=7 * int(part.kind[-1]))).month != day.month and (
            int(part.kind[-1]) == 1
            or (day - timedelta(days=7 * (int(part.kind[-1]) - 1))).month == day.month
        )
    return True
