"""One rate for many nodes: each leases tokens in blocks, and spends them without asking again.

Time is cut into windows of the rate, the same for all nodes. In each window the nodes together
lease no more of a key than its limit, so together they never allow more. What a node has leased and
not spent when the window ends is lost, so blocks shrink as the window's tokens do.
"""

import asyncio
import math
from typing import Protocol
from weakref import WeakValueDictionary

import msgspec

from tenantry.base import Clock, SystemClock
from tenantry.base.errors import Invalid, Unavailable
from tenantry.reliability.limiter import Decision, RateLimiter
from tenantry.reliability.rate import Rate
from tenantry.telemetry import emit

_SYSTEM_CLOCK = SystemClock()
# A block is a tenth of the limit, and never more than a quarter of what is left.
_BLOCKS_IN_LIMIT = 10
_PARTS_OF_REST = 4
# After one request has found that what is shared is away, so long none tries again.
_ALONE_SECONDS = 1.0


class Lease(msgspec.Struct, frozen=True):
    """What a node was given: `granted` tokens of `window`, and how many are left for all nodes."""

    granted: int
    left: int


class SharedAllowance(Protocol):
    """What all nodes share: how many tokens of each window are leased.

    A database adapter fills it with one statement, an upsert that adds what is granted.
    """

    async def lease(self, *, limiter: str, key: str, window: int, wanted: int, limit: int) -> Lease:
        """Add up to `wanted` to what is leased of `window`, never beyond `limit`."""
        ...


class MemoryAllowance:
    """A `SharedAllowance` of one process, for tests and for a single node."""

    def __init__(self) -> None:
        self._leased: dict[tuple[str, str], tuple[int, int]] = {}

    async def lease(self, *, limiter: str, key: str, window: int, wanted: int, limit: int) -> Lease:
        """Add up to `wanted` to what is leased of `window`, never beyond `limit`."""
        last, leased = self._leased.get((limiter, key), (window, 0))
        if last > window:
            # This node's clock is behind: that window is over for all.
            return Lease(0, 0)
        if last < window:
            leased = 0

        granted = granted_of(wanted, leased=leased, limit=limit)
        self._leased[limiter, key] = (window, leased + granted)
        return Lease(granted, limit - leased - granted)


class Block(msgspec.Struct, frozen=True):
    """The tokens of a key that this node holds in a window, and what is left for all nodes."""

    window: int
    tokens: int
    left: int


def granted_of(wanted: int, *, leased: int, limit: int) -> int:
    """Return how many tokens to give to who wants so many."""
    return max(0, min(wanted, limit - leased))


def block_size(*, limit: int, left: int, cost: int = 1) -> int:
    """Return how many tokens to lease at once where `left` were left when last heard of."""
    return max(cost, min(limit // _BLOCKS_IN_LIMIT, left // _PARTS_OF_REST))


class SharedRateLimiter:
    """At most `limit` a key in each window of `seconds`, over all nodes that share `allowance`.

    While `allowance` cannot be reached this node decides alone, by the same limit. One that has not
    answered after `patience_seconds` counts as out of reach, and is asked again a second later.
    """

    def __init__(
        self,
        name: str,
        *,
        allowance: SharedAllowance,
        limit: int,
        seconds: float = 60.0,
        max_keys: int = 100_000,
        patience_seconds: float = 2.0,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        self.name = name
        self.rate = Rate(limit, seconds)
        self._allowance = allowance
        self._patience_seconds = patience_seconds
        self._alone_until = -math.inf
        self._alone = RateLimiter(
            name, limit=limit, seconds=seconds, algorithm="fixed-window", clock=clock
        )
        self._max_keys = max_keys
        self._clock = clock
        self._blocks: dict[str, Block] = {}
        # Held by whoever has the turn and whoever waits for it, and by nobody else.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def is_allowed(self, key: str, *, cost: int = 1) -> Decision:
        """Take `cost` tokens of `key`, leasing more where this node has too few."""
        if (decision := self._decide(key, cost)) is not None:
            return decision

        turn = self._turns.setdefault(key, asyncio.Lock())
        try:
            async with turn:
                # Whoever had the turn before has leased for those behind it too. And while this one
                # leases, others spend what was held, or the window ends: then more is to be had.
                while (decision := self._decide(key, cost)) is None:
                    await self._lease_in_time(key, cost)
                return decision
        except Exception as error:  # noqa: BLE001 - whatever a store may raise: this node goes on alone
            emit(
                "tenantry.reliability.allowance_lost", limiter=self.name, error=type(error).__name__
            )
            return self._alone.is_allowed(key, cost=cost)

    def try_take(self, key: str, *, cost: int = 1) -> Decision | None:
        """Take `cost` tokens of those that this node holds of `key`; None where it holds too few.

        That is no refusal, and counts as none: there may be more to lease.
        """
        if not 1 <= cost <= self.rate.limit:
            raise Invalid(field="cost", got=cost, wants=f"1 to {self.rate.limit}")

        block = self._block(key)
        if block.tokens < cost:
            return None
        block = Block(block.window, block.tokens - cost, block.left)
        self._blocks[key] = block
        return self._decision(block, is_allowed=True)

    def get_status(self, key: str) -> Decision:
        """Say where `key` stands as far as this node has heard; takes nothing."""
        block = self._block(key)
        return self._decision(block, is_allowed=block.tokens + block.left > 0)

    def _window(self) -> int:
        return self._clock.now_us() // self.rate.period_us

    def _block(self, key: str) -> Block:
        """Return what this node holds of `key` in the present window."""
        window = self._window()
        block = self._blocks.get(key)
        if block is None or block.window != window:
            return Block(window, 0, self.rate.limit)
        return block

    def _decide(self, key: str, cost: int) -> Decision | None:
        """Decide without asking; None where more must be leased first."""
        if (decision := self.try_take(key, cost=cost)) is not None:
            return decision
        block = self._block(key)
        return self._refused(block) if block.left == 0 else None

    async def _lease_in_time(self, key: str, cost: int) -> None:
        """Lease more; raises whatever `allowance` does, and at once where it just has."""
        if self._clock.monotonic() < self._alone_until:
            raise Unavailable("what nodes share of a rate was out of reach a moment ago")
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._lease(key, cost)
        except Exception:  # whatever it was, the next would only wait for it too
            self._alone_until = self._clock.monotonic() + _ALONE_SECONDS
            raise

    async def _lease(self, key: str, cost: int) -> None:
        block = self._block(key)
        wanted = block_size(limit=self.rate.limit, left=block.left, cost=cost - block.tokens)
        lease = await self._allowance.lease(
            limiter=self.name,
            key=key,
            window=block.window,
            wanted=wanted,
            limit=self.rate.limit,
        )
        if len(self._blocks) >= self._max_keys and key not in self._blocks:
            self._forget()
        held = self._block(key)
        if held.window == block.window:
            # Who is given less than it wants is given the rest: nothing is left then, and not less
            # than nothing where more was leased while the limit was higher.
            left = lease.left if lease.granted == wanted else 0
            self._blocks[key] = Block(block.window, held.tokens + lease.granted, left)

    def _forget(self) -> None:
        """Forget the blocks of windows that are over, and all of them where that is not enough."""
        window = self._window()
        self._blocks = {key: held for key, held in self._blocks.items() if held.window == window}
        if len(self._blocks) >= self._max_keys:
            # What was leased and not spent is lost with it: fewer are allowed, never more.
            self._blocks = {}

    def _refused(self, block: Block) -> Decision:
        emit("tenantry.reliability.limited", limiter=self.name)
        return self._decision(block, is_allowed=False)

    def _decision(self, block: Block, *, is_allowed: bool) -> Decision:
        ends_at_us = (block.window + 1) * self.rate.period_us
        wait_us = max(0, ends_at_us - self._clock.now_us())
        return Decision(
            is_allowed,
            block.tokens + block.left,
            -(-ends_at_us // 1000),
            0.0 if is_allowed else (wait_us + 1) / 1e6,
        )
