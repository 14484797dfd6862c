"""A circuit breaker as one would explain it: every call is remembered, and looked at again."""

import math

from tenantry.reliability import Consecutive, FailureRate


class Call:
    """A call under way: whether it is judged, and in which life of the breaker it began."""

    def __init__(self, life: int | None, began_at: float) -> None:
        self.life = life
        self.began_at = began_at


class BreakerModel:
    """Knows no epoch arithmetic and no bits: lists, and a number for each life."""

    def __init__(self, rule: Consecutive | FailureRate, *, recovery: float, permits: int) -> None:
        self.rule = rule
        self.recovery = recovery
        self.permits = permits
        self.life = 0
        self.phase = "closed"
        self.seen: list[tuple[float, str]] = []
        self.out = 0
        self.succeeded = 0
        self.retry_at = 0.0
        self.override: str | None = None
        self.override_until = math.inf
        self.opened_total = 0

    def passes(self, now: float) -> None:
        if self.override is not None and now >= self.override_until:
            was, self.override = self.override, None
            if was == "closed":
                self.close()

    def enter(self, now: float) -> Call | None:
        self.passes(now)
        if self.override == "closed":
            return Call(None, now)
        if self.override != "open":
            if self.phase == "closed":
                return Call(self.life, now)
            all_are_out = self.phase == "open" or self.out == self.permits
            if all_are_out and now >= self.retry_at:
                self.life += 1
                self.phase, self.out, self.succeeded = "half-open", 0, 0
                self.retry_at = now + self.recovery
            if self.phase == "half-open" and self.out < self.permits:
                self.out += 1
                return Call(self.life, now)
        return Call(None, now) if self.override == "disabled" else None

    def leave(self, call: Call, ending: str, now: float) -> None:
        self.passes(now)
        slow_seconds = getattr(self.rule, "slow_seconds", None)
        if ending == "success" and slow_seconds and now - call.began_at >= slow_seconds:
            ending = "slow"
        if call.life != self.life:
            return
        if self.phase == "half-open":
            self.tried(ending, now)
        elif self.phase == "closed" and ending != "ignored":
            self.seen.append((now, ending))
            if self.is_too_much(now):
                self.open(now)

    def tried(self, ending: str, now: float) -> None:
        if ending == "ignored":
            self.out -= 1
        elif ending == "success":
            self.succeeded += 1
            if self.succeeded == self.permits:
                self.close()
        else:
            self.open(now)

    def is_too_much(self, now: float) -> bool:
        if isinstance(self.rule, Consecutive):
            last = self.seen[-self.rule.failures :]
            return (
                len(last) == self.rule.failures
                and all(ending == "failure" for _, ending in last)
                and now - last[0][0] <= self.rule.within_seconds
            )
        judged = self.seen[-self.rule.calls :]
        if self.rule.seconds is not None:
            first = int(now * 10 // self.rule.seconds) - 9
            judged = [each for each in self.seen if int(each[0] * 10 // self.rule.seconds) >= first]
        endings = [ending for _, ending in judged]
        if len(endings) < self.rule.least_calls:
            return False
        is_slow = endings.count("slow") / len(endings) >= self.rule.slow_rate
        is_failing = endings.count("failure") / len(endings) >= self.rule.rate
        return is_failing or (self.rule.slow_seconds is not None and is_slow)

    def open(self, now: float) -> None:
        self.life += 1
        self.phase = "open"
        self.retry_at = now + self.recovery
        self.opened_total += 1

    def close(self) -> None:
        self.life += 1
        self.phase = "closed"
        self.seen = []

    def lay_upon(self, override: str, seconds: float, now: float) -> None:
        self.passes(now)
        if override == "open":
            self.open(now)
            self.retry_at = now + seconds
        if override == "closed":
            self.close()
        if override == "disabled" and self.override == "open":
            self.retry_at = min(self.retry_at, now + self.recovery)
        self.override, self.override_until = override, now + seconds

    def reset(self) -> None:
        self.close()
        self.override = None
        self.opened_total = 0
