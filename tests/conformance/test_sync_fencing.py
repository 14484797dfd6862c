"""Who has lost the lease without noticing commits nothing more: the row that says so is locked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from tenantry.testing.upstream import Held
from tests.support.nodes import running_node
from tests.support.syncs import RunningClock, SyncedTenant, only_things, synced_tenant, things
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(60)

_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest_asyncio.fixture
async def tenant(postgres_url: str, tmp_path: Path) -> AsyncIterator[SyncedTenant]:
    async with (
        running_node(url=postgres_url, folder=tmp_path, clock=RunningClock()) as node,
        synced_tenant(node, "acme", {"things": things(35)}, source=only_things()) as tenant,
    ):
        yield tenant


@pytest.mark.parametrize("how", ["unlock", "force"])
async def test_the_lease_is_not_taken_while_a_page_is_being_committed(
    postgres_url: str, tenant: SyncedTenant, how: str
) -> None:
    """A plain read of the token would let it be raised, and the page be committed after that."""
    held = tenant.upstream.fail("things", Held(), page=2)
    run = asyncio.create_task(tenant.ensure())
    await held.reached()
    await eventually(lambda: _page_is(tenant, 1))

    async with await psycopg.AsyncConnection.connect(postgres_url) as other:

        async def are_waiting(count: int) -> bool:
            (found,) = await (await watcher.execute(_WAITING)).fetchone() or (0,)
            return int(found) >= count

        watcher = await psycopg.AsyncConnection.connect(postgres_url, autocommit=True)
        # What a page does last waits for this, with the lease's row locked.
        await other.execute("SELECT * FROM sync_collections FOR UPDATE")
        held.release()
        await eventually(lambda: are_waiting(1))

        taking = asyncio.create_task(_take(tenant, how))
        await eventually(lambda: are_waiting(2))
        (token,) = await (
            await watcher.execute("SELECT token FROM leases WHERE name = 'sync:acme'")
        ).fetchone() or (0,)
        assert token == 1
        assert not taking.done()
        await other.rollback()
        await watcher.close()

    await taking
    first, *_ = await tenant.runs()
    pages = (await tenant.kinds(first["correlation_id"])).count("page_committed")
    assert pages >= 2
    await run
    await tenant.settled()
    # What was on its way is there, and nothing behind it.
    kinds = await tenant.kinds(first["correlation_id"])
    assert kinds.count("page_committed") == pages
    assert len(await tenant.live("things")) == 35


async def test_a_page_that_waits_for_whoever_takes_the_lease_is_refused(
    postgres_url: str, tenant: SyncedTenant
) -> None:
    held = tenant.upstream.fail("things", Held(), page=2)
    run = asyncio.create_task(tenant.ensure())
    await held.reached()
    await eventually(lambda: _page_is(tenant, 1))

    async with (
        await psycopg.AsyncConnection.connect(postgres_url) as other,
        await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as watcher,
    ):

        async def is_waiting() -> bool:
            (found,) = await (await watcher.execute(_WAITING)).fetchone() or (0,)
            return int(found) >= 1

        await other.execute("UPDATE leases SET token = token + 1, expires_at = 0")
        held.release()
        await eventually(is_waiting)
        await other.commit()

    await run
    await tenant.settled()
    first, second = await tenant.runs()
    assert (first["status"], second["status"]) == ("superseded", "completed")
    assert (await tenant.kinds(first["correlation_id"])).count("page_committed") == 1
    assert len(await tenant.live("things")) == 35


async def _page_is(tenant: SyncedTenant, page: int) -> bool:
    return any(row["page"] == page for row in await tenant.table("sync_collections"))


async def _take(tenant: SyncedTenant, how: str) -> None:
    if how == "unlock":
        await tenant.root.told("DELETE", f"/api/sync/tenants/{tenant.tenant_id}/lock")
    else:
        await tenant.ensure(is_forced=True)
