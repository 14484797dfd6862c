"""A rate limiter: how often each key may, and when it may again.

    limiter = RateLimiter("login", limit=10, seconds=60)
    decision = limiter.is_allowed(address)
    if not decision.allowed:
        wait(decision.retry_after)

A decision is made in memory, under one short lock, safe on any thread. A key costs memory only
while it does not have all its tokens, and never more than `max_keys` have it at once.
"""

import math
import threading
from collections import OrderedDict
from typing import Literal, TypeAlias

import msgspec

from tenantry.base import Clock, SystemClock
from tenantry.base.errors import Invalid
from tenantry.reliability.errors import RateLimited
from tenantry.reliability.rate import Algorithm, FixedWindow, Gcra, Rate
from tenantry.telemetry import emit

Way: TypeAlias = Literal["gcra", "fixed-window"]

_SYSTEM_CLOCK = SystemClock()
# A new key looks at so many others, and forgets those that are full: more than one, so that what
# is forgotten keeps up with what comes.
_LOOKS = 2
_LOOKS_WHEN_CROWDED = 64
_CROWD = "\0crowd"


class Decision(msgspec.Struct, frozen=True):
    """Whether a key may; `remaining` tokens are left it.

    `reset_time`, when it will have all of them again, is in milliseconds since 1970; `retry_after`,
    after how long the same request will be allowed, in seconds, and 0 where it is.
    """

    allowed: bool
    remaining: int
    reset_time: int
    retry_after: float


class RateLimiter:
    """At most `limit` a key in `seconds`.

    `gcra` lets `burst` (as many as `limit`, if it is not given) through at once, and after that one
    whenever its time has come. `fixed-window` counts from a key's first request on, and begins anew
    after `seconds`.

    Where `max_keys` are in use at once, keys that come then share the tokens of one: a flood of
    made-up names takes no memory, and gives nobody a fresh start.
    """

    def __init__(
        self,
        name: str,
        *,
        limit: int,
        seconds: float = 60.0,
        algorithm: Way = "gcra",
        burst: int | None = None,
        max_keys: int = 100_000,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        self.name = name
        self.rate = Rate(limit, seconds)
        self._algorithm = _algorithm_of(self.rate, algorithm, burst)
        if max_keys < 1:
            raise Invalid(field="max_keys", got=max_keys, wants="at least 1")

        self._max_keys = max_keys
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, object] = OrderedDict()

    @property
    def key_count(self) -> int:
        """How many keys are remembered."""
        return len(self._buckets)

    def is_allowed(self, key: str, *, cost: int = 1) -> Decision:
        """Take `cost` tokens of `key`, or none where there are too few."""
        decision = self._take(key, cost)
        if not decision.allowed:
            emit("tenantry.reliability.limited", limiter=self.name)
        return decision

    def try_take(self, key: str, *, cost: int = 1) -> Decision | None:
        """Take `cost` tokens of `key`; None where there are too few, which counts as no refusal."""
        decision = self._take(key, cost)
        return decision if decision.allowed else None

    def get_status(self, key: str) -> Decision:
        """Say where `key` stands and whether it may now; takes nothing."""
        with self._lock:
            now = int(self._clock.monotonic() * 1e6)
            bucket = self._buckets.get(key)
            if bucket is None and len(self._buckets) >= self._max_keys:
                bucket = self._buckets.get(_CROWD)
            _, remaining, full_in, wait = self._algorithm.take(bucket, now, 0)
            if remaining < 1:
                _, _, _, wait = self._algorithm.take(bucket, now, 1)
        return self._decision(remaining, full_in, wait)

    def check(self, key: str, *, cost: int = 1) -> Decision:
        """Take tokens as `is_allowed` does; raises `RateLimited` where there are too few."""
        decision = self.is_allowed(key, cost=cost)
        if not decision.allowed:
            raise refusal(self.name, self.rate, decision, now_us=self._clock.now_us())
        return decision

    def reset(self, key: str) -> None:
        """Give `key` all its tokens."""
        with self._lock:
            self._buckets.pop(key, None)

    def _take(self, key: str, cost: int) -> Decision:
        """Decide, and tell nobody."""
        if not 1 <= cost <= self._algorithm.most:
            raise Invalid(field="cost", got=cost, wants=f"1 to {self._algorithm.most}")

        with self._lock:
            now = int(self._clock.monotonic() * 1e6)
            buckets = self._buckets
            bucket = buckets.get(key)
            if bucket is None:
                key = self._place_for(key, now)
                bucket = buckets.get(key)
            taken, remaining, full_in, wait = self._algorithm.take(bucket, now, cost)
            if not wait:
                buckets[key] = taken
        return self._decision(remaining, full_in, wait)

    def _place_for(self, key: str, now: int) -> str:
        """Return under which name a key that is not remembered is counted."""
        self._forget_full(now, _LOOKS)
        if len(self._buckets) >= self._max_keys:
            self._forget_full(now, _LOOKS_WHEN_CROWDED)
        return key if len(self._buckets) < self._max_keys else _CROWD

    def _forget_full(self, now: int, looks: int) -> None:
        """Look at the next few in turn; forgetting one that is full changes nothing."""
        for _ in range(min(looks, len(self._buckets))):
            key, bucket = self._buckets.popitem(last=False)
            if not self._algorithm.is_full(bucket, now):
                self._buckets[key] = bucket

    def _decision(self, remaining: int, full_in: int, wait: int) -> Decision:
        # One microsecond more than it takes, for clocks that count in floats.
        retry_after = (wait + 1) / 1e6 if wait else 0.0
        reset_time = -(-(self._clock.now_us() + full_in) // 1000)
        return Decision(not wait, remaining, reset_time, retry_after)


def _algorithm_of(rate: Rate, way: Way, burst: int | None) -> Algorithm:
    if way == "fixed-window":
        if burst is not None:
            raise Invalid(field="burst", got=burst, wants="nothing: a fixed window has none")
        return FixedWindow(limit=rate.limit, period_us=rate.period_us)
    if burst is not None and burst < 1:
        raise Invalid(field="burst", got=burst, wants="at least 1")
    return Gcra(limit=rate.limit, period_us=rate.period_us, burst=burst or rate.limit)


def refusal(name: str, rate: Rate, decision: Decision, *, now_us: int) -> RateLimited:
    """Return the error that tells of a refusal; its `resetTime` is when to come again.

    `now_us` is when it was decided, and `resetTime` milliseconds since 1970.
    """
    return RateLimited(
        f"{name}: {rate.limit} in {rate.seconds:g} s are used up, "
        f"come again in {decision.retry_after:.3f} s",
        retry_after_seconds=decision.retry_after,
        details={
            "limiter": name,
            "resetTime": math.ceil(now_us / 1e3 + decision.retry_after * 1e3),
        },
    )
