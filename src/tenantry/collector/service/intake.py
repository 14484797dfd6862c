"""What has come of a stream and is not stored yet: bounded, so that a slow disk holds it up."""

import asyncio
from typing import Final

from tenantry.base import Clock
from tenantry.collector.errors import StreamError
from tenantry.collector.model import (
    Account,
    Commit,
    DeadFrame,
    DeadLetter,
    Event,
    Identity,
    Notice,
    Refusal,
    Sync,
    Wire,
)
from tenantry.collector.remote.jetstream import Chunk
from tenantry.collector.rules import parse_v1, parse_v2
from tenantry.telemetry import get_logger

MOST_EVENTS: Final = 20_000
MOST_BYTES: Final = 64 * 1024 * 1024
BATCH_EVENTS: Final = 5_000
BATCH_SECONDS: Final = 0.25
_LOGGER: Final = get_logger("tenantry.collector")


class Intake:
    """Takes frames in, and gives them out as batches."""

    def __init__(self, *, host: str, wire: Wire, clock: Clock) -> None:
        self._host = host
        self._parse = parse_v1 if wire == "v1" else parse_v2
        self._clock = clock
        self._events: list[Event] = []
        self._dead: list[DeadFrame] = []
        self._bytes = 0
        self._has_ended = False
        self._since: float | None = None
        self._has_some = asyncio.Event()
        self._has_room = asyncio.Event()
        self._is_due = asyncio.Event()
        self._has_room.set()

    @property
    def count(self) -> int:
        """How many events wait."""
        return len(self._events)

    async def take(self, chunk: Chunk) -> None:
        """Take frames, and wait until there is room for more.

        Raises `StreamError` for a frame with which the host ends the stream, what came before it
        having been taken.
        """
        refusal = self._parse_all(chunk)
        if self._since is None and (self._events or self._dead):
            self._since = self._clock.monotonic()
            self._has_some.set()
        if len(self._events) >= BATCH_EVENTS:
            self._is_due.set()
        if len(self._events) >= MOST_EVENTS or self._bytes >= MOST_BYTES:
            self._is_due.set()
            self._has_room.clear()
        if refusal is not None:
            raise StreamError(f"{self._host} has ended the stream: {refusal.error[:100]}")
        await self._has_room.wait()

    def end(self) -> None:
        """Say that nothing more comes."""
        self._has_ended = True
        self._is_due.set()
        self._has_some.set()

    async def batch(self) -> tuple[list[Event], list[DeadFrame]] | None:
        """Wait until a batch is large or old enough, and return it; None behind the last one."""
        await self._has_some.wait()
        if self._since is None:
            return None
        left = self._since + BATCH_SECONDS - self._clock.monotonic()
        if left > 0 and not self._is_due.is_set():
            try:
                async with asyncio.timeout(left):
                    await self._is_due.wait()
            except TimeoutError:
                pass
        return self._cut()

    def _cut(self) -> tuple[list[Event], list[DeadFrame]]:
        events, dead = self._events[:BATCH_EVENTS], self._dead
        self._events, self._dead = self._events[BATCH_EVENTS:], []
        # A share of what is waiting is close enough: only the order of magnitude matters.
        total = len(events) + len(self._events)
        self._bytes = self._bytes * len(self._events) // total if total else 0
        if self._events:
            self._since = self._clock.monotonic()
        else:
            self._since = None
            if not self._has_ended:
                self._has_some.clear()
        if len(self._events) < BATCH_EVENTS and not self._has_ended:
            self._is_due.clear()
        if len(self._events) < MOST_EVENTS and self._bytes < MOST_BYTES:
            self._has_room.set()
        return events, dead

    def _parse_all(self, chunk: Chunk) -> Refusal | None:
        parse, events = self._parse, self._events
        size = 0
        for frame in chunk:
            if isinstance(frame, DeadLetter):
                self._bury(frame)
                continue
            size += len(frame)
            found = parse(frame)
            if isinstance(found, Commit | Identity | Account | Sync):
                events.append(found)
            elif isinstance(found, DeadLetter):
                self._bury(found)
            elif isinstance(found, Notice):
                # That the cursor was too old is seen in the times that come; words add nothing.
                _LOGGER.debug("A host says something", host=self._host, notice=found.name[:100])
            else:
                self._bytes += size
                return found
        self._bytes += size
        return None

    def _bury(self, letter: DeadLetter) -> None:
        self._bytes += len(letter.frame)
        self._dead.append(
            DeadFrame(
                at=self._clock.now_us(),
                host=self._host,
                reason=letter.reason,
                size=letter.size,
                frame=letter.frame,
            )
        )
