"""How often an expression fires."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from tenantry.scheduling.cron.expression import Cron
from tenantry.scheduling.cron.fires import Fires

_SECOND: Final = 1_000_000
# In 28 years every date meets every weekday equally often, and they are whole weeks; from 2030 on,
# since what zones will do is asked and not what they did.
_START: Final = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()) * _SECOND
_END: Final = int(datetime(2058, 1, 1, tzinfo=UTC).timestamp()) * _SECOND
_WEEKS: Final = 1_461
_SAMPLED: Final = 1_000


def runs_per_week(cron: Cron, timezone: str) -> float:
    """Return how often it fires in a week: the mean of 28 years, changes of the clock included.

    It is exact for what is the same every week, and the mean of a whole cycle of the calendar for
    what is not.
    """
    return Fires(cron, timezone).count(_START - 1, _END - 1) / _WEEKS


def cadence_seconds(cron: Cron) -> int:
    """Return the commonest time between two runs, the shortest of equally common ones."""
    gaps = Counter(later - earlier for earlier, later in pairwise(sampled_walls(cron)))
    return min(gaps, key=lambda gap: (-gaps[gap], gap))


def sampled_walls(cron: Cron) -> list[int]:
    """Return the next thousand times from 2030 on, in seconds, on a clock that is never set."""
    return [at // _SECOND for at in Fires(cron, "UTC").upcoming(_START - 1, _SAMPLED)]
