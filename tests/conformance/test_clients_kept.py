"""What is kept of clients: rebuilt from events wherever it was lost, and alike on every node."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tenantry.db import Transaction, open_database
from tenantry.operations import restore
from tenantry.testing import FakeClock
from tests.support.access_http import MASTER_KEY, AccessHttp, rows_of, two_nodes
from tests.support.client_http import ClientHttp, paths_of, shop
from tests.support.nodes import Node, running_node
from tests.support.postgres import Postgres

SECRET = {"emailApiKey": "hush-email", "settings": [{"name": "s", "secret": True, "data": "hush"}]}
PLACED = {"key": "api", "path": "/api", "public": True, "componentProps": {"at": "${URL}"}}
VARIABLES = {"URL": "https://api.example"}


def rich(**changes: Any) -> dict[str, Any]:
    return shop(**SECRET, routes=[*shop()["routes"], PLACED], **changes)


async def acme_on(node: Node) -> ClientHttp:
    clients = ClientHttp(node, AccessHttp(node), "acme")
    await clients.who.tenant("acme")
    await clients.apply(rich(), variables=VARIABLES)
    await clients.apply(rich(name="Second"), variables=VARIABLES)
    return clients


async def seen(clients: ClientHttp) -> list[Any]:
    """Return all that can be read of a client."""
    return [
        await clients.get("/shop"),
        await clients.get("/shop/revisions"),
        await clients.get("/shop/revisions/1"),
        await clients.get("/shop/diff"),
        await clients.app(as_role="ADMIN"),
        await clients.app(),
        await clients.get(),
    ]


@pytest.mark.parametrize("with_snapshot", [True, False])
async def test_a_restarted_node_sees_the_same(node: Node, *, with_snapshot: bool) -> None:
    clients = await acme_on(node)
    before = await seen(clients)

    await node.restart(with_snapshot=with_snapshot)

    clients = clients.on(node)
    assert await seen(clients) == before
    assert not (await clients.apply(rich(name="Second"), variables=VARIABLES))["changed"]


async def test_a_copy_that_was_lost_is_rebuilt_from_the_events(node: Node) -> None:
    clients = await acme_on(node)
    before, ids = await seen(clients), await clients.ids()

    def lose(tx: Transaction) -> None:
        tx.connection.execute("DELETE FROM clients")

    await node.app.database.administer(lose)
    await node.restart()

    clients = clients.on(node)
    assert await seen(clients) == before
    assert await clients.ids() == ids
    assert len(await rows_of(node, "clients")) == 1
    result = await clients.apply(rich(name="Third"), variables=VARIABLES)
    assert result["revision"] == 3
    assert await clients.ids() == ids


async def test_a_copy_that_is_a_revision_behind_is_brought_up_from_there(node: Node) -> None:
    clients = await acme_on(node)

    def read(tx: Transaction) -> Any:
        statement = "SELECT version, state, users FROM clients"
        return tx.connection.execute(statement).fetchone()

    old = await node.app.database.administer(read)
    await clients.apply(rich(name="Third"), variables=VARIABLES)
    before = await seen(clients)

    def put_back(tx: Transaction) -> None:
        mark = "?" if tx.dialect == "sqlite" else "%s"
        tx.connection.execute(
            f"UPDATE clients SET version = {mark}, state = {mark}, users = {mark}", tuple(old)
        )

    await node.app.database.administer(put_back)
    await node.restart()

    assert await seen(clients.on(node)) == before


async def test_clients_work_on_where_a_backup_was_restored(
    node: Node, tmp_path: Path, postgres: Postgres, clock: FakeClock
) -> None:
    clients = await acme_on(node)
    user = {"email": "ann@acme.example", "firstName": "A", "lastName": "B", "roles": ["ADMIN"]}
    await clients.apply({"key": "shop", "users": [{**user, "password": "a passphrase of theirs"}]})
    before = await seen(clients)
    file = tmp_path / "all.backup"
    async with node.http.stream("GET", "/api/backup") as answer:
        file.write_bytes(b"".join([chunk async for chunk in answer.aiter_bytes()]))
    key = (await node.app.vault.digest_key()) or b""

    with postgres.fresh_database() as url:
        for number, target in enumerate((f"sqlite:///{tmp_path / 'restored.db'}", url)):
            database = open_database(target)
            await database.start()
            report = await restore(database, file, clock=FakeClock())
            await database.stop()
            assert report.is_intact

            folder = tmp_path / str(number)
            shutil.copytree(tmp_path / "data", folder / "data")
            async with running_node(url=target, folder=folder, clock=clock) as restored:
                assert await restored.app.vault.digest_key() == key
                there = clients.on(restored)
                assert await seen(there) == before
                assert not (await there.plan(rich(name="Second"), variables=VARIABLES))["changed"]
                ann = await there.who.login(
                    email="ann@acme.example", password="a passphrase of theirs"
                )
                assert "/admin" in paths_of(await there.by(ann).app())
                await there.post("/shop/rollback", to=1)
                assert (await there.app())["name"] == "Shop"


async def test_the_export_of_a_tenant_has_its_clients_and_no_secret(node: Node) -> None:
    clients = await acme_on(node)

    exported = await clients.who.get("/api/tenants/acme/export")

    assert exported["clients"]["shop"] == (await clients.get("/shop"))["config"]
    assert "hush" not in json.dumps(exported)


async def test_a_second_node_sees_what_the_first_has_done(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        here = await acme_on(one)
        there = here.on(other)
        first = await other.http.get("/api/clients/shop/app?tenant=acme")
        assert first.json()["data"]["name"] == "Second"

        for number in range(5):
            await here.apply({"key": "shop", "name": f"Name {number}"})
            # Q15: no node serves what is over, once it has been told of what is new.
            await there.node.app.client_parts.ledger.catch_up()
            etag = {"If-None-Match": first.headers["etag"]}
            answer = await other.http.get("/api/clients/shop/app?tenant=acme", headers=etag)
            assert answer.status_code == 200
            assert answer.json()["data"]["name"] == f"Name {number}"
            assert await seen(there) == await seen(here)
        plan = await there.saved({"key": "shop", "name": "Planned there"})
        results = (await here.post("/apply", plan=plan))["clients"]
        assert results[0]["changed"]
        await there.post("/shop/rollback", to=1)
        assert (await there.get("/shop"))["name"] == "Shop"


async def test_both_nodes_apply_to_one_client_and_nothing_is_lost(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        here = await acme_on(one)
        there = here.on(other)

        results = await asyncio.gather(
            *(
                (here, there)[number % 2].ask(
                    "POST",
                    "/apply",
                    json={"configs": [{"key": "shop", "siteUrl": f"https://{number}.example"}]},
                )
                for number in range(12)
            )
        )

        done = [each for each in results if each.status_code == 200]
        assert {each.status_code for each in results} <= {200, 503}
        assert len(done) >= 2
        revisions = (await here.get("/shop/revisions"))["revisions"]
        assert len(revisions) == 2 + len(done)
        for node in (one, other):
            await node.app.client_parts.ledger.catch_up()
        assert await seen(here) == await seen(there)


async def test_a_page_that_one_node_lets_in_is_let_in_by_the_other(
    postgres_url: str, tmp_path: Path
) -> None:
    assert MASTER_KEY
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        here = await acme_on(one)
        await here.apply({"key": "shop", "whitelist": ["https://pages.example"]})
        await here.on(other).node.app.client_parts.ledger.catch_up()

        index = other.app.client_parts.ledger.index
        assert [e.key for e in index.of_origin("https://pages.example")] == ["shop"]
