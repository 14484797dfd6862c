"""A time zone as periods, in each of which its clocks differ from UTC by the same.

`zoneinfo` answers for one moment at a time. What is needed here is when a difference ends, so a
month is asked about every few days, once, and where the answers differ the moment is searched
for. No two changes in the whole database are nearer to each other than three days, nor than six
since 1940.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tenantry.base.errors import Invalid

DAY_SECONDS: Final = 86_400
FIRST_SECOND: Final = int(datetime(2, 1, 1, tzinfo=UTC).timestamp())
LAST_SECOND: Final = int(datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*", re.ASCII)
# Files beside the zones: what the machine is set to, and clocks that count leap seconds.
_NO_ZONES: Final = ("localtime", "posixrules", "Factory", "posix/", "right/")
_STEP: Final = 6 * DAY_SECONDS
_EARLY_STEP: Final = 3 * DAY_SECONDS
_EARLY: Final = int(datetime(1940, 1, 1, tzinfo=UTC).timestamp())
_BLOCK: Final = 30 * DAY_SECONDS
_MOST_BLOCKS: Final = 1_500
_SECOND: Final = timedelta(seconds=1)


class Period(NamedTuple):
    """A time in which the difference to UTC is the same: from `start` to before `end`, in UTC.

    `known_wall` is the wall time up to which clocks had been before it began: a wall time before it
    is shown a second time, and wall times between it and the beginning were skipped.
    """

    start: int
    end: int
    offset: int
    known_wall: int

    @property
    def first_wall(self) -> int:
        """The wall time at which it begins."""
        return self.start + self.offset


class Zone:
    """The periods of one time zone."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._info = _zone_info(name)
        self._blocks: dict[int, list[Period]] = {}

    def period_at(self, second: int) -> Period:
        """Return the period that a second since 1970 is in; a long one is told in parts."""
        block = second // _BLOCK
        if (periods := self._blocks.get(block)) is None:
            if len(self._blocks) >= _MOST_BLOCKS:
                self._blocks.clear()
            self._blocks[block] = periods = self._scan(block * _BLOCK)
        # Nearly always there is one.
        at = len(periods) - 1
        while periods[at].start > second:
            at -= 1
        return periods[at]

    def _scan(self, start: int) -> list[Period]:
        step = _STEP if start > _EARLY else _EARLY_STEP
        # From before the block, so that what is repeated behind the last change is known.
        begin, end = start - step, start + _BLOCK
        moments = range(begin, end + 1, step)
        offsets = [self._offset(at) for at in moments]
        if offsets.count(offsets[0]) == len(offsets):
            return [Period(begin, end, offsets[0], begin + offsets[0])]

        changes = [
            self._change_between(moments[at], moments[at + 1])
            for at, (left, right) in enumerate(pairwise(offsets))
            if left != right
        ]
        periods: list[Period] = []
        for first, last in pairwise([begin, *changes, end]):
            offset = self._offset(first)
            known = [period.end + period.offset for period in periods] or [first + offset]
            periods.append(Period(first, last, offset, max(known)))
        return periods

    def _change_between(self, left: int, right: int) -> int:
        before = self._offset(left)
        while right - left > 1:
            middle = (left + right) // 2
            if self._offset(middle) == before:
                left = middle
            else:
                right = middle
        return right

    def _offset(self, second: int) -> int:
        offset = datetime.fromtimestamp(second, self._info).utcoffset()
        return (offset or timedelta()) // _SECOND


@lru_cache(maxsize=1_000)
def zone_of(name: str) -> Zone:
    """Return the zone with an IANA name; raises `Invalid` naming `timezone` where there is none."""
    return Zone(name)


def _zone_info(name: str) -> ZoneInfo:
    if _NAME.fullmatch(name) and not name.startswith(_NO_ZONES):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise Invalid(
        field="timezone", got=name[:64], wants="an IANA name, e.g. America/New_York or UTC"
    )
