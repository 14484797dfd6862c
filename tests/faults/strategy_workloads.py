"""A strategy that is carried on, to be killed in the middle of it."""

import asyncio
import random
from datetime import datetime

from tenantry.collector.model.strategy_step import Page, Request, Trouble
from tenantry.collector.remote.appview import AppView, Budget, appview_limiter
from tenantry.collector.service.strategy_network import AppViewNetwork
from tenantry.collector.service.strategy_running import Network
from tenantry.reliability import CircuitBreaker
from tenantry.testing import FakeClock
from tests.conformance.spine import running_database
from tests.faults.life import Life
from tests.support.strategies import TENANT, Ran, running_log_of
from tests.support.strategy_world import SmallNetwork, did, random_network

USERS = 120
POSTS = 40


def network_of(seed: int) -> SmallNetwork:
    """Return the network that every life asks: the same for each of them."""
    rng = random.Random(seed)
    network = random_network(rng, USERS)
    for number in range(POSTS):
        uri = f"at://{did(0)}/app.bsky.feed.post/{number}"
        network.posts[uri] = (0, 0)
        network.likers[uri] = rng.sample(range(USERS), 12)
    return network


def name_of(request: Request) -> tuple[str, str, str | None]:
    """Return what makes a request the same as another."""
    return request.kind, request.subject or " ".join(request.subjects), request.cursor


async def carry(life: Life) -> None:
    """Carry a run on to its end, and report each request before it is answered."""
    network = network_of(life.arguments["seed"])

    class Reporting:
        async def ask(self, request: Request, budget: Budget) -> Page | Trouble:
            assert budget.take(), "the budget of the round is exceeded"
            life.report("asked", *name_of(request))
            # Whoever else is asked at the same time is on the way now, too.
            await asyncio.sleep(0)
            return network.answer(request)

    await _carry_on(life, Reporting())


async def carry_over_http(life: Life) -> None:
    """Carry a run on to its end, asking a server that keeps a log of its own."""
    client = AppView(
        life.arguments["service"],
        limiter=appview_limiter(1_000),
        breaker=CircuitBreaker("test", failure_threshold=1_000),
    )
    await client.start()
    await _carry_on(life, AppViewNetwork(client))


async def _carry_on(life: Life, network: Network) -> None:
    clock = FakeClock(now=datetime.fromisoformat(life.arguments["now"]))
    async with running_database(life.url) as database, running_log_of(database, clock) as log:
        ran = Ran(database, log, network, clock)
        life.report("open")
        await ran.runner.carry(TENANT, life.arguments["run"])
        life.report("over")
        await asyncio.Event().wait()
