"""Strategies on a database, with a network that a test makes up, and a clock that it moves."""

import itertools
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from tenantry.base import Clock, root_principal
from tenantry.base.errors import Unavailable
from tenantry.collector import store
from tenantry.collector.model.strategy_run import FoundView, StrategyRunView
from tenantry.collector.model.strategy_step import Page, Request, Trouble
from tenantry.collector.remote.appview import Budget
from tenantry.collector.service.strategies import MAX_LIMIT, Strategies
from tenantry.collector.service.strategy_running import Network, StrategyRunner
from tenantry.db import Database
from tenantry.eventlog import EventLog
from tenantry.scheduling import Leases

ROOT: Final = root_principal(source="test")
TENANT: Final = "acme"
PER_SECOND: Final = 10.0


class Answering:
    """A network without a wire: `answer` says what comes of a request, `troubles` what fails first.

    A request is counted when it is made, against the budget of its round and its run's.
    """

    def __init__(self, answer: Callable[[Request], Page | Trouble]) -> None:
        self.answer = answer
        self.troubles = list[Unavailable]()
        self.made: list[Request] = []

    async def ask(self, request: Request, budget: Budget) -> Page | Trouble:
        assert budget.take(), "the budget of the round is exceeded"
        self.made.append(request)
        if self.troubles:
            raise self.troubles.pop(0)
        return self.answer(request)


class Ran:
    """Strategies on a database: started, carried on, and looked at."""

    def __init__(self, database: Database, log: EventLog, network: Network, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        ids = itertools.count(1)
        self.strategies = Strategies(
            database=database,
            log=log,
            clock=clock,
            per_second=PER_SECOND,
            make_id=lambda: f"run-{next(ids)}",
        )
        self.runner = self.runner_on(network, node="node")

    def runner_on(self, network: Network, *, node: str) -> StrategyRunner:
        """Return a runner of a node."""
        return StrategyRunner(
            database=self.database,
            network=network,
            leases=Leases(database=self.database, clock=self.clock, holder=node),
            clock=self.clock,
            rng=random.Random(7),
        )

    async def start(self, name: str, tenant: str = TENANT, **raw: Any) -> str:
        """Queue a run, and return its id."""
        return (await self.strategies.start(ROOT, tenant, name, raw)).id

    async def run(self, name: str, tenant: str = TENANT, **raw: Any) -> StrategyRunView:
        """Start a run and carry it on to where it ends, or waits."""
        run_id = await self.start(name, tenant, **raw)
        await self.runner.carry(tenant, run_id)
        return await self.status(run_id, tenant)

    async def status(self, run_id: str, tenant: str = TENANT) -> StrategyRunView:
        """Return how a run stands."""
        return await self.strategies.status(ROOT, tenant, run_id)

    async def users(self, run_id: str, tenant: str = TENANT, *, limit: int = 0) -> list[FoundView]:
        """Return all that was found, page by page."""
        found, cursor = list[FoundView](), None
        while True:
            page = await self.strategies.users(
                ROOT, tenant, run_id, limit=limit or MAX_LIMIT, cursor=cursor
            )
            found += page.items
            cursor = page.cursor
            if cursor is None:
                return found


@asynccontextmanager
async def running_log_of(database: Database, clock: Clock) -> AsyncIterator[EventLog]:
    """Run the log that the audit of strategies is in."""
    log = EventLog(database=database, clock=clock, types=store.EVENT_TYPES)
    await log.start()
    try:
        yield log
    finally:
        await log.stop()
