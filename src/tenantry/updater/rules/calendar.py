"""Business time: when people work, in the time zone of the tenant."""

from bisect import bisect_right
from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

SECOND: Final = 1_000_000
"""µs."""
DAY_SECONDS: Final = 86_400
_DAY: Final = DAY_SECONDS * SECOND
_EPOCH: Final = date(1970, 1, 1).toordinal()
_WEEKEND: Final = frozenset({6, 7})


class BusinessCalendar:
    """Business hours from `first_hour` to `last_hour` on `days` (1 Monday … 7 Sunday).

    Instants are µs since 1970 and whole seconds; amounts of business time are seconds.
    """

    def __init__(
        self,
        timezone: str,
        *,
        first_hour: int = 9,
        last_hour: int = 17,
        days: Collection[int] = (1, 2, 3, 4, 5),
    ) -> None:
        self.timezone = timezone
        self._zone = ZoneInfo(timezone)
        self._hours = (first_hour, last_hour)
        self._days = frozenset(days)
        self._spans: dict[int, tuple[int, int] | None] = {}
        self._midnights: dict[int, int] = {}
        self._others: dict[tuple[int, bool], BusinessCalendar] = {}

    def adjusted(self, *, opens_earlier: int = 0, weekends: bool) -> "BusinessCalendar":
        """Return the calendar that opens some hours earlier, and with all weekends or none.

        Where people work at weekends only, there is nothing to take away.
        """
        key = (opens_earlier, weekends)
        if key not in self._others:
            days = self._days | _WEEKEND if weekends else self._days - _WEEKEND
            first, last = self._hours
            self._others[key] = BusinessCalendar(
                self.timezone,
                first_hour=max(0, first - opens_earlier),
                last_hour=last,
                days=days or self._days,
            )
        return self._others[key]

    def closing(self, at: int) -> int:
        """Return when the business hours end in which `at` is."""
        span = self._span(self.day_of(at))
        if span is None or not span[0] <= at < span[1]:
            raise ValueError(f"{at} is not in business hours")
        return span[1]

    def day_of(self, at: int) -> int:
        """Return the local day of an instant, counted from 1970-01-01."""
        # Midnights are known after a while, and a conversion of each instant costs more.
        day = at // _DAY
        known = self._midnights
        if day + 1 in known and known.get(day, at + 1) <= at < known[day + 1]:
            return day
        while at < self._midnight(day):
            day -= 1
        while at >= self._midnight(day + 1):
            day += 1
        return day

    def day_start(self, at: int) -> int:
        """Return when the local day of an instant begins."""
        return self._midnight(self.day_of(at))

    def day_end(self, at: int) -> int:
        """Return when the local day of an instant is over."""
        return self._midnight(self.day_of(at) + 1)

    def local(self, at: int) -> datetime:
        """Return the local time of an instant."""
        return datetime.fromtimestamp(at // SECOND, self._zone)

    def is_open(self, at: int) -> bool:
        """Whether an instant is in business hours."""
        span = self._span(self.day_of(at))
        return span is not None and span[0] <= at < span[1]

    def next_open(self, at: int) -> int:
        """Return the first instant in business hours that is not before `at`."""
        day = self.day_of(at)
        while True:
            span = self._span(day)
            if span is not None and at < span[1]:
                return max(at, span[0])
            day += 1

    def add(self, at: int, seconds: int) -> int:
        """Return when `seconds` of business time have passed since `at`, in business hours."""
        left = seconds * SECOND
        day = self.day_of(at)
        while True:
            span = self._span(day)
            if span is not None and at < span[1]:
                at = max(at, span[0])
                if left < span[1] - at:
                    return at + left
                left -= span[1] - at
            day += 1

    def back(self, at: int, seconds: int) -> int:
        """Return since when there were `seconds` of business time up to `at`, in business hours."""
        left = seconds * SECOND
        day = self.day_of(at)
        while True:
            span = self._span(day)
            if span is not None and span[0] < at:
                end = min(at, span[1])
                if left <= end - span[0]:
                    return end - left
                left -= end - span[0]
            day -= 1

    def between(self, after: int, until: int) -> int:
        """Return how many seconds of business time there are from `after` to `until`."""
        return sum(end - start for start, end in self.spans(after, until)) // SECOND

    def spans(self, after: int, until: int) -> list[tuple[int, int]]:
        """Return the parts of business hours from `after` to `until`: start, and end without it."""
        found = list[tuple[int, int]]()
        for day in range(self.day_of(after), self.day_of(until) + 1):
            span = self._span(day)
            if span is not None and span[0] < until and after < span[1]:
                found.append((max(after, span[0]), min(until, span[1])))
        return found

    def moment(self, after: int, until: int, *, number: int) -> int | None:
        """Return the business moment that `number` stands for, behind `after` and up to `until`.

        Numbers from 0 up go evenly over the whole seconds there are, and begin anew behind the
        last of them. None where there is no business second in between.
        """
        spans = self.spans(after + SECOND, until + SECOND)
        ends = list[int]()
        total = 0
        for start, end in spans:
            total += (end - start) // SECOND
            ends.append(total)
        if not total:
            return None
        place = number % total
        index = bisect_right(ends, place)
        start, _ = spans[index]
        return start + (place - (ends[index - 1] if index else 0)) * SECOND

    def _span(self, day: int) -> tuple[int, int] | None:
        """Return the business hours of a day."""
        try:
            return self._spans[day]
        except KeyError:
            pass
        local = date.fromordinal(day + _EPOCH)
        span = None
        if local.isoweekday() in self._days:
            first, last = (self._instant(local, hour) for hour in self._hours)
            span = (first, last) if first < last else None
        self._spans[day] = span
        return span

    def _midnight(self, day: int) -> int:
        """Return the first instant of a day, also where the clock skips it."""
        try:
            return self._midnights[day]
        except KeyError:
            known = self._instant(date.fromordinal(day + _EPOCH), 0)
            self._midnights[day] = known
            return known

    def _instant(self, day: date, hour: int) -> int:
        days, hour = divmod(hour, 24)
        moment = datetime.combine(
            date.fromordinal(day.toordinal() + days), time(hour), tzinfo=self._zone
        )
        return int(moment.astimezone(UTC).timestamp()) * SECOND
