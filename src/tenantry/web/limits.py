"""How often a principal may ask, and what every limited answer says of it.

The fields are those of the IETF draft "RateLimit header fields for HTTP" (revision 10), and beside
them `X-RateLimit-Remaining` and, with a refusal, `X-RateLimit-Reset`. All of them agree: who comes
back when any of them says so is admitted.
"""

import math
from collections.abc import Awaitable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Protocol

import msgspec

from tenantry.base import Clock, Principal
from tenantry.reliability import Decision, Rate, RateLimited, refusal
from tenantry.telemetry import get_logger
from tenantry.web.answer import ANSWER_HEADERS, AsgiScope, Header
from tenantry.web.headers import client_address_of

_LOGGER: Final = get_logger("tenantry.web")


class RequestLimiter(Protocol):
    """A limiter of the kit: of this node alone, or one that nodes share."""

    @property
    def name(self) -> str:
        """What it is called in headers, log lines and metrics."""
        ...

    @property
    def rate(self) -> Rate:
        """How many in how many seconds."""
        ...

    def is_allowed(self, key: str) -> Decision | Awaitable[Decision]:
        """Take one token of `key`, if there is one."""
        ...

    def try_take(self, key: str) -> Decision | None:
        """Take one token of `key` without waiting; None where only `is_allowed` can decide."""
        ...

    def get_status(self, key: str) -> Decision:
        """Say where `key` stands; takes nothing."""
        ...


class Standing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many of a limit's requests who asks has left; `resetTime` is ms since 1970."""

    limiter: str
    limit: int
    seconds: float
    remaining: int
    reset_time: int


class RequestLimit:
    """What each principal may send to the routes at and below `paths`.

    On behalf of a tenant that `of_tenants` names, that limiter decides in place of `limiter`.
    """

    def __init__(
        self,
        *,
        paths: Sequence[str],
        limiter: RequestLimiter,
        of_tenants: Mapping[str, RequestLimiter] | None = None,
    ) -> None:
        self._paths = frozenset(paths)
        self._below = tuple(f"{path}/" for path in paths)
        self._limiter = limiter
        self._of_tenants = of_tenants or {}

    def covers(self, path: str) -> bool:
        """Whether it is about this path."""
        return path.startswith(self._below) or path in self._paths

    def concerns(self, path: str) -> bool:
        """Whether it is about this path, or about any below."""
        return self.covers(path) or any(own.startswith(f"{path}/") for own in self._paths)

    def judge_for(self, principal: Principal, tenant_id: str) -> tuple[RequestLimiter, str]:
        """Return the limiter that decides, and the key it counts under."""
        own = self._of_tenants.get(tenant_id)
        if own is not None:
            return own, f"{tenant_id}/{principal.id}"
        return self._limiter, principal.id


class RequestLimits:
    """All limits of a server; of two that cover a path the first decides."""

    def __init__(self, limits: Sequence[RequestLimit], *, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock

    def about(self, *paths: str) -> "RequestLimits | None":
        """Return those that are about these paths or any below them; None where none is."""
        found = [limit for limit in self._limits if any(map(limit.concerns, paths))]
        return RequestLimits(found, clock=self._clock) if found else None

    def standings(self, principal: Principal, tenant_id: str) -> list[Standing]:
        """Say where `principal` stands with each limit."""
        return [_standing(*limit.judge_for(principal, tenant_id)) for limit in self._limits]

    async def admit(self, scope: AsgiScope, principal: Principal, tenant_id: str) -> None:
        """Count the request of `scope`, and have its answer say how many are left.

        Raises `RateLimited` where there was none.
        """
        limit = self._limit_of(scope["path"])
        if limit is None:
            return

        limiter, key = limit.judge_for(principal, tenant_id)
        decision = limiter.is_allowed(key)
        if not isinstance(decision, Decision):
            decision = await decision

        now_us = self._clock.now_us()
        scope[ANSWER_HEADERS] += _headers(limiter, decision, now_us)
        if not decision.allowed:
            _LOGGER.warning(
                "Rate limit exceeded",
                limiter=limiter.name,
                principal=principal.id,
                address=client_address_of(scope),
            )
            raise _refusal(limiter, decision, now_us)

    def try_admit(self, path: str, principal: Principal, tenant_id: str) -> list[Header] | None:
        """Count a request to `path`, and return what its answer says of how many are left.

        None where only `admit` can decide, since that may have to wait or to refuse: then nothing
        is counted.
        """
        limit = self._limit_of(path)
        if limit is None:
            return []

        limiter, key = limit.judge_for(principal, tenant_id)
        decision = limiter.try_take(key)
        return None if decision is None else _headers(limiter, decision, self._clock.now_us())

    def _limit_of(self, path: str) -> RequestLimit | None:
        for limit in self._limits:
            if limit.covers(path):
                return limit
        return None


def _standing(limiter: RequestLimiter, key: str) -> Standing:
    decision = limiter.get_status(key)
    return Standing(
        limiter=limiter.name,
        limit=limiter.rate.limit,
        seconds=limiter.rate.seconds,
        remaining=decision.remaining,
        reset_time=decision.reset_time,
    )


def _refusal(limiter: RequestLimiter, decision: Decision, now_us: int) -> RateLimited:
    return refusal(limiter.name, limiter.rate, decision, now_us=now_us)


def _headers(limiter: RequestLimiter, decision: Decision, now_us: int) -> list[Header]:
    wait_seconds = decision.retry_after or decision.reset_time / 1e3 - now_us / 1e6
    # Never sooner than `Retry-After`, which is a whole second at least.
    seconds = max(math.ceil(wait_seconds), 0 if decision.allowed else 1)
    name, remaining = limiter.name, decision.remaining if decision.allowed else 0

    headers = [
        (b"ratelimit-policy", _policy(name, limiter.rate)),
        (b"ratelimit", f'"{name}";r={remaining};t={seconds}'.encode()),
        (b"x-ratelimit-remaining", b"%d" % remaining),
    ]
    if not decision.allowed:
        reset_ms = math.ceil(now_us / 1e3 + decision.retry_after * 1e3)
        headers.append((b"x-ratelimit-reset", b"%d" % reset_ms))
    return headers


@lru_cache(maxsize=1024)
def _policy(name: str, rate: Rate) -> bytes:
    return f'"{name}";q={rate.limit};w={rate.seconds:g}'.encode()
