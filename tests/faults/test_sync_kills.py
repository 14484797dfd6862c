"""`kill -9` while a tenant is synced: the next login finishes it, no row twice and none lost."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from tenantry.app import Application
from tenantry.base import SystemClock
from tenantry.db import System, Transaction
from tenantry.testing.upstream import FakeUpstream, seeded
from tests.faults.harness import Crash, Process, Zygote
from tests.faults.sync_workloads import MAX_AGE_SECONDS, TENANT, opened_sync, sync_for_ever
from tests.support.counts import soak_count
from tests.support.waiting import eventually
from tests.support.web import client_of

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

KILLS = 30
CRASHES = 10
COUNTS = {"users": 180, "roles": 30, "organizations": 30, "roleAssignments": 150}
COUNTS |= {"employeeAssignments": 160, "creditConfigs": 15, "entityCredits": 30}
PAGE_SIZE = 20
USER = {"email": "ann@acme.example", "password": "correct horse battery"}

# Where to die: with a page committed and nothing told of it, inside the unit of one, with the
# essential part done, and between two attempts to be ready.
POINTS = {
    "page committed": Crash("tenantry.sync.page_committed", after=30),
    "unit has run": Crash("tenantry.db.unit", after=60, attributes={"unit": "unit"}),
    "run begun": Crash("tenantry.db.unit", after=2, attributes={"unit": "begin"}),
    "collection read": Crash("tenantry.sync.collection", after=12),
}


class Upstream:
    """What the tenant has, which changes from life to life."""

    def __init__(self, running: FakeUpstream) -> None:
        self.running = running
        self.rng = random.Random(random.getrandbits(64))
        self.lives = 0

    @property
    def base_url(self) -> str:
        return self.running.base_url

    def change(self) -> None:
        """Change a row of each kind, let some go, and bring some back."""
        self.lives += 1
        shelf = self.running.shelf(TENANT)
        for name, key in (("users", "userId"), ("employeeAssignments", "assignmentId")):
            rows = shelf.rows(name)
            for row in self.rng.sample(rows, 5):
                shelf.change(name, row[key], title=f"life {self.lives}")
            gone = self.rng.sample(rows, 3)
            shelf.remove(name, *(row[key] for row in gone))
            shelf.add(name, *gone[:2], {key: f"new-{self.lives}", "life": self.lives})


@pytest_asyncio.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with FakeUpstream({TENANT: seeded(COUNTS, tenant_id=TENANT)}) as running:
        yield Upstream(running)


async def test_kills_cost_no_row_and_no_login(
    zygote: Zygote, database_url: str, tmp_path: Path, upstream: Upstream
) -> None:
    await _declare(database_url, tmp_path, upstream)

    for _ in range(soak_count(KILLS)):
        upstream.change()
        process = zygote.fork(sync_for_ever, url=database_url, folder=str(tmp_path))
        await _let_live(process, upstream.rng)
        process.kill()
        await _assert_the_next_login_finishes(database_url, tmp_path, upstream)


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS.keys())
async def test_a_crash_at_a_bad_moment_costs_no_row_and_no_login(
    zygote: Zygote, database_url: str, tmp_path: Path, upstream: Upstream, point: Crash
) -> None:
    await _declare(database_url, tmp_path, upstream)

    for _ in range(soak_count(CRASHES)):
        upstream.change()
        crash = msgspec.structs.replace(point, after=upstream.rng.randint(0, point.after))
        process = zygote.fork(sync_for_ever, url=database_url, crash=crash, folder=str(tmp_path))
        assert await _ended(process) == -signal.SIGKILL
        await _assert_the_next_login_finishes(database_url, tmp_path, upstream)


class LaterClock(SystemClock):
    """The time some seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        """The wall-clock time."""
        return super().now() + self._ahead

    def now_us(self) -> int:
        """The wall-clock time in microseconds."""
        return super().now_us() + self._ahead // timedelta(microseconds=1)


async def _declare(url: str, folder: Path, upstream: Upstream) -> None:
    source = {"type": "http", "base_url": upstream.base_url, "page_size": PAGE_SIZE}
    async with opened_sync(url, str(folder)) as app:
        await _told(app, "POST", "/api/tenants", {"id": TENANT, "name": TENANT})
        await _told(app, "POST", f"/api/tenants/{TENANT}/users", {**USER, "role": "admin"})
        await _told(app, "PUT", "/config/sync:source", {"value": source})


async def _told(app: Application, method: str, path: str, body: Any) -> Any:
    async with client_of(app.asgi, headers={"X-Tenant-ID": TENANT}) as http:
        answer = await http.request(method, path, json=body, timeout=30)
    assert answer.is_success, answer.text
    return answer.json() if answer.headers["content-type"].startswith("application/json") else None


async def _let_live(process: Process, rng: random.Random) -> None:
    """Let it live for a while: the upstream that it reads from is in this process."""
    if rng.random() < 0.1:
        await asyncio.to_thread(process.read_for, rng.uniform(0, 0.5))
    else:
        await asyncio.to_thread(process.read_until, "began")
        await asyncio.to_thread(process.read_until, "page", count=rng.randint(0, 60))
        await asyncio.to_thread(process.read_for, rng.uniform(0, 0.05))


async def _ended(process: Process) -> int:
    return await asyncio.to_thread(process.wait)


async def _assert_the_next_login_finishes(url: str, folder: Path, upstream: Upstream) -> None:
    clock = LaterClock(upstream.lives * (MAX_AGE_SECONDS + 1))
    async with opened_sync(url, str(folder), clock=clock) as app:
        answer = await _told(app, "POST", "/api/auth/login", USER)
        assert answer["data"]["sync"]["success"] is True

        async def is_finished() -> bool:
            runs = await _rows(app, "sync_runs", "status")
            return "running" not in runs and await _stored(app) == _expected(upstream)

        await eventually(is_finished, timeout=30)
        statuses = await _rows(app, "sync_collections", "status")
        assert statuses == {"completed": 8}, statuses
        last = await _rows(app, "sync_pages", "collection")
        assert last == {}


def _expected(upstream: Upstream) -> Counter[tuple[str, Any]]:
    shelf = upstream.running.shelf(TENANT)
    return Counter((name, _said(row)) for name in (*COUNTS, "tenants") for row in shelf.rows(name))


async def _stored(app: Application) -> Counter[tuple[str, Any]]:
    def unit(tx: Transaction) -> list[Any]:
        text = "SELECT collection, data FROM synced_rows WHERE deleted = 0"
        return list(tx.connection.execute(text))

    rows = await app.database.read(System("test"), unit)
    return Counter((name, _said(msgspec.json.decode(data))) for name, data in rows)


async def _rows(app: Application, table: str, column: str) -> Counter[str]:
    def unit(tx: Transaction) -> list[Any]:
        return list(tx.connection.execute(f"SELECT {column} FROM {table}"))

    return Counter(value for (value,) in await app.database.read(System("test"), unit))


def _said(row: Any) -> bytes:
    return msgspec.json.encode(row, order="sorted")
