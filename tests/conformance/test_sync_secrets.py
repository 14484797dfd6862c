"""What is somebody's stays in their rows: neither they nor tokens are told anywhere else."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenantry.db import System, Transaction
from tenantry.testing.upstream import Cut, Drift, Raw, Status, Total
from tests.support.access_http import MASTER_KEY
from tests.support.nodes import Journal, Node, running_node
from tests.support.syncs import RunningClock, SyncedTenant, only_things, synced_tenant, things

pytestmark = pytest.mark.timeout(120)

TOKEN = "tok-5f1c9a7e3b"
CLIENT_SECRET = "cls-77ab01f2c4"
PERSON = "Grete-Geheim-91b2"
KEY = "key-geheim-4e11"

_SCHEMA = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 40}}}
_LONG = {"name": PERSON * 5}
_LISTED = {
    "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgres": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}

# Each is met twice: by a run, and by what checks the source.
FAULTS: tuple[Any, ...] = (
    Status(401, body=f"who is {TOKEN}"),
    Status(404, body=PERSON),
    Status(500, body=PERSON),
    Raw(f'{{"success": true, "data": [{{"name": "{PERSON}"'.encode()),
    Raw(msgspec.json.encode({"success": True, "data": [PERSON], "pagination": {}})),
    Raw(msgspec.json.encode({"success": False, "error": PERSON})),
    Drift("id", [PERSON]),
    Drift("id", PERSON * 100),
    Drift("name", PERSON * 5),
    Drift("updatedAt", {PERSON: PERSON}),
    Total(3),
    Cut(),
)


def secret_words(text: str) -> set[str]:
    return {word for word in (TOKEN, CLIENT_SECRET, PERSON, KEY) if word in text}


async def everything_but_rows(node: Node) -> dict[str, str]:
    """Return what each table holds."""

    def unit(tx: Transaction) -> dict[str, str]:
        names = [name for (name,) in list(tx.connection.execute(_LISTED[tx.dialect]))]
        return {
            name: "\n".join(map(repr, list(tx.connection.execute(f"SELECT * FROM {name}"))))
            for name in names
            if name not in ("synced_rows", "schema_migrations")
        }

    return await node.app.database.read(System("test"), unit)


async def answers_of(tenant: SyncedTenant) -> list[str]:
    """Return what every route but that of rows says."""
    paths = [
        *(f"tenants/{tenant.tenant_id}/{what}" for what in ("status", "progress", "collections")),
        *("runs", "all", "metrics", "health", "method-stats", "statistics"),
        *(f"runs/{run['correlation_id']}" for run in await tenant.runs()),
    ]
    answers = [await tenant.root.ask("GET", f"/api/sync/{path}") for path in paths]
    answers.append(await tenant.root.ask("POST", f"/api/sync/tenants/{tenant.tenant_id}/check"))
    answers.append(await tenant.root.ask("POST", f"/api/sync/tenants/{tenant.tenant_id}/force"))
    answers.append(await tenant.try_login())
    return [f"{answer.headers} {answer.text}" for answer in answers]


async def test_neither_rows_nor_tokens_are_told_anywhere(
    database_url: str, tmp_path: Path, journal: Journal
) -> None:
    """Defect S3: a token is kept in clear where whoever may see a run sees it."""
    rows = things(25, person=PERSON, note=PERSON)
    rows[3]["id"] = rows[14]["id"] = KEY
    rows[14]["id"] += "-2"
    source = only_things(
        auth={"bearer": "secret:crm-token"},
        collection={"schema": _SCHEMA, "cursor": "updatedAt"},
    )
    async with (
        running_node(
            url=database_url,
            folder=tmp_path,
            clock=RunningClock(speed=20),
            MASTER_KEY=MASTER_KEY,
        ) as node,
        synced_tenant(node, "acme", {"things": rows}, source=source, bearer=TOKEN) as tenant,
    ):
        secret = {"value": TOKEN, "secret": True}
        await tenant.root.told("PUT", "/config/crm-token", secret, X_Tenant_ID="acme")
        told: list[str] = []
        await tenant.sync()
        assert tenant.upstream.asked("things")[0].headers["authorization"] == f"Bearer {TOKEN}"
        told += await answers_of(tenant)

        for fault in FAULTS:
            tenant.upstream.mend()
            node.clock.advance(7_200)
            tenant.upstream.fail("things", fault, page=1, times=None)
            error = await tenant.try_sync()
            assert error is not None, fault
            told += [f"{error!r} {error} {getattr(error, 'details', '')}"]
            told += await answers_of(tenant)
            assert secret_words("\n".join(told)) == set(), fault

        await tenant.settled()
        tables = await everything_but_rows(node)
        assert {name for name, text in tables.items() if secret_words(text)} == set()
        assert any(PERSON in row["data"] for row in await tenant.stored("things"))
    assert secret_words(journal.text) == set()


async def test_a_service_token_is_told_nowhere_either(
    database_url: str, tmp_path: Path, journal: Journal
) -> None:
    async with running_node(
        url=database_url, folder=tmp_path, clock=RunningClock(speed=20), MASTER_KEY=MASTER_KEY
    ) as node:
        async with synced_tenant(
            node, "acme", {"things": things(5)}, clients={"crm": CLIENT_SECRET}, token_uses=1
        ) as tenant:
            secret = {"value": CLIENT_SECRET, "secret": True}
            await tenant.root.told("PUT", "/config/crm-secret", secret, X_Tenant_ID="acme")
            service_token = {
                "url": tenant.upstream.token_url,
                "client_id": "crm",
                "client_secret": "secret:crm-secret",
            }
            await tenant.declare(**only_things(auth={"service_token": service_token}, page_size=2))
            await tenant.sync()
            tenant.upstream.guard.clients["crm"] = "another"
            tenant.upstream.guard.expire()
            told = [repr(await tenant.try_sync()), *await answers_of(tenant)]
            tables = await everything_but_rows(node)

        text = "\n".join([*told, *tables.values()])
        assert tenant.upstream.guard.issued_count > 1
        assert secret_words(text) == set()
        assert "service-token-" not in text
    assert secret_words(journal.text) == set()
    assert "service-token-" not in journal.text
