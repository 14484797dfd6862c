"""API keys: shown once, good for what they say, until they end; and when they were used."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from tenantry.base import Principal
from tenantry.base.errors import Unavailable
from tenantry.tenants import AccessWorker, NewKey, NewTenant
from tenantry.tenants.errors import BeyondOwnRole
from tenantry.tenants.rules import PERMISSIONS, read_token
from tenantry.tenants.worker import ROUND_SECONDS
from tenantry.testing import FakeClock
from tests.support.access_http import (
    PASSWORD,
    AccessHttp,
    code_of,
    data_of,
    events_of,
    grant_of,
    rows_of,
    secret_of,
    told_by,
    two_nodes,
    types_of,
)
from tests.support.nodes import ROOT, Journal, Node
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = 86_400.0


async def test_a_key_is_told_when_it_is_made_and_never_again(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    body = {"name": "deploy", "role": "editor", "expires_in_days": 30}
    answer = await root.ask("POST", f"/api/tenants/{acme}/keys", json=body)

    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    made = data_of(answer)
    token = made.pop("key")
    assert re.fullmatch(r"tnk_[a-z2-7]{16}_[A-Za-z0-9_-]{43}", token)
    assert made["id"] == grant_of(token)
    assert (made["name"], made["role"], made["created_by"]) == ("deploy", "editor", "root")
    assert made["last_used_at"] is None
    path = f"/api/tenants/{acme}/keys"
    assert await root.get(f"{path}/{made['id']}") == made
    assert (await root.get(path))["items"] == [made]

    (row,) = await rows_of(module_node, "api_keys", key_id=made["id"])
    taken = read_token(token.encode())
    assert taken is not None
    assert bytes(row["secret_hash"]) == taken.digest
    secret = secret_of(token).encode()
    events = await events_of(module_node, acme)
    assert not any(secret in event.data + event.metadata for event in events)


@pytest.mark.asyncio(loop_scope="function")
async def test_no_log_line_has_a_key_or_a_password(node: Node, journal: Journal) -> None:
    root = AccessHttp(node)
    await root.tenant("acme")
    tokens = [await root.key("acme"), await root.key("*", "root")]
    await root.user("acme", "ada@example.com", password=PASSWORD, username="countess")
    answer = await root.try_login(email="ada@example.com")
    tokens.append(data_of(answer)["token"])
    session = root.holding(tokens[-1])
    await session.patch("/api/auth/me", password=PASSWORD + "!", current_password=PASSWORD)
    await root.try_login(username="countess", password="a wrong password")
    tokens.append((await session.post("/api/auth/refresh"))["token"])
    await root.delete("/api/tenants/acme", confirm="acme")
    await node.stop()

    text = journal.text
    assert "API key created" in text
    personal = ("ada@example.com", "countess", PASSWORD, "a wrong password")
    for secret in (*(secret_of(token) for token in tokens), *personal):
        assert secret not in text


async def test_a_key_may_what_its_role_may_in_its_tenant(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    for role in ("viewer", "editor", "operator", "admin"):
        token = await root.key(acme, role)
        me = await root.holding(token).get("/api/auth/me")

        assert (me["id"], me["kind"], me["role"]) == (f"key:{grant_of(token)}", "key", role)
        assert set(me["permissions"]) == PERMISSIONS[role]
        assert (me["tenant"]["id"], me["user"], me["memberships"]) == (acme, None, [])


async def test_a_key_ends_at_its_time(root: AccessHttp, module_node: Node, acme: str) -> None:
    await root.tenant(acme)
    ending = root.holding(await root.key(acme, expires_in_days=1))
    lasting = root.holding(await root.key(acme))
    unused = root.holding(await root.key(acme, expires_in_days=1))

    module_node.clock.advance(DAY - 1e-6)
    assert await ending.is_let_in()
    module_node.clock.advance(1e-6)

    for key in (ending, unused):
        assert await key.refusal("GET", "/api/auth/me", 401) == "token_expired"
    assert await lasting.is_let_in()


@pytest.mark.parametrize("days", [0, -1, 3_651, 1.5, "1"])
async def test_a_time_that_is_none_is_refused(root: AccessHttp, acme: str, days: Any) -> None:
    await root.tenant(acme)
    body = {"name": "x", "role": "viewer", "expires_in_days": days}
    answer = await root.ask("POST", f"/api/tenants/{acme}/keys", json=body)
    assert answer.status_code == 400


async def test_a_revoked_key_is_good_for_nothing_at_once(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    tokens = [await root.key(acme) for _ in range(2)]
    used, unused = (root.holding(token) for token in tokens)
    assert await used.is_let_in()

    for token in tokens:
        await root.delete(f"/api/tenants/{acme}/keys/{grant_of(token)}")

    for key in (used, unused):
        assert await key.refusal("GET", "/api/auth/me", 401) == "unauthenticated"
    assert await rows_of(module_node, "api_keys", tenant_id=acme) == []
    path = f"/api/tenants/{acme}/keys/{grant_of(tokens[0])}"
    assert await root.refusal("DELETE", path, 404) == "unknown_key"
    assert await root.refusal("GET", path, 404) == "unknown_key"
    assert (await types_of(module_node, acme))[1:] == ["key_created"] * 2 + ["key_revoked"] * 2


async def test_a_key_of_another_tenant_is_not_found(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    await root.tenant(f"{acme}-other")
    token = await root.key(f"{acme}-other")
    admin = root.holding(await root.key(acme))

    path = f"/api/tenants/{acme}/keys/{grant_of(token)}"
    for method in ("GET", "DELETE"):
        assert await admin.refusal(method, path, 404) == "unknown_key"
    assert await root.holding(token).is_let_in()


@pytest.mark.parametrize("key_id", ["none", "a%00b", "%F0%9F%9A%80"])
async def test_what_is_no_key_is_not_found(root: AccessHttp, acme: str, key_id: str) -> None:
    await root.tenant(acme)
    for method in ("GET", "DELETE"):
        answer = await root.ask(method, f"/api/tenants/{acme}/keys/{key_id}")
        assert (answer.status_code, code_of(answer)) == (404, "unknown_key")


async def test_it_is_said_who_made_a_key(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    ada = await root.user(acme, f"ada@{acme}.example", password=PASSWORD, role="admin")
    session = await root.login(email=f"ada@{acme}.example")
    token = await session.key(acme)
    await root.holding(token).key(acme, "viewer")

    made_by = [key["created_by"] for key in (await root.get(f"/api/tenants/{acme}/keys"))["items"]]
    assert sorted(made_by) == sorted([f"user:{ada}", f"key:{grant_of(token)}"])


async def test_nobody_gives_a_role_that_may_more_than_they(module_node: Node, acme: str) -> None:
    await module_node.app.tenants.create(ROOT, NewTenant(id=acme, name=acme))
    half = Principal(
        id="half",
        tenant_id=acme,
        permissions=PERMISSIONS["viewer"] | {"keys:write", "users:write"},
        source="test",
    )
    keys = module_node.app.api_keys

    assert (await keys.create(half, acme, NewKey(name="x", role="viewer"))).role == "viewer"
    for role in ("editor", "admin", "root"):
        with pytest.raises(BeyondOwnRole):
            await keys.create(half, acme, NewKey(name="x", role=role))


async def test_only_root_makes_keys_of_all_tenants_together(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    admin = root.holding(await root.key(acme))
    by_root = root.holding(await root.key("*", "root"))

    path, body = "/api/tenants/*/keys", {"name": "x", "role": "root"}
    assert await admin.refusal("POST", path, 403, **body) == "denied"
    assert await admin.refusal("GET", path, 403) == "denied"
    assert (await by_root.get("/api/auth/me"))["permissions"] == ["*"]
    assert (await by_root.get(f"/api/tenants/{acme}"))["id"] == acme
    assert await by_root.holding(await by_root.key("*", "root")).is_let_in()


async def test_when_a_key_was_used_is_stored_beside_the_requests(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    tokens = [await root.key(acme) for _ in range(2)]
    clock, key = module_node.clock, root.holding(tokens[0])

    async def used() -> list[Any]:
        rows = [await rows_of(module_node, "api_keys", key_id=grant_of(t)) for t in tokens]
        return [row["last_used_at"] for (row,) in rows]

    await key.get("/api/auth/me")
    clock.advance(1)
    await key.get("/api/auth/me")
    last = clock.now_us()
    # Nothing has moved the worker's clock by a round, so nothing is written.
    assert await used() == [None, None]

    async def is_stored() -> bool:
        clock.advance(ROUND_SECONDS / 4)
        return await used() == [last, None]

    await eventually(is_stored)
    shown = await root.get(f"/api/tenants/{acme}/keys/{grant_of(tokens[0])}")
    assert shown["last_used_at"] is not None


@pytest.mark.asyncio(loop_scope="function")
async def test_a_stop_stores_when_keys_were_used(node: Node) -> None:
    root = AccessHttp(node)
    await root.tenant("acme")
    token = await root.key("acme")
    await root.holding(token).get("/api/auth/me")

    await node.restart()

    (row,) = await rows_of(node, "api_keys")
    assert row["last_used_at"] == node.clock.now_us()


@pytest.mark.asyncio(loop_scope="function")
async def test_uses_that_could_not_be_stored_are_stored_the_next_time(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    access, database, clock = node.app.access, node.app.database, FakeClock()
    root = AccessHttp(node)
    await root.tenant("acme")
    tokens = [await root.key("acme") for _ in range(2)]
    worker = AccessWorker(access=access, database=database, clock=clock, recheck=lambda: None)
    await worker.start()
    first = node.clock.now_us()
    for token in tokens:
        await root.holding(token).get("/api/auth/me")

    has_failed = asyncio.Event()

    async def fail(*_: object) -> None:
        has_failed.set()
        raise Unavailable("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(database, "write", fail)
        await eventually(lambda: clock.sleeper_count)
        clock.advance(ROUND_SECONDS)
        await has_failed.wait()
    node.clock.advance(1)
    await root.holding(tokens[0]).get("/api/auth/me")
    await worker.stop()

    rows = {row["key_id"]: row["last_used_at"] for row in await rows_of(node, "api_keys")}
    assert rows == {grant_of(tokens[0]): first + 1_000_000, grant_of(tokens[1]): first}


@pytest.mark.asyncio(loop_scope="function")
async def test_roots_first_key_is_made_once_whatever_becomes_of_it(node: Node) -> None:
    keys = node.app.api_keys
    issued = await keys.create_first(ROOT)
    assert issued is not None
    assert (issued.tenant_id, issued.role) == ("*", "root")
    root = AccessHttp(node, issued.key)
    assert (await root.get("/api/auth/me"))["role"] == "root"
    assert await keys.create_first(ROOT) is None

    await keys.revoke(ROOT, "*", issued.id)
    assert await keys.create_first(ROOT) is None
    await node.restart(with_snapshot=False)
    assert await node.app.api_keys.create_first(ROOT) is None
    assert not await AccessHttp(node, issued.key).is_let_in()
    assert await rows_of(node, "api_keys") == []


@pytest.mark.asyncio(loop_scope="function")
async def test_where_root_has_a_key_no_first_one_is_made(node: Node) -> None:
    await AccessHttp(node).key("*", "root")
    assert await node.app.api_keys.create_first(ROOT) is None


@pytest.mark.asyncio(loop_scope="function")
async def test_two_nodes_that_start_at_once_make_one_first_key(
    postgres_url: str, tmp_path: Path
) -> None:
    async with two_nodes(postgres_url, tmp_path) as nodes:
        made = await asyncio.gather(
            *(node.app.api_keys.create_first(ROOT) for node in nodes for _ in range(3))
        )

        (issued,) = [each for each in made if each is not None]
        (row,) = await rows_of(nodes[0], "api_keys")
        (event,) = await events_of(nodes[0])
        assert row["key_id"] == told_by(event)["key_id"] == issued.id
        for node in nodes:
            assert await AccessHttp(node, issued.key).is_let_in()


@pytest.mark.asyncio(loop_scope="function")
async def test_two_nodes_store_uses_of_the_same_keys_at_once(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        root = AccessHttp(one)
        await root.tenant("acme")
        tokens = [await root.key("acme") for _ in range(20)]
        for node, order in ((one, tokens), (other, tokens[::-1])):
            for token in order:
                await AccessHttp(node, token).get("/api/auth/me")

        attempts = 0
        write = type(one.app.database.driver).write

        async def counting(self: Any, *args: Any, **named: Any) -> Any:
            nonlocal attempts
            attempts += 1
            return await write(self, *args, **named)

        monkeypatch.setattr(type(one.app.database.driver), "write", counting)
        workers = [
            AccessWorker(
                access=node.app.access,
                database=node.app.database,
                clock=node.clock,
                recheck=lambda: None,
            )
            for node in (one, other)
        ]
        await asyncio.gather(*(worker.start() for worker in workers))
        await asyncio.gather(*(worker.stop() for worker in workers))

        assert attempts == 2
        assert {row["last_used_at"] for row in await rows_of(one, "api_keys")} == {
            one.clock.now_us()
        }
