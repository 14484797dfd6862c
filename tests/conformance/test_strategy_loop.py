"""The loop that carries strategies on: whatever is due, a few at once, whatever fails."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from tenantry.base.errors import Unavailable
from tenantry.collector.model.strategy_step import Page, Request, Trouble
from tenantry.collector.service.strategy_loop import StrategyLoop
from tenantry.db import Database
from tenantry.eventlog import EventLog
from tests.support.strategies import ROOT, TENANT, Answering, Ran, running_log_of
from tests.support.strategy_world import SmallNetwork, handle, random_network
from tests.support.syncs import RunningClock
from tests.support.waiting import eventually

SEED = {"startHandle": handle(0)}


@pytest.fixture
def running_clock() -> RunningClock:
    return RunningClock()


@pytest_asyncio.fixture
async def log(database: Database, running_clock: RunningClock) -> AsyncIterator[EventLog]:
    async with running_log_of(database, running_clock) as log:
        yield log


@pytest.fixture
def small() -> SmallNetwork:
    return random_network(random.Random(3), 25)


@pytest.fixture
def network(small: SmallNetwork) -> Answering:
    return Answering(small.answer)


@pytest.fixture
def ran(database: Database, log: EventLog, network: Answering, running_clock: RunningClock) -> Ran:
    return Ran(database, log, network, running_clock)


@asynccontextmanager
async def running(ran: Ran) -> AsyncIterator[StrategyLoop]:
    loop = StrategyLoop(strategies=ran.strategies, runner=ran.runner, clock=ran.clock, seconds=0.05)
    await loop.start()
    try:
        yield loop
    finally:
        await loop.stop()


async def statuses(ran: Ran) -> set[str]:
    page = await ran.strategies.list(ROOT, TENANT)
    return {run.status for run in page.items}


async def test_what_is_started_is_carried_on_to_its_end(ran: Ran) -> None:
    async with running(ran):
        for _ in range(7):
            await ran.start("follow-graph", **SEED)
        await ran.start("follow-back", handle=handle(1))

        async def are_done() -> bool:
            return await statuses(ran) == {"done"}

        await eventually(are_done)


async def test_what_was_started_before_is_taken_up(ran: Ran) -> None:
    run_id = await ran.start("follow-graph", **SEED)
    async with running(ran):

        async def is_done() -> bool:
            return (await ran.status(run_id)).status == "done"

        await eventually(is_done)


async def test_who_waits_goes_on_when_the_time_has_come(
    ran: Ran, network: Answering, running_clock: RunningClock
) -> None:
    network.troubles = [Unavailable("down", retry_after_seconds=500.0)]
    async with running(ran):
        run_id = await ran.start("follow-graph", **SEED)

        async def waits() -> bool:
            return (await ran.status(run_id)).status == "waiting"

        async def is_done() -> bool:
            return (await ran.status(run_id)).status == "done"

        await eventually(waits)
        running_clock.advance(501)
        await eventually(is_done)


async def test_a_run_that_cannot_be_carried_on_fails_and_others_go_on(
    ran: Ran, network: Answering
) -> None:
    answer = network.answer

    def broken(request: Request) -> Page | Trouble:
        if handle(1) in request.subjects:
            raise ZeroDivisionError("somebody@private.example")
        return answer(request)

    network.answer = broken
    async with running(ran):
        failing = await ran.start("follow-back", handle=handle(1))
        going_on = await ran.start("follow-back", handle=handle(0))

        async def are_over() -> bool:
            return await statuses(ran) == {"failed", "done"}

        await eventually(are_over)

    assert (await ran.status(failing)).error == "internal error: ZeroDivisionError"
    assert (await ran.status(going_on)).status == "done"


async def test_a_loop_that_stops_leaves_its_runs_to_the_next(
    ran: Ran, network: Answering, small: SmallNetwork
) -> None:
    async with running(ran):
        run_id = await ran.start("follow-graph", **SEED)
        await eventually(lambda: len(network.made) > 3)
    made = list(network.made)
    async with running(ran):

        async def is_done() -> bool:
            return (await ran.status(run_id)).status == "done"

        await eventually(is_done)

    repeated = [each for each in network.made[len(made) :] if each in made[:-1]]
    assert small.asked
    assert not repeated
