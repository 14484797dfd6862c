"""A tenant whose data come from a fake upstream: what is stored of it, and what was asked."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from tenantry.db import Tenant, Transaction
from tenantry.sync import SyncResult
from tenantry.sync.model import Timeline
from tenantry.testing import FakeClock
from tenantry.testing.upstream import FakeUpstream
from tests.support.access_http import rows_of
from tests.support.callers import PASSWORD, Caller, add_tenant, add_user, log_in
from tests.support.nodes import ROOT, Node
from tests.support.waiting import eventually

TABLES = (
    "synced_rows",
    "sync_collections",
    "sync_pages",
    "sync_tenants",
    "sync_runs",
    "sync_timeline",
)
"""All that is of a tenant."""

THINGS: Mapping[str, Any] = {
    "name": "things",
    "phase": "essential",
    "key": "id",
    "path": "/tenants/{tenant}/things",
}
"""A collection that a test declares alone, with as many pages as it likes."""


class RunningClock(FakeClock):
    """A clock that goes by itself, `speed` times as fast as the real one, and can be put ahead."""

    def __init__(self, *, speed: float = 1.0) -> None:
        super().__init__()
        self._speed = speed
        self._loop_began: float | None = None
        self._moved: asyncio.Event | None = None

    def now_us(self) -> int:
        """The wall-clock time."""
        return super().now_us() + self._passed_us()

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return super().monotonic() + self._passed_us() / 1e6

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock shows `seconds` more, by itself or since it was put ahead."""
        due = self.monotonic() + seconds
        while (left := due - self.monotonic()) > 0:
            moved = self._moved = self._moved or asyncio.Event()
            try:
                async with asyncio.timeout(left / self._speed):
                    await moved.wait()
            except TimeoutError:
                return
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Put the clock ahead."""
        super().advance(seconds)
        moved, self._moved = self._moved, None
        if moved is not None:
            moved.set()

    def _passed_us(self) -> int:
        try:
            now = asyncio.get_running_loop().time()
        except RuntimeError:
            return self._last
        if self._loop_began is None:
            self._loop_began = now
        self._last = int((now - self._loop_began) * self._speed * 1e6)
        return self._last

    _last = 0


class SyncedTenant:
    """A tenant on a node, with the upstream that it is synchronised from."""

    def __init__(self, node: Node, upstream: FakeUpstream, tenant_id: str) -> None:
        self.node = node
        self.upstream = upstream
        self.tenant_id = tenant_id
        self.root = Caller(node)

    @property
    def shelf(self) -> Any:
        """Its rows upstream."""
        return self.upstream.shelf(self.tenant_id)

    @property
    def syncing(self) -> Any:
        """What keeps its data."""
        return self.node.app.sync_parts.syncing

    def on(self, node: Node) -> "SyncedTenant":
        """Return the same tenant on another node of the same database."""
        return SyncedTenant(node, self.upstream, self.tenant_id)

    async def begin(self, **source: Any) -> "SyncedTenant":
        """Make the tenant with a user, and say where its data come from."""
        await add_tenant(self.node, self.tenant_id)
        await add_user(self.node, self.tenant_id, self.email)
        await self.declare(**source)
        return self

    async def declare(self, **source: Any) -> None:
        """Say where its data come from; what a test does not say is of the default upstream."""
        body = {"type": "http", "base_url": self.upstream.base_url, **source}
        await self.root.told(
            "PUT", "/config/sync:source", {"value": body}, X_Tenant_ID=self.tenant_id
        )

    @property
    def email(self) -> str:
        """The address of its user."""
        return f"ann@{self.tenant_id}.example"

    async def log_in(self) -> Caller:
        """Log its user in."""
        return await log_in(self.node, self.email)

    async def try_login(self) -> httpx.Response:
        """Try to log its user in."""
        body = {"email": self.email, "password": PASSWORD}
        return await self.root.ask("POST", "/api/auth/login", body)

    async def ensure(self, *, is_forced: bool = False) -> SyncResult:
        """Ask for its data as a login does."""
        result: SyncResult | None = await self.syncing.ensure_tenant_sync(
            self.tenant_id,
            triggered_by="test",
            trigger_source="api" if is_forced else "login",
            is_forced=is_forced,
        )
        assert result is not None
        return result

    async def sync(self) -> SyncResult:
        """Have it synchronised now, and wait for the end of it."""
        result = await self.ensure(is_forced=True)
        await self.settled()
        return result

    async def try_sync(self) -> Exception | None:
        """Have it synchronised now; returns what the essential part failed by."""
        try:
            await self.sync()
        except Exception as error:  # noqa: BLE001 - which one it is, is for the test to say
            await self.settled()
            return error
        return None

    async def settled(self) -> None:
        """Wait until nobody works on it."""

        async def is_settled() -> bool:
            runs = await self.table("sync_runs")
            under_way = self.syncing._runs  # noqa: SLF001 - nobody but a test needs to know
            is_over = all(run["status"] != "running" for run in runs)
            return is_over and self.tenant_id not in under_way

        await eventually(is_settled, timeout=30)

    async def table(self, name: str) -> list[dict[str, Any]]:
        """Return its rows of a table."""
        return await rows_of(self.node, name, tenant_id=self.tenant_id)

    async def live(self, collection: str) -> dict[str, Any]:
        """Return what is there of a collection, by key."""
        return {
            row["key"]: msgspec.json.decode(row["data"])
            for row in await self.stored(collection)
            if not row["deleted"]
        }

    async def stored(self, collection: str) -> list[dict[str, Any]]:
        """Return the rows of a collection, deactivated ones among them."""
        rows = await self.table("synced_rows")
        return [row for row in rows if row["collection"] == collection]

    async def state(self, collection: str) -> dict[str, Any]:
        """Return how far a collection is."""
        rows = await self.table("sync_collections")
        (found,) = [row for row in rows if row["collection"] == collection]
        return found

    async def runs(self) -> list[dict[str, Any]]:
        """Return its runs, oldest first."""
        return sorted(await self.table("sync_runs"), key=lambda run: run["started_at"])

    async def timeline(self, correlation_id: str) -> Timeline:
        """Return what has happened in a run."""
        found: Timeline = await self.node.app.sync_parts.views.timeline(ROOT, correlation_id)
        return found

    async def kinds(self, correlation_id: str) -> list[str]:
        """Return what has happened in a run, in a word each."""
        return [each.kind for each in (await self.timeline(correlation_id)).timeline]

    async def status(self) -> Any:
        """Return how it stands, as the route says it."""
        return await self.root.told("GET", f"/api/sync/tenants/{self.tenant_id}/status")

    async def written(self, result: SyncResult, collection: str) -> int:
        """Return how many rows of a collection a run has written."""
        return result.counts[collection].written

    async def execute(self, *statements: str) -> None:
        """Change the database behind the back of everybody."""

        def unit(tx: Transaction) -> None:
            for statement in statements:
                tx.connection.execute(statement)

        await self.node.app.database.write(Tenant(self.tenant_id), unit)


@asynccontextmanager
async def synced_tenant(
    node: Node,
    tenant_id: str,
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    source: Mapping[str, Any] | None = None,
    **upstream: Any,
) -> AsyncIterator[SyncedTenant]:
    """Run an upstream with `rows`, and yield a new tenant that is synchronised from it."""
    shelves = {tenant_id: {name: [dict(row) for row in many] for name, many in rows.items()}}
    async with FakeUpstream(shelves, **upstream) as running:
        yield await SyncedTenant(node, running, tenant_id).begin(**(source or {}))


def things(count: int, *, first: int = 1, **fields: Any) -> list[dict[str, Any]]:
    """Return rows of `THINGS`, with ids from `first` on."""
    return [
        {
            "id": f"thing-{number:06}",
            "name": f"thing {number}",
            "updatedAt": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}Z",
            **fields,
        }
        for number in range(first, first + count)
    ]


def only_things(**changes: Any) -> dict[str, Any]:
    """Return a source of one collection, essential, ten rows a page."""
    collection = {**THINGS, **changes.pop("collection", {})}
    return {"collections": [collection], "page_size": 10, **changes}
