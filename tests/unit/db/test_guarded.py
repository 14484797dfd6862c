"""What the guards of a database let through, repeat and refuse, on one that does as it is told."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from tenantry.base.errors import Conflict, TenantryError, Unavailable
from tenantry.db import (
    Database,
    GuardedDatabase,
    NothingWritten,
    SqlitePoolFigures,
    System,
    Transaction,
    database_breakers,
    is_unwell,
)
from tenantry.db.errors import as_contended, timed_out
from tenantry.reliability import BreakerOpen, CircuitBreaker, Retry, RetryBudget
from tenantry.testing import FakeClock

TEST = System("test")


class ScriptedDatabase:
    """Fails with these errors, one at a time, and then answers `done`."""

    dialect = "sqlite"
    is_ready = True

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        self.calls: list[str] = []
        self.hints: list[Callable[[], None]] = []

    async def start(self) -> None:
        self.calls.append("start")

    async def stop(self) -> None:
        self.calls.append("stop")

    async def ping(self) -> None:
        self._answer("ping")

    async def read(self, _scope: object, _unit: object, /, *_args: object, **_kw: object) -> str:
        return self._answer("read")

    async def write(self, _scope: object, _unit: object, /, *_args: object, **_kw: object) -> str:
        return self._answer("write")

    async def append(self, _unit: object, /, *_args: object, **_kw: object) -> str:
        return self._answer("append")

    async def administer(self, _unit: object, /, *_args: object, **_kw: object) -> str:
        return self._answer("administer")

    def listen(self, hint: Callable[[], None]) -> None:
        self.hints.append(hint)

    def pool_figures(self) -> SqlitePoolFigures:
        return SqlitePoolFigures(readers=1, waiting=2, queue_depth=3)

    def _answer(self, call: str) -> str:
        self.calls.append(call)
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def unit(_tx: Transaction, /, **_options: object) -> str:
    return "never run: the database is scripted"


def ill(code: str = "database_unavailable") -> Unavailable:
    return Unavailable("lost", code=code)


def undone(code: str = "database_unavailable") -> NothingWritten:
    return NothingWritten("undone", code=code)


class Guarded:
    """A guarded database, what is behind it and what it is guarded by."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.driver = ScriptedDatabase()
        self.query, self.bulk = database_breakers(clock=clock)
        self.database = GuardedDatabase(
            cast("Database", self.driver), query=self.query, bulk=self.bulk, clock=clock
        )

    async def call(self, name: str) -> str:
        """Call by name what runs a unit, letting the time of its pauses pass."""
        run = getattr(self.database, name)
        scope = [TEST] if name in {"read", "write"} else []
        task = asyncio.ensure_future(run(*scope, unit))
        while not task.done():
            await asyncio.sleep(0)
            if self.clock.sleeper_count:
                self.clock.advance(0.25)
        return cast("str", await task)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def guarded(clock: FakeClock) -> Guarded:
    return Guarded(clock)


GUARDED_CALLS = ["read", "write", "append"]


@pytest.mark.parametrize("call", GUARDED_CALLS)
async def test_what_certainly_wrote_nothing_is_attempted_again(guarded: Guarded, call: str) -> None:
    guarded.driver.errors = [undone(), undone()]

    assert await guarded.call(call) == "done"
    assert guarded.driver.calls == [call] * 3


@pytest.mark.parametrize("call", GUARDED_CALLS)
async def test_after_the_third_attempt_the_last_error_is_told(guarded: Guarded, call: str) -> None:
    last = undone()
    guarded.driver.errors = [undone(), undone(), last, undone()]

    with pytest.raises(NothingWritten) as caught:
        await guarded.call(call)
    assert caught.value is last
    assert guarded.driver.calls == [call] * 3


@pytest.mark.parametrize(
    "error",
    [
        ill(),
        ill("database_busy"),
        ill("database_closed"),
        Conflict("stale"),
        ValueError("a bad unit"),
        timed_out("unit", 30.0, cause=TimeoutError()),
    ],
    ids=lambda error: getattr(error, "code", type(error).__name__),
)
@pytest.mark.parametrize("call", GUARDED_CALLS)
async def test_what_may_have_been_written_or_cannot_go_better_is_told_at_once(
    guarded: Guarded, call: str, error: Exception
) -> None:
    guarded.driver.errors = [error]

    with pytest.raises(type(error)) as caught:
        await guarded.call(call)
    assert caught.value is error
    assert guarded.driver.calls == [call]


async def test_retries_share_a_budget_so_that_an_outage_is_not_multiplied(
    clock: FakeClock,
) -> None:
    driver = ScriptedDatabase()
    query, bulk = (CircuitBreaker(name, failure_threshold=1_000) for name in ("query", "bulk"))
    retry = Retry(
        attempts=3,
        budget=RetryBudget(ratio=0.0, most=4.0),
        chance=lambda: 0.0,
        clock=clock,
        is_transient=lambda error: isinstance(error, NothingWritten),
    )
    database = GuardedDatabase(
        cast("Database", driver), query=query, bulk=bulk, retry=retry, clock=clock
    )
    driver.errors = [undone() for _ in range(100)]

    for _ in range(10):
        with pytest.raises(NothingWritten):
            await database.read(TEST, unit)
    assert len(driver.calls) == 14


@pytest.mark.parametrize("code", ["database_unavailable", "query_timeout", "writer_restarting"])
async def test_five_failures_in_a_row_open_the_breaker_and_it_refuses(
    guarded: Guarded, code: str
) -> None:
    guarded.driver.errors = [ill(code) for _ in range(5)]
    for _ in range(5):
        with pytest.raises(Unavailable):
            await guarded.call("write")

    with pytest.raises(BreakerOpen):
        await guarded.call("read")
    assert guarded.driver.calls == ["write"] * 5
    assert guarded.database.figures().circuit_breakers.query.state == "open"


@pytest.mark.parametrize(
    "error",
    [
        ill("database_busy"),
        ill("database_closed"),
        undone("group_undone"),
        as_contended(ValueError("deadlock"), what="not now"),
        Conflict("stale"),
        KeyError("a bad unit"),
    ],
    ids=lambda error: getattr(error, "code", type(error).__name__),
)
async def test_what_says_nothing_of_the_database_opens_no_breaker(
    guarded: Guarded, error: Exception
) -> None:
    guarded.driver.errors = [error] * 30
    for _ in range(10):
        with pytest.raises(type(error)):
            await guarded.call("write")

    assert guarded.query.state == "closed"
    assert guarded.query.stats().failure_count == 0
    assert not is_unwell(error)


async def test_each_attempt_counts_for_the_breaker_and_each_call_once_in_the_figures(
    guarded: Guarded,
) -> None:
    guarded.driver.errors = [undone() for _ in range(3)]

    with pytest.raises(NothingWritten):
        await guarded.call("read")

    figures = guarded.database.figures()
    assert guarded.query.stats().failure_count == 3
    assert (figures.total_queries, figures.failed_queries) == (1, 1)


async def test_failed_queries_are_recorded_once_and_the_error_rate_is_true(
    guarded: Guarded,
) -> None:
    guarded.driver.errors = [ill()]
    for call in ("write", "read", "append", "read"):
        try:
            await guarded.call(call)
        except Unavailable:
            continue

    figures = guarded.database.figures()
    assert (figures.total_queries, figures.failed_queries, figures.error_rate) == (4, 1, 0.25)


async def test_a_call_that_went_well_at_last_is_no_failed_query(guarded: Guarded) -> None:
    guarded.driver.errors = [undone()]
    await guarded.call("read")

    figures = guarded.database.figures()
    assert (figures.total_queries, figures.failed_queries) == (1, 0)


async def test_a_unit_that_refuses_has_done_its_work_and_is_no_failed_query(
    guarded: Guarded,
) -> None:
    guarded.driver.errors = [Conflict("stale")]
    with pytest.raises(Conflict):
        await guarded.call("write")

    figures = guarded.database.figures()
    assert (figures.total_queries, figures.failed_queries) == (1, 0)


async def test_a_statement_that_fails_is_a_failed_query(guarded: Guarded) -> None:
    guarded.driver.errors = [ValueError("bad statement")]
    with pytest.raises(ValueError, match="bad statement"):
        await guarded.call("write")

    assert guarded.database.figures().failed_queries == 1


async def test_a_cancelled_caller_is_neither_a_success_nor_a_failure(guarded: Guarded) -> None:
    guarded.driver.errors = [asyncio.CancelledError()]
    with pytest.raises(asyncio.CancelledError):
        await guarded.database.read(TEST, unit)

    figures = guarded.database.figures()
    assert (figures.total_queries, figures.failed_queries) == (0, 0)
    assert (figures.circuit_breakers.query.failure_count, guarded.query.state) == (0, "closed")


async def test_the_appender_and_the_rest_have_a_breaker_each(guarded: Guarded) -> None:
    guarded.query.force_open()
    assert await guarded.call("append") == "done"
    guarded.query.reset()
    guarded.bulk.force_open()
    assert await guarded.call("write") == "done"
    assert (guarded.query.name, guarded.bulk.name) == ("query", "bulk")


async def test_an_open_breaker_tries_again_after_two_seconds(
    guarded: Guarded, clock: FakeClock
) -> None:
    guarded.driver.errors = [ill() for _ in range(5)]
    for _ in range(5):
        with pytest.raises(Unavailable):
            await guarded.call("write")

    clock.advance(1.9)
    with pytest.raises(BreakerOpen):
        await guarded.call("write")
    clock.advance(0.1)
    assert await guarded.call("write") == "done"
    assert guarded.query.state == "closed"


async def test_a_breaker_that_is_switched_off_lets_everything_through_and_keeps_its_statistics(
    guarded: Guarded,
) -> None:
    guarded.query.disable()
    guarded.driver.errors = [ill() for _ in range(20)]
    for _ in range(20):
        with pytest.raises(Unavailable):
            await guarded.call("write")

    assert len(guarded.driver.calls) == 20
    assert guarded.database.figures().circuit_breakers.query.failure_count == 20


async def test_a_ping_touches_the_database_whatever_the_breakers_say(guarded: Guarded) -> None:
    guarded.query.force_open()
    guarded.bulk.force_open()

    await guarded.database.ping()
    assert await guarded.call("administer") == "done"
    assert await guarded.database.driver.read(TEST, unit) == "done"
    assert guarded.driver.calls == ["ping", "administer", "read"]
    assert guarded.database.is_ready


async def test_administration_is_attempted_once_and_not_counted(guarded: Guarded) -> None:
    guarded.driver.errors = [undone()]
    with pytest.raises(NothingWritten):
        await guarded.call("administer")
    assert guarded.driver.calls == ["administer"]
    assert guarded.database.figures().total_queries == 0


async def test_everything_else_is_the_drivers(guarded: Guarded) -> None:
    def hint() -> None:
        pass

    await guarded.database.start()
    guarded.database.listen(hint)
    await guarded.database.stop()

    assert guarded.driver.calls == ["start", "stop"]
    assert guarded.driver.hints == [hint]
    assert guarded.database.dialect == "sqlite"
    assert guarded.database.figures().pool == guarded.driver.pool_figures()


async def test_a_unit_may_have_arguments_of_any_name(guarded: Guarded) -> None:
    names: dict[str, Any] = {"call": 1, "breaker": 2, "unit": 3, "function": 4, "scope": 5}

    assert await guarded.database.read(TEST, unit, **names) == "done"
    assert await guarded.database.append(unit, **names) == "done"


def test_what_wrote_nothing_is_an_unavailable_that_asks_for_no_pause() -> None:
    error = undone()
    assert isinstance(error, Unavailable)
    assert isinstance(error, TenantryError)
    assert error.retry_after_seconds == 0.0
