"""In-memory projections: always the log's state, or not ready."""

import asyncio

import pytest

from tenantry.base.errors import Unavailable
from tenantry.db import Database, Transaction
from tenantry.eventlog import EventLog, ProjectionRunner
from tenantry.testing import FakeClock
from tests.conformance.projections import Tally, is_current, running, tally_of
from tests.conformance.spine import append, append_many, blob, request, running_log, tamper
from tests.support.waiting import eventually


async def test_a_projection_of_an_empty_log_is_ready(log: EventLog) -> None:
    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        assert runner.position == 0
        assert runner.progress.events_replayed == 0


async def test_a_projection_catches_up_while_appends_go_on(log: EventLog) -> None:
    await append_many(log, 6_000)
    async with running(log) as runner:
        for n in range(100):
            await append(log, request(f"s{n % 5}"))
        await asyncio.wait_for(runner.ready(), 10)
        await eventually(lambda: is_current(log, runner))


async def test_a_write_is_in_the_state_when_it_is_answered(log: EventLog) -> None:
    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)

        async def write(n: int) -> None:
            outcome = await append(log, request(f"s{n}"))
            assert runner.position >= outcome.last
            assert tally_of(runner).counts[f"acme/s{n}"] == 1

        await asyncio.gather(*(write(n) for n in range(200)))


async def test_a_write_behind_another_nodes_is_in_the_state_once_its_position_is_reached(
    postgres_log: EventLog, second_log: EventLog
) -> None:
    async with running(postgres_log) as runner, running(second_log) as other:
        await asyncio.wait_for(runner.ready(), 10)
        await asyncio.wait_for(other.ready(), 10)

        for n in range(30):
            await append(second_log, request(f"theirs-{n}"))
            outcome = await append(postgres_log, request(f"ours-{n}"))
            await runner.reach(outcome.last)
            assert tally_of(runner).counts[f"acme/ours-{n}"] == 1
            assert tally_of(runner).counts[f"acme/theirs-{n}"] == 1

        await eventually(lambda: is_current(second_log, other))


async def test_the_events_of_mixed_units_are_in_the_state_too(log: EventLog) -> None:
    def unit(tx: Transaction) -> None:
        log.append_in(tx, request("mixed"))

    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        for n in range(5):
            await log.database.administer(unit)
            log.appended()
            outcome = await append(log, request(f"s{n}"))
            await runner.reach(outcome.last)
        assert tally_of(runner).counts["acme/mixed"] == 5


async def test_waiting_for_a_position_that_does_not_come_ends(log: EventLog) -> None:
    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        with pytest.raises(Unavailable, match="at position 0, not yet at 1") as caught:
            await runner.reach(1, timeout_seconds=0.01)
        assert caught.value.code == "projection_behind"


async def test_a_restart_replays_only_what_is_behind_the_snapshot(database_url: str) -> None:
    async with running_log(database_url) as log:
        await append_many(log, 3_000)
        async with running(log) as runner:
            await asyncio.wait_for(runner.ready(), 10)
            assert runner.progress.events_replayed == 3_000
        await append_many(log, 5, name="behind")

    async with running_log(database_url) as log, running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        assert runner.progress.events_replayed == 5
        assert runner.progress.snapshot_position == 3_000
        assert await is_current(log, runner)


async def test_a_snapshot_is_taken_by_itself_after_so_many_events(log: EventLog) -> None:
    async with running(log, snapshot_every=100) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        for n in range(25):
            await append(log, request(f"s{n}", count=10))
        await eventually(lambda: runner.progress.snapshot_position >= 100)
        # The one before is forgotten.
        await eventually(lambda: _counts(log.database, "snapshots", 1))


async def test_a_stopped_runner_goes_on_where_it_was(log: EventLog) -> None:
    runner = ProjectionRunner(log=log, projection=Tally(), clock=FakeClock())
    for n in range(3):
        await runner.start()
        await asyncio.wait_for(runner.ready(), 10)
        await append(log, request(f"live-{n}"))
        assert await is_current(log, runner)
        await runner.stop()
        assert not runner.is_ready
        await append(log, request(f"away-{n}"))
    await runner.stop()


async def test_a_snapshot_of_another_encoding_is_passed_over_and_left_to_its_own(
    log: EventLog,
) -> None:
    await append_many(log, 100)
    for state_version, replayed in ((1, 100), (2, 100), (2, 0), (1, 0)):
        async with running(log, Tally(state_version=state_version)) as runner:
            await asyncio.wait_for(runner.ready(), 10)
            assert runner.progress.events_replayed == replayed
            assert await is_current(log, runner)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshots SET hash = {zeros}",
        "UPDATE snapshots SET position = 1000",
        "UPDATE snapshot_chunks SET data = {nonsense}",
        "UPDATE snapshot_chunks SET data = {zeros} WHERE chunk = 0",
        "DELETE FROM snapshot_chunks WHERE chunk = 0",
    ],
    ids=["of another history", "of no position", "garbled", "half garbled", "incomplete"],
)
async def test_a_snapshot_that_is_not_this_logs_is_passed_over(log: EventLog, damage: str) -> None:
    await append_many(log, 100)
    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
    zeros, nonsense = blob(log.database, bytes(32)), blob(log.database, b"not a state")
    await tamper(log.database, damage.format(zeros=zeros, nonsense=nonsense))

    async with running(log) as runner:
        await asyncio.wait_for(runner.ready(), 10)
        assert runner.progress.events_replayed == 100
        assert await is_current(log, runner)


async def _counts(database: Database, table: str, count: int) -> bool:
    def unit(tx: Transaction) -> int:
        return int(next(iter(tx.connection.execute(f"SELECT count(*) FROM {table}")))[0])

    return await database.administer(unit) == count
