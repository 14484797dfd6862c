"""What the tests of the spine are built from: nodes, requests, and a hand that tampers."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tenantry.base import Clock, SystemClock
from tenantry.db import Database, System, Transaction, migrate, open_database
from tenantry.eventlog import (
    ANY,
    Appended,
    AppendRequest,
    EventLog,
    EventTypes,
    IdempotencyKey,
    NewEvent,
    RecordedEvent,
    StreamAppend,
)

HAPPENED = "tests.happened.v1"
TYPES = EventTypes(present=[HAPPENED])
TEST = System("test")


class Gate:
    """Keeps a unit running until the test opens it."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self._open = threading.Event()

    def pass_through(self, _tx: Transaction) -> None:
        self.entered.set()
        assert self._open.wait(20), "the test never opened the gate"

    def open(self) -> None:
        self._open.set()


@asynccontextmanager
async def running_database(url: str, **options: Any) -> AsyncIterator[Database]:
    """Open and migrate the database of `url`, and close it in the end."""
    database = open_database(url, **options)
    await database.start()
    try:
        await migrate(database, clock=SystemClock())
        yield database
    finally:
        await database.stop()


@asynccontextmanager
async def running_log(
    url: str, *, clock: Clock | None = None, types: EventTypes = TYPES
) -> AsyncIterator[EventLog]:
    """Run one node: a database and the log on it."""
    async with running_database(url) as database:
        log = EventLog(database=database, clock=clock or SystemClock(), types=types)
        await log.start()
        try:
            yield log
        finally:
            await log.stop()


def event(data: bytes = b"{}", *, metadata: bytes = b"{}", type_: str = HAPPENED) -> NewEvent:
    return NewEvent(type_, data, metadata)


def stream(
    name: str = "one", *, expected: int = ANY, count: int = 1, data: bytes = b"{}"
) -> StreamAppend:
    return StreamAppend(name, expected, (event(data),) * count)


def request(
    name: str = "one",
    *,
    tenant: str = "acme",
    expected: int = ANY,
    count: int = 1,
    data: bytes = b"{}",
    key: IdempotencyKey | None = None,
) -> AppendRequest:
    """Ask for `count` events on the one stream `name`."""
    return AppendRequest(tenant, (stream(name, expected=expected, count=count, data=data),), key)


def key(name: str = "key", *, digest: bytes = b"digest", expires_at: int = 2**62) -> IdempotencyKey:
    return IdempotencyKey(name, digest, expires_at)


async def append(log: EventLog, wanted: AppendRequest | None = None) -> Appended:
    """Append what is bound to succeed."""
    outcome = await log.append(wanted or request())
    assert isinstance(outcome, Appended)
    return outcome


async def append_many(log: EventLog, count: int, *, name: str = "one") -> None:
    """Append `count` events to one stream, in requests of the largest size."""
    while count > 0:
        await append(log, request(name, count=min(count, 2_000)))
        count -= 2_000


async def read_all(log: EventLog, *, after: int = 0) -> list[RecordedEvent]:
    """Return the whole log from the database, page by page."""
    found: list[RecordedEvent] = []
    while page := await log.read(after=after):
        found += page
        after = page[-1].position
    return found


async def stored_events(log: EventLog) -> list[RecordedEvent]:
    """Return the rows of the log as the database has them, nothing remembered."""
    return await log.database.read(TEST, _stored_events)


async def tamper(database: Database, *statements: str) -> None:
    """Do as its owner what the database refuses: change the log behind everybody's back."""
    await database.administer(_tamper, statements)


def blob(database: Database, value: bytes) -> str:
    """Write bytes as a literal of the dialect."""
    return f"x'{value.hex()}'" if database.dialect == "sqlite" else f"'\\x{value.hex()}'::bytea"


def _stored_events(tx: Transaction) -> list[RecordedEvent]:
    rows = tx.connection.execute(
        "SELECT position, tenant_id, stream, version, type, data, metadata, recorded_at "
        "FROM events ORDER BY position"
    )
    return [RecordedEvent(*row) for row in rows]


def _tamper(tx: Transaction, statements: tuple[str, ...]) -> None:
    triggers: list[tuple[str, str]] = []
    if tx.dialect == "postgres":
        tx.connection.execute("SET LOCAL session_replication_role = replica")
    else:
        query = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        triggers = list(tx.connection.execute(query))

    for name, _ in triggers:
        tx.connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        tx.connection.execute(statement)
    for _, sql in triggers:
        tx.connection.execute(sql)
