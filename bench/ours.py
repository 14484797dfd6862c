"""Our event log as a program uses it: one asyncio loop, many tasks, metrics on."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import uvloop

from bench.workload import (
    STREAM_PREFIX,
    STREAMS_PER_WRITER,
    VALUE_SET,
    WARM_UP_SECONDS,
    ValueSet,
    content,
    setting_name,
    tenant_of,
)
from tenantry.base import SystemClock, root_principal
from tenantry.configs import EVENT_TYPES, ConfigStateProjection, ConfigStore
from tenantry.db import System, Transaction, migrate, open_database
from tenantry.eventlog import (
    Appended,
    AppendRequest,
    EventLog,
    NewEvent,
    ProjectionRunner,
    StreamAppend,
)
from tenantry.telemetry import Metrics, observe_spans
from tenantry.vault import Vault

Work = Callable[[int, int], Awaitable[None]]
"""Append the event of a round by a writer: called with both numbers."""


@asynccontextmanager
async def running_log(url: str) -> AsyncIterator[EventLog]:
    """Open the log of `url`, as the server does."""
    database = open_database(url)
    await database.start()
    unobserve = observe_spans(Metrics())
    try:
        await migrate(database, clock=SystemClock())
        log = EventLog(database=database, clock=SystemClock(), types=EVENT_TYPES)
        await log.start()
        yield log
        await log.stop()
    finally:
        unobserve()
        await database.stop()


def run(work: Coroutine[Any, Any, float]) -> float:
    """Run `work` on the loop that the server runs on."""
    return uvloop.run(work)


def appends(url: str, writers: int, seconds: float) -> float:
    """Return the appends/s of so many concurrent writers, each of one event to a known version."""
    return run(_appends(url, writers, seconds))


def puts(url: str, writers: int, seconds: float) -> float:
    """Return the settings/s stored through `ConfigStore`: decided, encoded, appended, applied."""
    return run(_puts(url, writers, seconds))


def fill(url: str, batches: list[list[tuple[str, int]]]) -> float:
    """Append `batches` to an empty log and return the events/s."""
    return run(_fill(url, batches))


def read_all(url: str) -> float:
    """Return the events/s of reading the log, data left as bytes."""
    return run(_replay(url, _count))


def read_into_dict(url: str) -> float:
    """Return the events/s of decoding the log into a dict of the latest value by stream."""
    return run(_replay(url, _decode))


def project(url: str) -> float:
    """Return the events/s of a projection of the settings that starts without a snapshot."""
    return run(_project(url))


def durability(url: str) -> str:
    """Return what the database itself says about when a commit is on the disk."""
    return uvloop.run(_durability(url))


async def _appends(url: str, writers: int, seconds: float) -> float:
    async with running_log(url) as log:
        contents = [content(setting_name(number), number) for number in range(256)]

        async def work(writer: int, number: int) -> None:
            event = contents[number % 256]
            name = f"{writer:04d}-{number % STREAMS_PER_WRITER}"
            request = AppendRequest(
                "acme",
                (
                    StreamAppend(
                        name,
                        number // STREAMS_PER_WRITER,
                        (NewEvent(VALUE_SET, event.data, event.metadata),),
                    ),
                ),
            )
            outcome = await log.append(request)
            assert isinstance(outcome, Appended), outcome

        rate, done = await _at_once(work, writers, seconds)
        assert (await log.head()).position == done
        return rate


async def _puts(url: str, writers: int, seconds: float) -> float:
    async with running_log(url) as log:
        clock = SystemClock()
        runner = ProjectionRunner(log=log, projection=ConfigStateProjection(), clock=clock)
        await runner.start()
        await runner.ready()
        vault = Vault(database=log.database, clock=clock, master=None)
        store = ConfigStore(log=log, runner=runner, clock=clock, vault=vault)
        principal = root_principal(source="http")

        async def work(writer: int, number: int) -> None:
            name = f"{writer:04d}-{number % STREAMS_PER_WRITER}"
            await store.put(principal, "acme", name, f"value {number}")

        rate, done = await _at_once(work, writers, seconds)
        assert (await log.head()).position == done
        await runner.stop()
        return rate


async def _at_once(work: Work, writers: int, seconds: float) -> tuple[float, int]:
    """Keep `writers` busy and return how many a second they did, and how many in all."""
    counters = [itertools.count() for _ in range(writers)]

    async def write(writer: int, until: float) -> int:
        done = 0
        while time.perf_counter() < until:
            await work(writer, next(counters[writer]))
            done += 1
        return done

    async def burst(duration: float) -> tuple[float, int]:
        started_at = time.perf_counter()
        until = started_at + duration
        done = sum(await asyncio.gather(*(write(writer, until) for writer in range(writers))))
        return done / (time.perf_counter() - started_at), done

    _, warmed_up = await burst(WARM_UP_SECONDS)
    rate, done = await burst(seconds)
    return rate, warmed_up + done


async def _fill(url: str, batches: list[list[tuple[str, int]]]) -> float:
    async with running_log(url) as log:
        started_at = time.perf_counter()
        for batch in batches:
            # One request for each tenant; the appender makes one commit of them.
            await asyncio.gather(*(log.append(request) for request in _requests(batch)))
        return (await log.head()).position / (time.perf_counter() - started_at)


def _requests(batch: list[tuple[str, int]]) -> list[AppendRequest]:
    tenants: dict[str, dict[str, list[NewEvent]]] = {}
    first: dict[str, int] = {}
    for name, version in batch:
        event = content(name, version)
        first.setdefault(name, version)
        events = tenants.setdefault(tenant_of(name), {}).setdefault(name, [])
        events.append(NewEvent(VALUE_SET, event.data, event.metadata))

    return [
        AppendRequest(
            tenant,
            tuple(
                StreamAppend(STREAM_PREFIX + name, first[name] - 1, tuple(events))
                for name, events in streams.items()
            ),
        )
        for tenant, streams in tenants.items()
    ]


async def _replay(url: str, take: Callable[[EventLog], Awaitable[int]]) -> float:
    async with running_log(url) as log:
        expected = (await log.head()).position
        started_at = time.perf_counter()
        count = await take(log)
        seconds = time.perf_counter() - started_at
        assert count == expected
        return count / seconds


async def _count(log: EventLog) -> int:
    count = position = 0
    while events := await log.read(after=position):
        count += len(events)
        position = events[-1].position
    return count


async def _decode(log: EventLog) -> int:
    decoder = msgspec.json.Decoder(ValueSet)
    state: dict[str, ValueSet] = {}
    count = position = 0
    while events := await log.read(after=position):
        for event in events:
            state[event.stream] = decoder.decode(event.data)
        count += len(events)
        position = events[-1].position
    return count


async def _project(url: str) -> float:
    async with running_log(url) as log:
        runner = ProjectionRunner(
            log=log, projection=unsnapshotted(), clock=SystemClock(), snapshot_every=2**62
        )
        started_at = time.perf_counter()
        await runner.start()
        await runner.ready()
        seconds = time.perf_counter() - started_at
        count = runner.progress.events_replayed
        assert count == (await log.head()).position
        return count / seconds


def unsnapshotted() -> ConfigStateProjection:
    """Return the settings' projection under a name that has no snapshot."""
    projection = ConfigStateProjection()
    projection.name = "bench-replay"
    return projection


async def _durability(url: str) -> str:
    async with running_log(url) as log:
        return await log.database.write(System("bench"), _durability_in)


def _durability_in(tx: Transaction) -> str:
    if tx.dialect == "sqlite":
        ((level,),) = list(tx.connection.execute("PRAGMA synchronous"))
        return f"synchronous={level}"
    words = [
        f"{name}={tx.connection.execute(f'SHOW {name}').fetchone()[0]}"
        for name in ("fsync", "synchronous_commit")
    ]
    return " ".join(words)
