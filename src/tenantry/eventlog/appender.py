"""The appender: what waits while one batch commits becomes the next batch."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from tenantry.base import Clock, Looper
from tenantry.base.errors import Unavailable
from tenantry.db import Database, Transaction
from tenantry.eventlog.event import (
    MAX_APPEND_BYTES,
    MAX_EVENTS,
    Appended,
    AppendRequest,
    Outcome,
    RecordedEvent,
)
from tenantry.telemetry import emit

BATCH_REQUESTS = 512
"""Requests in one batch; more would only lengthen the wait of the first."""


class Inserter(Protocol):
    """How one database appends a batch inside a transaction.

    `is_only_one` says that nobody but this process can append.
    """

    is_only_one: bool

    def insert(self, tx: Transaction, requests: list[AppendRequest], now_us: int) -> list[Outcome]:
        """Append `requests` in order and return their outcomes, in order."""
        ...


_Waiter = tuple[AppendRequest, "asyncio.Future[Outcome]"]


class Appender(Looper):
    """Merges concurrent appends into batches, one batch at a time, in the order they came.

    `on_recorded` gets the events of each batch, on the event loop, before any of its waiters is
    answered. At most `queue_max` requests wait; beyond that `append` raises `Unavailable`. A
    request that the database refuses fails alone, not with those it was merged with.
    """

    def __init__(
        self,
        *,
        database: Database,
        inserter: Inserter,
        clock: Clock,
        on_recorded: Callable[[list[RecordedEvent]], None],
        queue_max: int = 10_000,
    ) -> None:
        super().__init__()
        self._database = database
        self._inserter = inserter
        self._clock = clock
        self._on_recorded = on_recorded
        self._queue_max = queue_max
        self._waiting: deque[_Waiter] = deque()
        self._under_way: list[_Waiter] = []
        self._wake = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    async def append(self, request: AppendRequest) -> Outcome:
        """Append `request` with the next batch; returns once that is durable.

        Cancelled while it waits, it is never appended; later it may be.
        """
        if not self.is_running or self._task is None or self._task.done():
            raise _closed()
        if len(self._waiting) >= self._queue_max:
            raise Unavailable(f"{self._queue_max} appends are waiting", code="log_busy")

        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        self._is_idle.clear()
        self._wake.set()
        return await future

    async def _run(self) -> None:
        try:
            while True:
                await self._serve_until_failure()
        finally:
            self._fail_all(_closed())

    async def _serve_until_failure(self) -> None:
        try:
            await self._serve()
        except Exception as error:  # noqa: BLE001 - the loop's outermost guard: nobody may wait for an appender that has died
            emit("tenantry.eventlog.appender_died", error=type(error).__name__)
            died = Unavailable(f"the appender died: {type(error).__name__}", code="appender_died")
            died.__cause__ = error
            self._fail_all(died)

    async def _serve(self) -> None:
        while True:
            await self._wake.wait()
            while batch := self._next_batch():
                self._under_way = batch
                await self._append_batch(batch)
            self._wake.clear()
            self._is_idle.set()

    async def _on_stop(self) -> None:
        # Everything that was taken in before the stop is answered first.
        await self._is_idle.wait()
        await super()._on_stop()

    def _next_batch(self) -> list[_Waiter]:
        batch: list[_Waiter] = []
        events = size = 0

        while self._waiting and len(batch) < BATCH_REQUESTS:
            request, future = self._waiting[0]
            if future.cancelled():
                self._waiting.popleft()
                continue
            events += request.event_count
            size += request.byte_count
            if batch and (events > MAX_EVENTS or size > MAX_APPEND_BYTES):
                break
            batch.append(self._waiting.popleft())

        return batch

    async def _append_batch(self, batch: list[_Waiter]) -> None:
        requests = [request for request, _ in batch]
        try:
            outcomes = await self._database.append(
                self._inserter.insert, requests, self._clock.now_us()
            )
        except Exception as error:  # noqa: BLE001 - each waiter is told; the appender goes on
            await self._append_apart(batch, error)
            return

        _tell_fates(requests, outcomes)
        try:
            self._on_recorded(recorded_events(requests, outcomes))
        except Exception as error:  # noqa: BLE001 - the batch is durable, whatever a listener does
            emit("tenantry.eventlog.listener_failed", error=type(error).__name__)

        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():
                future.set_result(outcome)

    def _fail_all(self, error: Exception) -> None:
        """Fail what is under way, which may be durable all the same, and all that waits."""
        _fail([*self._under_way, *self._waiting], error)
        self._under_way = []
        self._waiting.clear()
        self._wake.clear()
        self._is_idle.set()

    async def _append_apart(self, batch: list[_Waiter], error: Exception) -> None:
        """Fail a batch of one; of a longer one find out which request it was."""
        if len(batch) == 1 or isinstance(error, Unavailable):
            _fail(batch, error)
            return
        for waiter in batch:
            await self._append_batch([waiter])


def recorded_events(requests: list[AppendRequest], outcomes: list[Outcome]) -> list[RecordedEvent]:
    """Rebuild what a batch recorded from what was asked and answered, without reading it back."""
    recorded: list[RecordedEvent] = []
    for request, outcome in zip(requests, outcomes, strict=True):
        if isinstance(outcome, Appended) and not outcome.is_replay:
            recorded.extend(_events_of(request, outcome))
    return recorded


def _tell_fates(requests: list[AppendRequest], outcomes: list[Outcome]) -> None:
    for request, outcome in zip(requests, outcomes, strict=True):
        if request.fate is not None and isinstance(outcome, Appended):
            request.fate.is_appended = not outcome.is_replay


def _events_of(request: AppendRequest, appended: Appended) -> list[RecordedEvent]:
    events = []
    position = appended.first
    for stream, before in zip(request.streams, appended.versions, strict=True):
        for version, event in enumerate(stream.events, before + 1):
            events.append(
                RecordedEvent(
                    position,
                    request.tenant_id,
                    stream.stream,
                    version,
                    event.type,
                    event.data,
                    event.metadata,
                    appended.recorded_at + position - appended.first,
                )
            )
            position += 1
    return events


def _closed() -> Unavailable:
    return Unavailable("the event log is not open", code="log_closed")


def _fail(batch: list[_Waiter], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
