"""Failed logins: so many a minute for an account, and for an address; successes do not count."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol
from weakref import WeakValueDictionary

from tenantry.base import Clock
from tenantry.reliability import Decision, Rate, RateLimited, refusal
from tenantry.telemetry import emit

MAX_FAILURES: Final = 5
FAILURE_SECONDS: Final = 60.0


class FailureLimiter(Protocol):
    """A limiter of the kit: of this node alone, or one that nodes share."""

    @property
    def name(self) -> str:
        """What it is called in errors, log lines and metrics."""
        ...

    @property
    def rate(self) -> Rate:
        """How many in how many seconds."""
        ...

    def is_allowed(self, key: str) -> Decision | Awaitable[Decision]:
        """Take one token of `key`, if there is one."""
        ...

    def get_status(self, key: str) -> Decision:
        """Say where `key` stands; takes nothing."""
        ...


class LoginFailures:
    """Counts what went wrong, and refuses whoever has nothing left.

    The attempts on one account take turns, so that many at once are no way around the count.
    """

    def __init__(
        self, *, accounts: FailureLimiter, addresses: FailureLimiter, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._addresses = addresses
        self._clock = clock
        # Held by whoever has the turn and whoever waits for it, and by nobody else.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, account: str) -> AsyncIterator[None]:
        """Be the only attempt on this account for a block."""
        lock = self._turns.setdefault(account, asyncio.Lock())
        async with lock:
            yield

    def refuse_spent(self, account: str, address: str) -> None:
        """Raise `RateLimited` where either has failed too often."""
        for limiter, key in self._counted(account, address):
            decision = limiter.get_status(key)
            if not decision.allowed:
                emit("tenantry.reliability.limited", limiter=limiter.name)
                raise refusal(limiter.name, limiter.rate, decision, now_us=self._clock.now_us())

    async def count(self, account: str, address: str) -> None:
        """Count a failure for both; raises `RateLimited` where either had none left.

        So it is where others have failed meanwhile: at once, or on another node.
        """
        refused: RateLimited | None = None
        for limiter, key in self._counted(account, address):
            decision = limiter.is_allowed(key)
            if not isinstance(decision, Decision):
                decision = await decision
            if not decision.allowed:
                refused = refusal(limiter.name, limiter.rate, decision, now_us=self._clock.now_us())
        if refused is not None:
            raise refused

    def _counted(self, account: str, address: str) -> Sequence[tuple[FailureLimiter, str]]:
        return (self._accounts, account), (self._addresses, address)
