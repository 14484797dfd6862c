import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from tenantry.base.errors import Unavailable
from tenantry.db import GuardedDatabase, database_breakers
from tenantry.eventlog import EventLog
from tenantry.operations import DatabaseAllowance, Health, Pulse, Sweeper
from tenantry.telemetry import EventRecord, Metrics, SpanRecord, observe_spans, subscribe
from tenantry.testing import FakeClock
from tests.conformance.spine import append, append_many, key, request, running_log, tamper
from tests.support.waiting import eventually


class Follower:
    """A projection as far as health is concerned."""

    def __init__(self, *, position: int = 0, is_ready: bool = True) -> None:
        self.position = position
        self.is_ready = is_ready


@pytest_asyncio.fixture
async def log(database_url: str) -> AsyncIterator[EventLog]:
    async with running_log(database_url) as log:
        await log.head()
        yield log


def health_of(
    log: EventLog,
    follower: Follower | None = None,
    *,
    is_started: bool = True,
    is_draining: bool = False,
    check_seconds: float = 2.0,
) -> Health:
    return Health(
        database=log.database,
        log=log,
        followers={"settings": follower or Follower()},
        clock=FakeClock(),
        is_started=lambda: is_started,
        is_draining=lambda: is_draining,
        check_seconds=check_seconds,
    )


async def test_a_node_that_works_is_healthy_and_ready(log: EventLog) -> None:
    report = await health_of(log).report()
    readiness = await health_of(log).readiness()

    assert report.status == "healthy"
    assert report.timestamp == "2024-01-15T10:30:00.000000Z"
    assert report.checks == {"eventstore": "ok", "projection": "ok", "database": "ok"}
    assert readiness.status == "ready"
    assert readiness.checks["started"] == readiness.checks["accepting"] == "ok"


async def test_a_closed_database_is_told_by_each_check(log: EventLog) -> None:
    await log.stop()
    await log.database.stop()

    report = await health_of(log, Follower(is_ready=False)).report()

    assert report.status == "unhealthy"
    assert report.checks == {"eventstore": "down", "projection": "down", "database": "error"}


@pytest.mark.parametrize(
    "follower, told",
    [
        (Follower(position=1_500), "ok"),
        (Follower(position=600), "ok"),
        (Follower(position=400), "down"),
        (Follower(position=1_500, is_ready=False), "down"),
    ],
)
async def test_a_projection_far_behind_the_log_is_down(
    sqlite_url: str, follower: Follower, told: str
) -> None:
    async with running_log(sqlite_url) as log:
        await append_many(log, 1_500)

        assert (await health_of(log, follower).report()).checks["projection"] == told


async def test_a_check_that_takes_too_long_has_failed(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "touch", _forever)
    monkeypatch.setattr(log.database, "ping", _forever)

    report = await health_of(log, check_seconds=0.01).report()

    assert report.checks == {"eventstore": "down", "projection": "ok", "database": "error"}


async def test_an_unexpected_error_is_a_failed_check(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "touch", _raising(KeyError("surprise")))
    monkeypatch.setattr(log.database, "ping", _raising(Unavailable("gone")))

    assert (await health_of(log).report()).status == "unhealthy"


@pytest.mark.parametrize(
    "is_started, is_draining, told",
    [(False, False, ("starting", "ok")), (True, True, ("ok", "draining"))],
)
async def test_a_node_that_starts_or_stops_is_healthy_but_not_ready(
    log: EventLog, *, is_started: bool, is_draining: bool, told: tuple[str, str]
) -> None:
    health = health_of(log, is_started=is_started, is_draining=is_draining)

    readiness = await health.readiness()

    assert (await health.report()).is_healthy
    assert readiness.status == "not_ready"
    assert (readiness.checks["started"], readiness.checks["accepting"]) == told


async def test_the_pulse_keeps_the_metrics_true(log: EventLog) -> None:
    await append_many(log, 7)
    metrics, clock = Metrics(), FakeClock()
    query, bulk = database_breakers(clock=clock)
    database = GuardedDatabase(log.database, query=query, bulk=bulk, clock=clock)
    health = health_of(log, Follower(position=4))
    pulse = Pulse(health=health, database=database, clock=clock, seconds=5)
    stop_observing = observe_spans(metrics)
    await pulse.start()
    try:
        await eventually(lambda: clock.sleeper_count)
        assert b"tenantry_eventlog_up 1.0" in metrics.render()
        assert b'tenantry_projection_lag{projection="settings"} 3.0' in metrics.render()

        await log.database.stop()
        clock.advance(5)
        await eventually(lambda: b"tenantry_eventlog_up 0.0" in metrics.render())
    finally:
        await pulse.stop()
        stop_observing()


async def test_the_pulse_closes_a_breaker_that_nobody_else_would_try(log: EventLog) -> None:
    clock = FakeClock()
    query, bulk = database_breakers(clock=clock)
    database = GuardedDatabase(log.database, query=query, bulk=bulk, clock=clock)
    for breaker in (query, bulk):
        for _ in range(5):
            with pytest.raises(Unavailable):
                breaker.call(_lose)
        assert breaker.state == "open"
    pulse = Pulse(health=health_of(log), database=database, clock=clock)

    await pulse.beat()
    assert [query.state, bulk.state] == ["open", "open"]
    clock.advance(2.1)
    await pulse.beat()
    assert [query.state, bulk.state] == ["closed", "closed"]


def _lose() -> None:
    raise Unavailable("gone", code="database_unavailable")


async def test_expired_keys_are_deleted_each_hour(database_url: str) -> None:
    clock = FakeClock()
    async with running_log(database_url, clock=clock) as log:
        await append(log, request("a", key=key("short", expires_at=clock.now_us() + 60_000_000)))
        await append(log, request("b", key=key("long")))
        deleted: list[str] = []
        unsubscribe = subscribe(lambda record: deleted.append(_unit_of(record)))
        allowance = DatabaseAllowance(database=log.database, clock=clock)
        sweeper = Sweeper(log=log, allowance=allowance, clock=clock)
        await sweeper.start()
        try:
            await eventually(lambda: clock.sleeper_count)
            clock.advance(3600)
            await eventually(lambda: "forget_expired_keys" in deleted)
        finally:
            await sweeper.stop()
            unsubscribe()
        await append(log, request("a", key=key("short", digest=b"another")))


async def test_a_sweep_without_a_database_is_left_for_the_next_time(log: EventLog) -> None:
    await log.database.stop()

    clock = FakeClock()
    allowance = DatabaseAllowance(database=log.database, clock=clock)
    await Sweeper(log=log, allowance=allowance, clock=clock).sweep()


async def _forever(*_: Any) -> None:
    await asyncio.Event().wait()


def _raising(error: Exception) -> Callable[[], Awaitable[None]]:
    async def fail() -> None:
        raise error

    return fail


def _unit_of(record: SpanRecord | EventRecord) -> str:
    return str(record.attributes.get("unit", ""))


async def test_a_log_without_the_event_that_its_head_names_is_down(log: EventLog) -> None:
    await append(log)
    assert (await health_of(log, Follower(position=1)).report()).checks["eventstore"] == "ok"

    await tamper(log.database, "UPDATE log_head SET position = 2")

    assert (await health_of(log, Follower(position=1)).report()).checks["eventstore"] == "down"
