"""What Temporal is told of a sync: ids and counts. No row, no token, no secret, however it ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tenantry.testing.upstream import Drift, Fault, Held, Raw, Redirect, Status
from tests.support.durable import Workflows, durable_node
from tests.support.nodes import ROOT, Node
from tests.support.syncs import THINGS, SyncedTenant, synced_tenant, things
from tests.support.temporal import OwnTemporal
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(180)

BEARER: Final = "PLANTED-bearer-token"
CLIENT_SECRET: Final = "PLANTED-client-secret"
NAME: Final = "PLANTED-name-of-a-person"
KEY: Final = "PLANTED-key-of-a-person"
CURSOR: Final = "PLANTED-time-of-a-change"
WORDS: Final = "PLANTED words of the upstream"
PLANT: Final = "PLANTED"

BEHIND: Final = {
    **THINGS,
    "name": "extras",
    "phase": "background",
    "path": "/tenants/{tenant}/extras",
}
SCHEMA: Final = {"type": "object", "properties": {"age": {"type": "integer", "maximum": 150}}}
COLLECTIONS: Final = [
    {**each, "cursor": "updatedAt", "schema": SCHEMA} for each in (dict(THINGS), BEHIND)
]

FAULTS: Final[dict[str, Fault]] = {
    "refused": Status(401, body=WORDS),
    "broken": Status(500, body=WORDS),
    "redirected": Redirect(f"http://{PLANT}.example.com/{PLANT}"),
    "no json": Raw(f"{{{WORDS}".encode()),
    "no envelope": Raw(f'{{"success": false, "message": "{WORDS}"}}'.encode()),
    "another type": Drift("age", f"{NAME} is no age"),
    "too old": Drift("age", 151_515_151),
    "no key": Drift("id", {NAME: NAME}),
    "a long key": Drift("id", f"{KEY}" * 100),
    "an odd cursor": Drift("updatedAt", [NAME]),
    "a nul": Drift("name", f"\x00{NAME}"),
}


@pytest.fixture
def temporal(tmp_path: Path) -> Iterator[OwnTemporal]:
    """A server whose file can be read in the end."""
    with OwnTemporal(tmp_path) as server:
        yield server


@asynccontextmanager
async def secretive_tenant(
    node: Node, tenant_id: str, **source: Any
) -> AsyncIterator[SyncedTenant]:
    """Yield a tenant whose rows, keys, cursors and tokens are all to be found again."""
    rows = [
        {**row, "id": f"{KEY}-{number}", "name": NAME, "updatedAt": f"{CURSOR}-{number:04}"}
        for number, row in enumerate(things(25))
    ]
    await node.store.put(ROOT, tenant_id, "crm-token", BEARER, is_secret=True)
    declared = {
        "collections": COLLECTIONS,
        "page_size": 10,
        "auth": {"bearer": "secret:crm-token"},
        **source,
    }
    async with synced_tenant(
        node, tenant_id, {"things": rows, "extras": rows}, source=declared, bearer=BEARER
    ) as tenant:
        yield tenant


async def test_no_history_holds_a_row_a_token_or_a_secret(
    tmp_path: Path, database_url: str, temporal: OwnTemporal
) -> None:
    """Defect S3: the original's workflow takes the user's token as an argument."""
    sessions = []
    async with durable_node(url=database_url, folder=tmp_path, temporal=temporal) as node:
        async with secretive_tenant(node, "acme-fine") as tenant:
            sessions.append((await tenant.log_in()).token)
            await tenant.settled()
            assert len(await tenant.live("extras")) == 25
            held = tenant.upstream.fail("extras", Held(), page=2)
            tenant.shelf.change("extras", f"{KEY}-20", name=f"{NAME} again")
            assert (await tenant.ensure(is_forced=True)).sync_method == "temporal"
            await held.reached()
            await _assert_bare(temporal, "acme-fine")
            # One that is terminated in its middle.
            assert (await tenant.ensure(is_forced=True)).success
            held.release()
            await tenant.settled()

        await asyncio.gather(
            *(
                _fail_everywhere(node, f"acme-{name.replace(' ', '-')}", fault)
                for name, fault in FAULTS.items()
            )
        )

        service_token = {
            "client_id": "tenantry",
            "client_secret": "secret:crm-client",
            "url": "http://127.0.0.1:9/oauth",
        }
        await node.store.put(ROOT, "acme-oauth", "crm-client", CLIENT_SECRET, is_secret=True)
        async with secretive_tenant(
            node, "acme-oauth", auth={"service_token": service_token}
        ) as tenant:
            assert (await tenant.try_login()).status_code == 503

        workflows = await Workflows.of(temporal)
        await eventually(lambda: _are_over(workflows))
        await _assert_bare(temporal, "acme-fine", "acme-refused", "acme-a-nul", "acme-oauth")
        # What has failed has failed, though the fallback needs it no more.
        ended = {each.status.name for each in await workflows.all() if each.status is not None}
        assert ended == {"COMPLETED", "FAILED", "TERMINATED"}
        for session in sessions:
            assert session is not None
            assert all(session not in kept for kept in (await workflows.raw()).values())

    await asyncio.to_thread(temporal.stop)
    stored = _file_of(tmp_path)
    assert b"acme-refused" in stored
    assert PLANT.encode() not in stored
    assert b"151515151" not in stored


def _file_of(folder: Path) -> bytes:
    """Return what the server has kept on the disk."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("temporal.db*")))


async def _fail_everywhere(node: Node, tenant_id: str, fault: Fault) -> None:
    """Have the background fail by `fault`, and then the essential part."""
    async with secretive_tenant(node, tenant_id) as tenant:
        tenant.upstream.fail("extras", fault, page=1, times=None)
        await tenant.ensure()
        await tenant.settled()
        tenant.upstream.fail("things", fault, page=1, times=None)
        error = await tenant.try_sync()
        assert error is not None or isinstance(fault, Drift), tenant_id


async def _are_over(workflows: Workflows) -> bool:
    return all(each.close_time is not None for each in await workflows.all())


async def _assert_bare(temporal: OwnTemporal, *tenants: str) -> None:
    kept = await (await Workflows.of(temporal)).raw()
    # What must be there is found, so what must not be there would be.
    for tenant in tenants:
        assert any(tenant in text for text in kept.values()), tenant
    for run, text in kept.items():
        at = text.find(PLANT)
        assert at < 0, f"{run}: {text[max(0, at - 300) : at + 300]}"
        assert "151515151" not in text, run
