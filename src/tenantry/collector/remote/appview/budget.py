"""How many requests may be made: by who asks, and by the service that is asked."""

import math
from typing import ClassVar, Final, Protocol

from tenantry.base.errors import Invalid
from tenantry.collector.remote.appview.headers import Told
from tenantry.reliability import Refused

_DEFAULT_WINDOW_SECONDS: Final = 300.0
# Ends of a window that are no more apart than this are the same, as far as one can tell by seconds.
_SAME_END_SECONDS: Final = 1.5


class BudgetSpent(Refused):
    """Whoever asks may make no more requests."""

    default_code: ClassVar[str] = "request_budget_spent"


class Budget(Protocol):
    """Where each request is taken from, just before it is made; those that are made again too."""

    def take(self) -> bool:
        """Count a request; False where it may not be made."""
        ...


class RequestBudget:
    """At most `limit` requests; `made` says how many there were."""

    def __init__(self, limit: int) -> None:
        if limit < 0:
            raise Invalid(field="limit", got=limit, wants="0 or more")
        self.limit = limit
        self.made = 0

    def take(self) -> bool:
        """Count a request; False where it may not be made."""
        if self.made >= self.limit:
            return False
        self.made += 1
        return True


class ServiceBudget:
    """What the service has told of its limits; times are seconds of a monotonic clock.

    It is pessimistic: a request that is under way counts as one that the service has not counted
    yet, and one that was never answered as one that it has (`lost_count`). A service that has told
    nothing yet gets one request at a time.
    """

    def __init__(self) -> None:
        self.lost_count = 0
        self._has_answered = False
        self._not_before = -math.inf
        self._limit: int | None = None
        self._remaining: int | None = None
        self._reset: int | None = None
        self._window_seconds = _DEFAULT_WINDOW_SECONDS
        self._ends_at = math.inf
        # Nothing has been heard yet of a window that must have begun.
        self._is_assumed = False

    def delay(self, now: float, under_way: int) -> float | None:
        """Return the seconds until a request may be made; None where an answer decides it."""
        if now < self._not_before:
            return self._not_before - now
        if self._remaining is not None and now >= self._ends_at:
            self._begin_window(now)
        if not self._has_answered:
            return None if under_way else 0.0
        if self._remaining is None or self._remaining > under_way:
            return 0.0
        if under_way and self._remaining > 0:
            return None
        return self._ends_at - now

    def hold(self, until: float) -> None:
        """Let nobody ask before `until`."""
        self._not_before = max(self._not_before, until)

    def hear(self, told: Told | None, now: float, *, lost_before: int) -> None:
        """Take in what an answer tells; None where it tells nothing of limits.

        `lost_before` was `lost_count` when the request was made: those that were lost since may
        have been counted by the service after it.
        """
        is_first, self._has_answered = not self._has_answered, True
        if told is None or (told.remaining is None and told.limit is None):
            if not is_first:
                self.lose(now)
            return
        if told.window_seconds is not None:
            self._window_seconds = told.window_seconds
        self._take_in(told, now, lost=self.lost_count - lost_before)

    def lose(self, now: float) -> None:
        """Count a request that the service may have counted, or not."""
        self.lost_count += 1
        if self._remaining is None:
            return
        self._remaining = max(0, self._remaining - 1)
        if self._is_assumed:
            # The window may have begun with this very request.
            self._ends_at = max(self._ends_at, now + self._window_seconds)

    def _take_in(self, told: Told, now: float, *, lost: int) -> None:
        resets_in = self._window_seconds if told.resets_in is None else told.resets_in
        ends_at = now + resets_in
        self._limit = told.limit if told.limit is not None else self._limit
        if self._is_older(told, ends_at):
            # Late, or of another machine that counts by itself: it may count in this window.
            self.lose(now)
            return
        if not self._is_same(told, ends_at):
            remaining = told.remaining if told.remaining is not None else (told.limit or 1) - 1
            self._remaining, self._ends_at = max(0, remaining - lost), ends_at
        else:
            known = self._remaining or 0
            remaining = known - 1 if told.remaining is None else told.remaining - lost
            self._remaining = max(0, min(known, remaining))
            self._ends_at = min(self._ends_at, ends_at)
        self._reset = told.reset
        self._is_assumed = False

    def _is_older(self, told: Told, ends_at: float) -> bool:
        """Whether it is of a window that is over: a late answer."""
        if self._remaining is None:
            return False
        if told.reset is not None and self._reset is not None:
            return told.reset < self._reset or (told.reset == self._reset and self._is_assumed)
        return not self._is_assumed and ends_at < self._ends_at - _SAME_END_SECONDS

    def _is_same(self, told: Told, ends_at: float) -> bool:
        if self._remaining is None or self._is_assumed:
            return False
        if told.reset is not None and self._reset is not None:
            return told.reset == self._reset
        return told.resets_in is None or abs(ends_at - self._ends_at) <= _SAME_END_SECONDS

    def _begin_window(self, now: float) -> None:
        """Expect a whole window, of as many requests as the last one had."""
        if self._limit is None:
            self._has_answered, self._remaining = False, None
            return
        self._remaining = self._limit
        self._ends_at = now + self._window_seconds
        self._is_assumed = True
