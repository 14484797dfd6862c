"""Subscriptions: catch up from a position, then wait for a hint that there is more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from tenantry.eventlog.event import RecordedEvent

POLL_SECONDS = 0.5
"""How long a lost hint can delay a subscriber: hints are hints, the poll is the promise."""


class Hint:
    """Wakes everything that follows the log; a wake-up may be lost or come for nothing."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Event] = set()

    def register(self) -> asyncio.Event:
        """Return an event that is set whenever the log may have grown."""
        waiter = asyncio.Event()
        self._waiters.add(waiter)
        return waiter

    def unregister(self, waiter: asyncio.Event) -> None:
        """Forget a waiter."""
        self._waiters.discard(waiter)

    def __call__(self) -> None:
        """Wake every waiter."""
        for waiter in self._waiters:
            waiter.set()


async def follow(
    *,
    after: int,
    read: Callable[[int], Awaitable[list[RecordedEvent]]],
    is_end: Callable[[int], bool],
    hint: Hint,
    poll_seconds: float = POLL_SECONDS,
) -> AsyncIterator[list[RecordedEvent]]:
    """Yield every event behind `after` in position order, in batches, for ever.

    `read(position)` returns the next events behind a position, and `is_end(position)` whether there
    are none for certain, which spares a read. Nothing is skipped and nothing comes twice: the
    position is the only state. Raises what `read` raises; the caller may begin
    again at the last position it has handled.
    """
    position = after
    wake = hint.register()
    try:
        while True:
            # Cleared before reading, so that what is appended meanwhile wakes us again.
            wake.clear()
            events = await read(position)
            if events:
                position = events[-1].position
                yield events
                if not is_end(position):
                    continue
            await growth(wake, is_end=partial(is_end, position), poll_seconds=poll_seconds)
    finally:
        hint.unregister(wake)


async def growth(
    wake: asyncio.Event, *, is_end: Callable[[], bool], poll_seconds: float = POLL_SECONDS
) -> None:
    """Wait for a hint that there is more, or until it is time to look anyway.

    `is_end` is asked whether a hint only tells what is known already.
    """
    try:
        async with asyncio.timeout(poll_seconds):
            await wake.wait()
            while is_end():
                wake.clear()
                await wake.wait()
    except TimeoutError:
        return
