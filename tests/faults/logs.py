"""An open log, and the requests that the fault tests append to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from tenantry.base import SystemClock
from tenantry.db import Database, migrate, open_database
from tenantry.eventlog import (
    ANY,
    Appended,
    AppendRequest,
    EventLog,
    EventTypes,
    IdempotencyKey,
    NewEvent,
    StreamAppend,
    verify,
)

TENANT = "tenant-1"
TYPE = "faults.happened.v1"

_NEVER = 2**62


@asynccontextmanager
async def opened_database(url: str) -> AsyncIterator[Database]:
    """Open `url` with its migrations applied."""
    database = open_database(url, pool_max=4)
    await database.start()
    try:
        await migrate(database, clock=SystemClock())
        yield database
    finally:
        await database.stop()


@asynccontextmanager
async def opened_log(url: str) -> AsyncIterator[EventLog]:
    """Open the log of `url`."""
    async with opened_database(url) as database:
        log = EventLog(database=database, clock=SystemClock(), types=EventTypes(present=[TYPE]))
        await log.start()
        try:
            yield log
        finally:
            await log.stop()


def request(
    key: str, *, stream: str = "stream", expected_version: int = ANY, shared: str | None = None
) -> AppendRequest:
    """Build an append of one event that says `key`, and whose idempotency key it is.

    `shared` names a second stream that gets an event of its own in the same append.
    """
    streams = [StreamAppend(stream, expected_version, (_event(key),))]
    if shared is not None:
        streams.append(StreamAppend(shared, ANY, (_event(f"shared:{key}"),)))
    return AppendRequest(
        tenant_id=TENANT,
        streams=tuple(streams),
        idempotency_key=IdempotencyKey(key=key, request_digest=key.encode(), expires_at=_NEVER),
    )


async def append(log: EventLog, key: str) -> Appended:
    """Append `key` and return where it is."""
    outcome = await log.append(request(key))
    assert isinstance(outcome, Appended), outcome
    return outcome


async def stored_keys(log: EventLog) -> list[str]:
    """Return the key of every event that `request` has appended, in order."""
    keys: list[str] = []
    position = 0
    while page := await log.read(after=position):
        assert [event.position for event in page] == [
            *range(position + 1, position + 1 + len(page))
        ]
        position = page[-1].position
        keys += [msgspec.json.decode(event.data, type=str) for event in page]
    return keys


async def assert_intact(log: EventLog) -> None:
    """Fail unless the whole log verifies."""
    report = await verify(log.database)
    assert report.fault is None, report


def _event(key: str) -> NewEvent:
    return NewEvent(type=TYPE, data=msgspec.json.encode(key), metadata=b"{}")
