"""What a breaker remembers of its calls, and when that is too much: three rules, and their windows.

A rule is a value, and so is a window, which knows its rule: `noted` returns the next window and
changes nothing.
"""

from typing import Literal, TypeAlias

import msgspec

from tenantry.base.errors import Invalid

Ending: TypeAlias = Literal["success", "failure", "slow"]

_BUCKETS = 10


class Consecutive(msgspec.Struct, frozen=True):
    """Trips on so many failures in a row, none of them older than `within_seconds`."""

    failures: int = 5
    within_seconds: float = 5.0

    def __post_init__(self) -> None:
        if self.failures < 1 or self.within_seconds <= 0:
            raise Invalid(f"breaker: got {self!r}, wants failures >= 1 and within_seconds > 0")


class FailureRate(msgspec.Struct, frozen=True, kw_only=True):
    """Trips where too great a part of the last calls failed, or was slow.

    Those are the last `calls` calls, or with `seconds` the calls of that time, forgotten a tenth of
    it at a time. Below `least_calls` nothing is judged. A success of `slow_seconds` or more is
    slow, and may trip by `slow_rate`.
    """

    rate: float = 0.5
    calls: int = 100
    seconds: float | None = None
    least_calls: int = 20
    slow_seconds: float | None = None
    slow_rate: float = 1.0

    def __post_init__(self) -> None:
        is_bounded = self.seconds is not None or self.least_calls <= self.calls
        if not (
            0 < self.rate <= 1
            and 0 < self.slow_rate <= 1
            and self.least_calls >= 1
            and is_bounded
            and (self.seconds is None or self.seconds > 0)
            and (self.slow_seconds is None or self.slow_seconds > 0)
        ):
            raise Invalid(
                f"breaker: got {self!r}, wants rates above 0 and at most 1, "
                f"1 <= least_calls <= calls, and seconds above 0"
            )


Rule: TypeAlias = Consecutive | FailureRate


class Row(msgspec.Struct, frozen=True):
    """The times of the last failures in a row, oldest first."""

    rule: Consecutive
    times: tuple[float, ...] = ()

    def noted(self, ending: Ending, now: float) -> "Row":
        """Return the window after a call that ended like this; this one where nothing is new."""
        if ending != "failure":
            return Row(self.rule) if self.times else self
        return Row(self.rule, (*self.times, now)[-self.rule.failures :])

    def is_tripped(self, now: float) -> bool:
        """Whether what is in the window is too much."""
        is_full = len(self.times) == self.rule.failures
        return is_full and now - self.times[0] <= self.rule.within_seconds


class Calls(msgspec.Struct, frozen=True):
    """The last calls as bits, the newest lowest: those that failed, and those that were slow."""

    rule: FailureRate
    count: int = 0
    failed: int = 0
    slow: int = 0

    def noted(self, ending: Ending, now: float) -> "Calls":  # noqa: ARG002 - a window of calls has no time
        """Return the window after a call that ended like this."""
        rule, failed, slow = self.rule, self.failed << 1, self.slow << 1
        if self.count < rule.calls:
            count = self.count + 1
        else:
            count = rule.calls
            mask = (1 << count) - 1
            failed, slow = failed & mask, slow & mask

        if ending == "failure":
            failed |= 1
        elif ending == "slow":
            slow |= 1
        return Calls(rule, count, failed, slow)

    def is_tripped(self, now: float) -> bool:  # noqa: ARG002 - as above
        """Whether what is in the window is too much."""
        if not self.failed and not self.slow:
            return False
        return _is_above(self.rule, self.count, self.failed.bit_count(), self.slow.bit_count())


class Bucket(msgspec.Struct, frozen=True):
    """What happened in one tenth of the time."""

    number: int
    count: int = 0
    failed: int = 0
    slow: int = 0

    def noted(self, ending: Ending) -> "Bucket":
        """Return the bucket with one call more."""
        return Bucket(
            self.number,
            self.count + 1,
            self.failed + (ending == "failure"),
            self.slow + (ending == "slow"),
        )


class Buckets(msgspec.Struct, frozen=True):
    """The calls of a time, in tenths of it: the one under way, and those before, oldest first."""

    rule: FailureRate
    present: Bucket = Bucket(0)
    past: tuple[Bucket, ...] = ()

    def noted(self, ending: Ending, now: float) -> "Buckets":
        """Return the window after a call that ended like this."""
        number = self._number(now)
        # Another thread may have read its clock later and come first: its bucket takes both.
        if number <= self.present.number:
            return Buckets(self.rule, self.present.noted(ending), self.past)
        past = self._recent((*self.past, self.present), number)
        return Buckets(self.rule, Bucket(number).noted(ending), past)

    def is_tripped(self, now: float) -> bool:
        """Whether what is in the window is too much."""
        recent = self._recent((*self.past, self.present), self._number(now))
        failed = sum([bucket.failed for bucket in recent])
        slow = sum([bucket.slow for bucket in recent])
        if not failed and not slow:
            return False
        return _is_above(self.rule, sum([bucket.count for bucket in recent]), failed, slow)

    def _number(self, now: float) -> int:
        return int(now * _BUCKETS // (self.rule.seconds or 1.0))

    def _recent(self, buckets: tuple[Bucket, ...], number: int) -> tuple[Bucket, ...]:
        first = number - _BUCKETS + 1
        if buckets[0].number >= first:
            return buckets
        return tuple([bucket for bucket in buckets if bucket.number >= first])


Window: TypeAlias = Row | Calls | Buckets


def empty_window(rule: Rule) -> Window:
    """Return the window of a breaker that has seen nothing."""
    if isinstance(rule, Consecutive):
        return Row(rule)
    return Calls(rule) if rule.seconds is None else Buckets(rule)


def _is_above(rule: FailureRate, count: int, failed: int, slow: int) -> bool:
    if count < rule.least_calls:
        return False
    # Divided, not multiplied: 3 of 30 are exactly a tenth then, in floats too.
    is_too_slow = rule.slow_seconds is not None and slow / count >= rule.slow_rate
    return failed / count >= rule.rate or is_too_slow
