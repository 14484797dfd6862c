"""An erased tenant: nothing of it is left but what the log says, which names nobody."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tenantry.base.errors import Gone
from tenantry.tenants.errors import TenantErased as TenantWasErased
from tests.conformance.spine import TEST
from tests.support.access_http import (
    PASSWORD,
    AccessHttp,
    code_of,
    data_of,
    events_of,
    rows_of,
    secret_of,
    two_nodes,
    types_of,
)
from tests.support.nodes import ROOT, Node
from tests.support.vaults import read_stored_keys
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLES = ("members", "api_keys", "sessions")


async def erase(root: AccessHttp, tenant_id: str) -> Any:
    return await root.delete(f"/api/tenants/{tenant_id}", confirm=tenant_id)


async def test_nothing_is_erased_unless_the_id_is_said_once_more(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)

    path = f"/api/tenants/{acme}"
    assert await root.refusal("DELETE", path, 400) == "invalid"
    assert await root.refusal("DELETE", f"{path}?confirm=yes", 400) == "invalid"
    assert await root.refusal("DELETE", f"{path}?confirm={acme}%20", 400) == "invalid"
    assert await types_of(module_node, acme) == ["tenant_created"]


async def test_every_row_of_an_erased_tenant_is_gone_and_none_of_others(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    other = await root.tenant(f"{acme}-other")
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", password=PASSWORD, role="admin")
    bob = await root.user(acme, f"bob@{acme}.example", password=PASSWORD, role="viewer")
    await root.user(other, f"bob@{acme}.example", role="viewer")
    eve = await root.user(other, f"eve@{acme}.example", role="viewer")
    await root.key(acme)
    kept = root.holding(await root.key(other))
    await root.login(email=f"ada@{acme}.example")
    session = await root.login(email=f"bob@{acme}.example", tenant=acme)
    elsewhere = await root.login(email=f"bob@{acme}.example", tenant=other)

    assert await erase(root, acme) == {
        "id": acme,
        "users_erased": 1,
        "members_removed": 2,
        "keys_deleted": 1,
        "sessions_ended": 2,
        "data_keys_shredded": 0,
    }

    for table in TABLES:
        assert await rows_of(module_node, table, tenant_id=acme) == []
        assert await rows_of(module_node, table, tenant_id=other)
    users = [row["user_id"] for row in await rows_of(module_node, "users")]
    assert (ada in users, bob in users, eve in users) == (False, True, True)
    assert await kept.is_let_in()
    assert await elsewhere.is_let_in()
    assert not await session.is_let_in()
    (left,) = (await elsewhere.get("/api/auth/me"))["memberships"]
    assert left["tenant_id"] == other


async def test_its_tokens_are_good_for_nothing(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    await root.user(acme, f"ada@{acme}.example", password=PASSWORD, role="admin")
    key = root.holding(await root.key(acme))
    session = await root.login(email=f"ada@{acme}.example")
    unseen = root.holding(await root.key(acme))
    assert await key.is_let_in()

    await erase(root, acme)

    for who in (key, session, unseen):
        assert not await who.is_let_in()
    refused = await root.try_login(email=f"ada@{acme}.example")
    assert (refused.status_code, code_of(refused)) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", "/api/tenants"),
        ("GET", "/api/tenants/{}"),
        ("PATCH", "/api/tenants/{}"),
        ("DELETE", "/api/tenants/{}?confirm={}"),
        ("POST", "/api/tenants/{}/suspend"),
        ("POST", "/api/tenants/{}/activate"),
        ("GET", "/api/tenants/{}/export"),
        ("GET", "/api/tenants/{}/users"),
        ("POST", "/api/tenants/{}/users"),
        ("DELETE", "/api/tenants/{}/users/1"),
        ("POST", "/api/tenants/{}/keys"),
        ("DELETE", "/api/tenants/{}/keys/1"),
    ],
)
async def test_an_id_that_was_erased_is_never_given_again_nor_acted_on(
    root: AccessHttp, acme: str, method: str, path: str
) -> None:
    bodies = {
        "/api/tenants": {"id": acme, "name": "again"},
        "/api/tenants/{}/users": {"email": "a@example.com"},
        "/api/tenants/{}/keys": {"name": "a", "role": "viewer"},
    }
    await root.tenant(acme)
    await erase(root, acme)

    answer = await root.ask(method, path.format(acme, acme), json=bodies.get(path, {}))

    # To make it again is a conflict, whatever else is asked of it is denied.
    status = 409 if path == "/api/tenants" else 403
    assert (answer.status_code, code_of(answer)) == (status, "tenant_erased")
    listed = await root.get("/api/tenants", limit=500)
    assert acme not in [tenant["id"] for tenant in listed["items"]]


async def test_what_was_sealed_for_it_can_never_be_opened_again(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    await module_node.store.put(ROOT, acme, "password", "s3cret", is_secret=True)
    entry = module_node.store.get(ROOT, acme, "password")
    assert await module_node.store.reveal(ROOT, acme, entry) == b'"s3cret"'

    assert (await erase(root, acme))["data_keys_shredded"] == 1

    assert not await module_node.app.vault.has_key(acme, "config:password")
    stored = await module_node.app.database.read(TEST, read_stored_keys)
    assert acme not in [key.tenant_id for key in stored]
    with pytest.raises(Gone):
        await module_node.store.reveal(ROOT, acme, entry)


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("with_snapshot", [False, True], ids=["replayed", "from a snapshot"])
async def test_its_settings_are_gone_from_memory_and_stay_so(
    node: Node, *, with_snapshot: bool
) -> None:
    root = AccessHttp(node)
    for tenant in ("acme", "other"):
        await root.tenant(tenant)
        await node.configs(tenant).put("a", tenant)
    await root.user("acme", "ada@example.com", role="admin")

    await erase(root, "acme")

    def assert_gone() -> None:
        assert node.store.all(ROOT, "acme") == []
        assert [entry.value for entry in node.store.all(ROOT, "other")] == [b'"other"']
        state = node.app.access_ledger.state
        assert [tenant.id for tenant in state.tenants()] == ["other"]
        found = state.tenant("acme")
        assert found is not None
        assert (found.is_erased, found.name, found.origins) == (True, "", ())

    # The tree follows the log by itself; nobody is answered from it meanwhile.
    await eventually(lambda: not node.store.all(ROOT, "acme"))
    assert_gone()
    await node.restart(with_snapshot=with_snapshot)
    assert_gone()
    answer = await node.configs("acme").get("a")
    assert answer.status_code == 403
    assert "tenant acme was erased" in answer.text
    assert (await node.configs("acme").put("a", 1)).status_code == 403


async def test_the_log_says_that_it_was_and_names_nobody(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    ada = await root.user(
        acme, f"ada@{acme}.example", username=f"ada-{acme}", first_name="Ada", last_name="Lovelace"
    )
    await root.patch(f"/api/tenants/{acme}/users/{ada}", last_name="King", password=PASSWORD)
    await erase(root, acme)

    events = await events_of(module_node, acme)
    types = ["tenant_created", "member_set", "person_changed", "tenant_erased"]
    assert [event.type.split(".")[1] for event in events] == types
    said = b"".join(event.data + event.metadata for event in events)
    for personal in (b"ada@", b"ada-", b"Ada", b"Lovelace", b"King", PASSWORD.encode(), b"argon2"):
        assert personal not in said


async def test_an_export_has_all_that_is_kept_and_no_secret(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme, origins=["https://shop.example"])
    other = await root.tenant(f"{acme}-other")
    await root.user(
        acme,
        f"ada@{acme}.example",
        first_name="Ada",
        role="admin",
        password=PASSWORD,
        applications=[{"client_key": "shop", "roles": ["USER"]}],
    )
    await root.user(other, f"bob@{acme}.example", first_name="Bob")
    module_node.clock.advance(1)
    await root.user(acme, f"bob@{acme}.example", role="viewer")
    token = await root.key(acme, name="deploy")
    session = await root.login(email=f"ada@{acme}.example")
    await module_node.store.put(ROOT, acme, "plain", [1, "x"])
    await module_node.store.put(ROOT, acme, "hidden", "s3cret", is_secret=True)
    await module_node.store.put(ROOT, other, "theirs", "theirs")

    answer = await session.ask("GET", f"/api/tenants/{acme}/export")
    document = data_of(answer)

    assert set(document) == {"tenant", "members", "keys", "clients", "settings"}
    assert document["tenant"]["origins"] == ["https://shop.example"]
    ada, bob = document["members"]
    assert (ada["email"], ada["first_name"]) == (f"ada@{acme}.example", "Ada")
    assert ada["applications"] == [{"client_key": "shop", "roles": ["USER"]}]
    assert (bob["email"], bob["first_name"]) == (f"bob@{acme}.example", None)
    assert [key["name"] for key in document["keys"]] == ["deploy"]
    assert document["settings"] == {"plain": [1, "x"], "hidden": "[secret]"}
    for secret in (token, secret_of(token), "s3cret", "argon2", PASSWORD, "theirs"):
        assert secret not in answer.text


async def test_an_export_is_all_of_a_long_list(
    root: AccessHttp, module_node: Node, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.tenants.service.export.MAX_LIMIT", 2)
    await root.tenant(acme)
    for number in range(5):
        module_node.clock.advance(1)
        await root.user(acme, f"{number}@{acme}.example")
        await root.key(acme, name=f"key {number}")

    document = await root.get(f"/api/tenants/{acme}/export")

    emails = [member["email"] for member in document["members"]]
    assert emails == [f"{number}@{acme}.example" for number in range(5)]
    assert [key["name"] for key in document["keys"]] == [f"key {number}" for number in range(5)]


async def make(there: AccessHttp, kind: str) -> httpx.Response:
    """Make something of the tenant `acme`."""
    if kind == "a session":
        return await there.try_login(email="ada@example.com")
    path, body = {
        "a new person": ("users", {"email": "eve@example.com"}),
        "somebody who is there": ("users", {"email": "bob@example.com"}),
        "a key": ("keys", {"name": "k", "role": "viewer"}),
    }[kind]
    return await there.ask("POST", f"/api/tenants/acme/{path}", json=body)


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("kind", ["a new person", "somebody who is there", "a key", "a session"])
async def test_what_is_made_while_a_tenant_is_erased_is_erased_with_it_or_refused(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The other node gets its turn when all rows have been deleted, and nothing is committed."""
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        root, there = AccessHttp(one), AccessHttp(other)
        await root.tenant("acme")
        await root.tenant("other")
        await root.user("other", "bob@example.com", role="viewer")
        await root.user("acme", "ada@example.com", password=PASSWORD, role="admin")
        await other.app.access_ledger.catch_up()
        deleted, tried = threading.Event(), threading.Event()
        shred = one.app.vault.shred_tenant_in

        def shred_late(*args: Any) -> int:
            count = shred(*args)
            deleted.set()
            tried.wait(1)
            return count

        monkeypatch.setattr(one.app.vault, "shred_tenant_in", shred_late)
        erasing = asyncio.create_task(root.delete("/api/tenants/acme", confirm="acme"))
        await asyncio.to_thread(deleted.wait)
        making_it = asyncio.create_task(make(there, kind))
        # Where the erasure is waited for, it is not done before.
        await asyncio.wait({making_it}, timeout=0.5)
        tried.set()
        await erasing
        made = await making_it

        assert made.status_code in (401, 403), made.text
        for table in TABLES:
            assert await rows_of(one, table, tenant_id="acme") == []
        members = {row["user_id"] for row in await rows_of(one, "members")}
        assert {row["user_id"] for row in await rows_of(one, "users")} == members
        with pytest.raises(TenantWasErased):
            one.app.access.refuse_erased("acme")
