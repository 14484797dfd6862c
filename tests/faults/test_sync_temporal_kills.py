"""A server killed anywhere in a sync through Temporal: the next login finds it finished."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tenantry.execution.dev_server import DevServer
from tenantry.testing.upstream import FakeUpstream
from tests.faults.durable_workloads import sync_a_tenant
from tests.faults.harness import Crash, Process, Zygote
from tests.support.counts import soak_count
from tests.support.durable import Workflows, durable_node, in_memory
from tests.support.syncs import THINGS, SyncedTenant, things

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

KILLS = 30
POINTS = 20
LEASE_SECONDS = 10.0

COLLECTIONS = (
    dict(THINGS),
    {**THINGS, "name": "others", "path": "/tenants/{tenant}/others", "depends_on": ["things"]},
    {**THINGS, "name": "extras", "path": "/tenants/{tenant}/extras", "phase": "background"},
    {**THINGS, "name": "credits", "path": "/tenants/{tenant}/credits", "phase": "background"},
)
ROWS = {"things": 130, "others": 60, "extras": 90, "credits": 40}
PAGES = sum(count // 10 for count in ROWS.values())


@pytest.fixture
def temporal() -> Iterator[DevServer]:
    """A server, which nobody kills."""
    with in_memory() as server:
        yield server


class Lives:
    """Processes that bring tenants' data in, and what a start behind each finds."""

    def __init__(
        self, zygote: Zygote, *, url: str, folder: Path, temporal: DevServer, upstream: FakeUpstream
    ) -> None:
        self._zygote = zygote
        self._url = url
        self._folder = folder
        self._temporal = temporal
        self._upstream = upstream

    async def prepare(self, tenants: list[str]) -> None:
        """Make tenants that were never synchronised."""
        async with self._node() as node:
            for tenant in tenants:
                await SyncedTenant(node, self._upstream, tenant).begin(
                    collections=list(COLLECTIONS), page_size=10
                )

    def fork(self, tenant: str, crash: Crash | None = None) -> Process:
        """Begin a life that synchronises a tenant."""
        return self._zygote.fork(
            sync_a_tenant,
            url=self._url,
            crash=crash,
            tenant=tenant,
            folder=str(self._folder / "data"),
            temporal=self._temporal.address,
        )

    async def measured(self, tenant: str) -> float:
        """Let one live to the end of its sync, and return how long that took."""
        process = self.fork(tenant)
        await asyncio.to_thread(process.read_until, "ready")
        began = time.monotonic()
        reports = await asyncio.to_thread(process.read_until, "done")
        took = time.monotonic() - began
        assert reports.of("essential") == [["temporal"]]
        await asyncio.to_thread(process.kill)
        await self.assert_finished(tenant)
        return took

    async def assert_finished(self, tenant_id: str) -> None:
        """Fail unless a new start and a login finish the sync: no row twice, and none lost."""
        async with self._node() as node:
            # Nobody extends the dead one's lease; on SQLite a start ends it at once.
            node.clock.advance(LEASE_SECONDS)
            tenant = SyncedTenant(node, self._upstream, tenant_id)
            answer = await tenant.try_login()
            assert answer.status_code == 200, answer.text
            for name in ("things", "others"):
                assert len(await tenant.live(name)) == ROWS[name]
            await tenant.settled()

            for name, count in ROWS.items():
                rows = {row["id"]: row for row in tenant.shelf.rows(name)}
                assert await tenant.live(name) == rows
                assert len(await tenant.stored(name)) == count
            assert (await tenant.status())["status"] == "completed"
            # Nor does the dead one's workflow come back to life.
            workflows = await Workflows.of(self._temporal)
            await workflows.ended(tenant_id, count=0)

    @asynccontextmanager
    async def _node(self) -> AsyncIterator[Any]:
        self._folder.mkdir(exist_ok=True)
        async with durable_node(
            url=self._url, folder=self._folder, temporal=self._temporal, method="temporal"
        ) as node:
            yield node


@asynccontextmanager
async def lives_of(
    zygote: Zygote, *, url: str, folder: Path, temporal: DevServer, tenants: list[str]
) -> AsyncIterator[Lives]:
    """Yield lives for tenants that one upstream has."""
    shelves = {tenant: {name: things(count) for name, count in ROWS.items()} for tenant in tenants}
    async with FakeUpstream(shelves) as upstream:
        lives = Lives(zygote, url=url, folder=folder / "life", temporal=temporal, upstream=upstream)
        await lives.prepare(tenants)
        yield lives


async def test_a_server_killed_at_any_time_loses_no_row_and_doubles_none(
    zygote: Zygote, tmp_path: Path, database_url: str, temporal: DevServer
) -> None:
    rng = random.Random(random.getrandbits(64))
    tenants = [f"acme-{number}" for number in range(soak_count(KILLS))]
    async with lives_of(
        zygote, url=database_url, folder=tmp_path, temporal=temporal, tenants=["first", *tenants]
    ) as lives:
        took = await lives.measured("first")
        for tenant in tenants:
            process = lives.fork(tenant)
            await asyncio.to_thread(process.read_until, "ready")
            await asyncio.sleep(rng.uniform(0, took))
            await asyncio.to_thread(process.kill)
            await lives.assert_finished(tenant)


async def test_a_server_killed_between_any_two_steps_loses_no_row_and_doubles_none(
    zygote: Zygote, tmp_path: Path, database_url: str, temporal: DevServer
) -> None:
    rng = random.Random(random.getrandbits(64))
    points = [_point(rng) for _ in range(soak_count(POINTS))]
    tenants = [f"acme-{number}" for number in range(len(points))]
    async with lives_of(
        zygote, url=database_url, folder=tmp_path, temporal=temporal, tenants=tenants
    ) as lives:
        for tenant, point in zip(tenants, points, strict=True):
            process = lives.fork(tenant, point)
            assert await asyncio.to_thread(process.wait) == -signal.SIGKILL, point
            await lives.assert_finished(tenant)


def _point(rng: random.Random) -> Crash:
    """Return a point that every sync comes by."""
    return rng.choice(
        [
            Crash("tenantry.execution.begin"),
            Crash("tenantry.sync.page_committed", after=rng.randrange(PAGES)),
            Crash("tenantry.sync.collection", after=rng.randrange(len(ROWS))),
            # The essential ones, two collections, and the closing one.
            Crash("tenantry.execution.step", after=rng.randrange(4)),
            Crash("tenantry.sync.run"),
        ]
    )
