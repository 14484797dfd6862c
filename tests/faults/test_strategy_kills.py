"""Runners that are killed while they carry a strategy on: what the next ones ask, and find."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenantry.collector.model.strategy_step import Page
from tenantry.collector.rules import strategy as rules
from tenantry.testing import FakeClock
from tenantry.testing.appview import FakeAppView, SmallGraph
from tests.conformance.spine import running_database
from tests.faults.harness import Crash, Reports, Zygote
from tests.faults.strategy_workloads import carry, carry_over_http, network_of
from tests.support.counts import soak_count
from tests.support.strategies import ROOT, TENANT, Answering, Ran, running_log_of
from tests.support.strategy_world import MemoryRun, handle

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

KILLS = 30
START = datetime(2026, 3, 2, tzinfo=UTC)
# A lease that a dead process has left is over by then.
LATER = timedelta(minutes=6)
STRATEGIES: list[tuple[str, dict[str, Any]]] = [
    ("follow-graph", {"startHandle": handle(0), "maxDegrees": 4, "minFollowers": 2}),
    ("follow-graph", {"startHandle": handle(0), "maxDegrees": 4}),
    ("post-interactions", {"sourceHandle": handle(0)}),
]


@pytest.mark.parametrize("name, raw", STRATEGIES, ids=["filtered", "graph", "posts"])
async def test_a_runner_that_is_killed_anywhere_is_gone_on_from_and_nothing_is_asked_again(
    zygote: Zygote, database_url: str, name: str, raw: dict[str, Any]
) -> None:
    seed = random.getrandbits(32)
    rng = random.Random(seed)
    network = network_of(seed)
    expected = MemoryRun(rules.read_params(name, raw))
    expected.run(network.answer)
    async with (
        running_database(database_url) as database,
        running_log_of(database, FakeClock(now=START)) as log,
    ):
        ran = Ran(database, log, Answering(network.answer), FakeClock(now=START))
        run_id = await ran.start(name, **raw)

    asked = Counter[tuple[Any, ...]]()
    committed = set[tuple[Any, ...]]()
    at_once = rules.AT_ONCE if name == "post-interactions" else 1
    interrupted = 0
    kills = soak_count(KILLS)
    for number in range(kills + 1):
        is_last = number == kills
        crash = Crash("tenantry.db.unit", after=rng.randrange(60), attributes={"unit": "_take_in"})
        process = zygote.fork(
            carry,
            url=database_url,
            crash=None if is_last or number == 0 or rng.random() < 0.5 else crash,
            seed=seed,
            run=run_id,
            now=(START + LATER * (number + 1)).isoformat(),
        )
        process.read_until("open")
        if is_last:
            process.read_until("over")
        elif number == 0:
            # One at least is in the middle of it, however slow the machine is.
            process.read_until("asked")
        else:
            process.read_for(rng.uniform(0, 0.4))
        said = process.kill()
        requests = list(map(tuple, said.of("asked")))
        assert not committed & set(requests)
        # Before the last round was asked, all that came of those before was committed.
        committed.update(requests[:-at_once])
        asked.update(requests)
        interrupted += bool(requests) and not said.of("over")

    clock = FakeClock(now=START + LATER * (kills + 2))
    async with running_database(database_url) as database, running_log_of(database, clock) as log:
        ran = Ran(database, log, Answering(network.answer), clock)
        run = await ran.strategies.status(ROOT, TENANT, run_id)
        found = await ran.users(run_id)

    assert run.status == "done"
    assert [(each.did, each.degree, each.via) for each in found] == [
        (each.did, each.degree, each.via) for each in expected.listed()
    ]
    assert interrupted
    assert sum(asked.values()) - len(asked) <= interrupted * at_once
    assert sum(asked.values()) <= run.progress.requests_made <= 3_000


async def test_the_service_is_never_asked_again_for_what_was_committed(
    zygote: Zygote, database_url: str
) -> None:
    rng = random.Random(random.getrandbits(32))
    graph = SmallGraph(users=150)
    async with (
        running_database(database_url) as database,
        running_log_of(database, FakeClock(now=START)) as log,
    ):
        ran = Ran(database, log, Answering(lambda _: Page()), FakeClock(now=START))
        run_id = await ran.start("follow-graph", startHandle=graph.people[0].handle)

    kills = soak_count(KILLS)
    committed = set[str]()
    asked = interrupted = 0
    async with FakeAppView(graph) as service:

        def live(number: int) -> Reports:
            """Live a life to some moment of it, the last one to its end."""
            process = zygote.fork(
                carry_over_http,
                url=database_url,
                service=service.url,
                run=run_id,
                now=(START + LATER * (number + 1)).isoformat(),
            )
            process.read_until("open")
            if number == kills:
                process.read_until("over")
            else:
                process.read_for(rng.uniform(0, 0.5))
            return process.kill()

        for number in range(kills + 1):
            said = await asyncio.to_thread(live, number)
            requests = [f"{one.method} {one.query}" for one in service.requests[asked:]]
            asked = len(service.requests)
            assert not committed & set(requests)
            # One that was on the way may be told of late, and be asked again at the end.
            committed.update(set(requests[:-1]) - set(requests[-1:]))
            interrupted += bool(requests) and not said.of("over")

    clock = FakeClock(now=START + LATER * (kills + 2))
    async with running_database(database_url) as database, running_log_of(database, clock) as log:
        ran = Ran(database, log, Answering(lambda _: Page()), clock)
        run = await ran.strategies.status(ROOT, TENANT, run_id)

    assert interrupted
    assert run.status == "done"
    assert run.progress.users_found == len(graph.people)
    assert asked <= run.progress.requests_made <= 3_000
