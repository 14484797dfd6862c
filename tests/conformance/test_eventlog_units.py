"""Mixed units: rows and events in one transaction, the append its last statement."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from tenantry.db import System, Tenant, Transaction
from tenantry.eventlog import (
    NO_STREAM,
    Appended,
    AppendRequest,
    EventLog,
    Outcome,
    verify,
)
from tests.conformance.spine import append, key, read_all, request, stored_events
from tests.support.waiting import eventually


class Refused(Exception):
    """What a mixed unit raises to have its rows undone."""


def create(tx: Transaction) -> None:
    tx.connection.execute("CREATE TABLE things (name VARCHAR(80) PRIMARY KEY)")
    if tx.dialect == "postgres":
        tx.connection.execute("GRANT ALL ON things TO tenantry_tenant, tenantry_system")


def things(tx: Transaction) -> list[str]:
    return [name for (name,) in tx.connection.execute("SELECT name FROM things ORDER BY name")]


@pytest_asyncio.fixture
async def mixed(log: EventLog) -> AsyncIterator[EventLog]:
    """A log beside a table `things`."""
    await log.database.administer(create)
    yield log


async def add_thing(
    log: EventLog, name: str, wanted: AppendRequest, *, is_failing: bool = False
) -> Outcome:
    """Write a row and append `wanted` in one unit, as a use case would."""

    def unit(tx: Transaction) -> Outcome:
        tx.connection.execute(f"INSERT INTO things VALUES ('{name}')")
        outcome = log.append_in(tx, wanted)
        if is_failing or not isinstance(outcome, Appended):
            raise Refused(outcome)
        return outcome

    outcome = await log.database.write(Tenant("acme"), unit)
    log.appended()
    return outcome


async def test_rows_and_events_are_stored_together(mixed: EventLog) -> None:
    outcome = await add_thing(mixed, "a", request("thing", count=2))
    assert isinstance(outcome, Appended)
    assert (outcome.first, outcome.last, outcome.versions) == (1, 2, (0,))
    assert await mixed.database.read(System("test"), things) == ["a"]
    assert [e.stream for e in await stored_events(mixed)] == ["thing", "thing"]


async def test_a_conflict_undoes_the_rows(mixed: EventLog) -> None:
    await append(mixed, request("thing"))
    with pytest.raises(Refused, match="actual_version=1"):
        await add_thing(mixed, "a", request("thing", expected=NO_STREAM))
    assert await mixed.database.read(System("test"), things) == []
    assert (await mixed.head()).position == 1


async def test_a_unit_that_fails_after_its_append_takes_the_events_back(mixed: EventLog) -> None:
    await append(mixed, request("thing"))
    with pytest.raises(Refused):
        await add_thing(mixed, "a", request("thing", count=5, key=key()), is_failing=True)

    again = await append(mixed, request("thing", expected=1, key=key()))
    assert (again.first, again.is_replay) == (2, False)
    assert await mixed.database.read(System("test"), things) == []
    assert (await verify(mixed.database)).is_intact


async def test_mixed_units_and_appends_beside_failing_ones_leave_one_unbroken_log(
    mixed: EventLog,
) -> None:
    outcomes = await asyncio.gather(
        *(
            add_thing(mixed, f"t{n}", request(f"s{n % 7}", count=n % 3), is_failing=n % 4 == 0)
            if n % 2
            else mixed.append(request(f"s{n % 7}"))
            for n in range(80)
        ),
        *(add_thing(mixed, f"f{n}", request("failing"), is_failing=True) for n in range(20)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 20
    assert (await verify(mixed.database)).is_intact
    assert len(await mixed.database.read(System("test"), things)) == 40
    assert await read_all(mixed) == await stored_events(mixed)
    assert "failing" not in {e.stream for e in await read_all(mixed)}


async def test_what_a_mixed_unit_appended_is_read_behind_what_the_appender_did(
    mixed: EventLog,
) -> None:
    for n in range(3):
        await append(mixed, request(f"a{n}"))
        await add_thing(mixed, f"t{n}", request(f"m{n}"))
        behind = [e.stream for e in await read_all(mixed, after=2 * n)]
        assert behind == [f"a{n}", f"m{n}"]


async def test_a_subscriber_gets_the_events_of_mixed_units(mixed: EventLog) -> None:
    got: list[str] = []

    async def follow() -> None:
        async for events in mixed.subscribe(after=0):
            got.extend(e.stream for e in events)

    following = asyncio.create_task(follow())
    for n in range(3):
        await add_thing(mixed, f"t{n}", request(f"m{n}"))
        await append(mixed, request(f"a{n}"))
    await eventually(lambda: len(got) == 6)
    assert got == ["m0", "a0", "m1", "a1", "m2", "a2"]
    following.cancel()


async def test_a_repeated_mixed_unit_is_told_that_it_is_a_replay(mixed: EventLog) -> None:
    wanted = request("thing", key=key())
    first = await add_thing(mixed, "a", wanted)
    second = await add_thing(mixed, "b", wanted)
    assert isinstance(first, Appended)
    assert isinstance(second, Appended)
    assert (first.is_replay, second.is_replay) == (False, True)


async def test_a_tenants_unit_cannot_append_for_another(postgres_log: EventLog) -> None:
    def unit(tx: Transaction) -> None:
        postgres_log.append_in(tx, request(tenant="globex"))

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await postgres_log.database.write(Tenant("acme"), unit)
    assert await stored_events(postgres_log) == []


async def test_nothing_is_executed_between_the_append_and_the_commit(
    postgres_log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await postgres_log.database.administer(create)
    statements = _record_statements(monkeypatch)

    await add_thing(postgres_log, "a", request("thing", key=key(), count=3))

    (unit,) = {pid for pid, text in statements if "append_events" in text}
    begin, row, appending, commit = (text for pid, text in statements if pid == unit)
    assert begin.startswith("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL ROLE tenantry_tenant")
    assert row.startswith("INSERT INTO things")
    assert "FROM append_events(" in appending
    assert commit == "COMMIT"


async def test_the_append_lock_is_held_only_from_the_last_statement_on(
    postgres_log: EventLog, second_log: EventLog
) -> None:
    """A unit that has written its rows and not appended yet holds nobody up."""
    loop = asyncio.get_running_loop()

    def unit(tx: Transaction) -> None:
        tx.connection.execute("INSERT INTO things VALUES ('a')")
        beside = asyncio.run_coroutine_threadsafe(append(second_log, request("beside")), loop)
        assert beside.result(timeout=10).first == 1
        assert isinstance(postgres_log.append_in(tx, request("thing")), Appended)

    await postgres_log.database.administer(create)
    await postgres_log.database.write(Tenant("acme"), unit)
    assert [e.stream for e in await stored_events(postgres_log)] == ["beside", "thing"]


def _record_statements(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Return the list that every statement goes into from now on, with its connection's process."""
    statements: list[tuple[int, str]] = []
    execute = psycopg.Cursor.execute

    def recording(cursor: psycopg.Cursor, query: Any, *args: Any, **kwargs: Any) -> object:
        text = query.as_string() if isinstance(query, psycopg.sql.Composable) else str(query)
        statements.append((cursor.connection.info.backend_pid, " ".join(text.split())))
        return execute(cursor, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", recording)
    return statements
