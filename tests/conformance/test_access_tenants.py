"""Tenants: made once, renamed, suspended and activated; what that does to who belongs to them."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.support.access_http import AccessHttp, code_of, data_of, told_by, two_nodes, types_of
from tests.support.access_http import events_of as all_events_of
from tests.support.nodes import Node
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_tenant_is_as_it_was_made(root: AccessHttp, acme: str) -> None:
    body = {"id": acme, "name": "Acme & Söhne", "origins": ["https://Shop.EXAMPLE:443"]}
    answer = await root.ask("POST", "/api/tenants", json=body)

    assert answer.status_code == 201
    made = data_of(answer)
    assert made["origins"] == ["https://shop.example"]
    assert (made["id"], made["name"], made["status"]) == (acme, "Acme & Söhne", "active")
    assert await root.get(f"/api/tenants/{acme}") == made


async def test_a_tenant_without_an_id_gets_a_uuid(root: AccessHttp) -> None:
    first, second = [await root.post("/api/tenants", name="somebody") for _ in range(2)]

    assert str(UUID(first["id"])) == first["id"]
    assert first["id"] != second["id"]
    assert await root.get(f"/api/tenants/{first['id'].upper()}") == first


async def test_an_id_is_given_once(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)

    assert await root.refusal("POST", "/api/tenants", 409, id=acme, name="x") == "tenant_exists"


@pytest.mark.parametrize(
    "tenant_id",
    ["global", "*", "", "Acme", "-a", "a_b", "a" * 64, "a\n", "a b", "ä", "0" * 63 + "A"],
)
async def test_what_is_no_id_is_refused(root: AccessHttp, tenant_id: str) -> None:
    assert await root.refusal("POST", "/api/tenants", 400, id=tenant_id, name="x") == "invalid"


@pytest.mark.parametrize("name", ["", " a", "a ", "a\x00", "a\u0085", "a" * 201, "a\n"])
async def test_what_is_no_name_is_refused(root: AccessHttp, acme: str, name: str) -> None:
    assert await root.refusal("POST", "/api/tenants", 400, id=acme, name=name) == "invalid"
    assert await root.refusal("GET", f"/api/tenants/{acme}", 404) == "unknown_tenant"


@pytest.mark.parametrize(
    "origin",
    [
        "shop.example",
        "https://shop.example/",
        "https://user@shop.example",
        "ftp://shop.example",
        "https://shop.example:0",
        "https://shop.example:65536",
        "https://*.example",
        "null",
        "*",
        "https://shop.example\n",
    ],
)
async def test_what_is_no_origin_is_refused(root: AccessHttp, acme: str, origin: str) -> None:
    body = {"id": acme, "name": "x", "origins": [origin]}
    assert await root.refusal("POST", "/api/tenants", 400, **body) == "invalid"


async def test_a_tenant_is_renamed_and_its_origins_replaced(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme, origins=["https://a.example"])

    assert (await root.patch(f"/api/tenants/{acme}", name="other"))["name"] == "other"
    changed = await root.patch(
        f"/api/tenants/{acme}", origins=["https://c.example", "http://b.example:80"]
    )
    assert changed["origins"] == ["http://b.example", "https://c.example"]
    assert changed["name"] == "other"
    assert await root.get(f"/api/tenants/{acme}") == changed

    access = module_node.app.access
    assert access.is_of("https://c.example", acme)
    assert not access.is_of("https://a.example", acme)


async def test_a_change_that_changes_nothing_is_no_event(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme, origins=["https://a.example"])

    await root.patch(f"/api/tenants/{acme}", name=acme, origins=["https://a.example"])
    await root.patch(f"/api/tenants/{acme}")

    assert await types_of(module_node, acme) == ["tenant_created"]


async def test_an_event_says_only_what_was_changed(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)

    await root.patch(f"/api/tenants/{acme}", name="other", origins=[])

    _, changed = await all_events_of(module_node, acme)
    assert told_by(changed) == {"name": "other"}


async def test_root_makes_a_tenant_a_sandbox_and_none_again(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    access = module_node.app.access
    assert not access.is_sandbox(acme)
    assert (await root.post("/api/tenants", id=acme, name="x", sandbox=True))["sandbox"] is True
    assert access.is_sandbox(acme)

    assert (await root.patch(f"/api/tenants/{acme}", name="y"))["sandbox"] is True
    assert (await root.patch(f"/api/tenants/{acme}", sandbox=None))["sandbox"] is True
    assert (await root.patch(f"/api/tenants/{acme}", sandbox=True))["sandbox"] is True
    assert (await root.patch(f"/api/tenants/{acme}", sandbox=False))["sandbox"] is False
    assert not access.is_sandbox(acme)
    assert (await root.get(f"/api/tenants/{acme}"))["sandbox"] is False

    created, renamed, marked = await all_events_of(module_node, acme)
    assert told_by(created)["sandbox"] is True
    assert (told_by(renamed), told_by(marked)) == ({"name": "y"}, {"sandbox": False})
    audited = await root.get("/api/audit", tenant=acme)
    assert [entry["details"].get("sandbox") for entry in audited["items"]] == [True, None, False]


async def test_a_tenant_is_no_sandbox_unless_root_says_so(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)

    assert (await root.get(f"/api/tenants/{acme}"))["sandbox"] is False
    assert not module_node.app.access.is_sandbox(acme)
    for nonsense in ("true", 1):
        refused = await root.refusal("PATCH", f"/api/tenants/{acme}", 400, sandbox=nonsense)
        assert refused == "invalid"


@pytest.mark.parametrize("wish", [True, False])
async def test_an_admin_who_says_what_is_a_sandbox_is_refused_and_changes_nothing(
    root: AccessHttp, module_node: Node, acme: str, *, wish: bool
) -> None:
    await root.post("/api/tenants", id=acme, name=acme, sandbox=not wish)
    admin = root.holding(await root.key(acme, "admin"))
    before = await types_of(module_node, acme)

    path = f"/api/tenants/{acme}"
    assert await admin.refusal("PATCH", path, 403, name="mine", sandbox=wish) == "denied"
    assert await admin.refusal("PATCH", path, 403, sandbox=not wish) == "denied"

    assert await types_of(module_node, acme) == before
    assert (await root.get(path))["name"] == acme
    assert module_node.app.access.is_sandbox(acme) is not wish
    assert (await admin.patch(path, name="mine", sandbox=None))["name"] == "mine"


async def test_a_sandbox_stays_one_while_suspended_and_not_when_erased(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.post("/api/tenants", id=acme, name=acme, sandbox=True)

    assert (await root.post(f"/api/tenants/{acme}/suspend"))["sandbox"] is True
    assert module_node.app.access.is_sandbox(acme)
    erased = await root.ask("DELETE", f"/api/tenants/{acme}", params={"confirm": acme})
    assert erased.status_code == 200
    assert not module_node.app.access.is_sandbox(acme)


async def test_tenants_are_listed_in_parts(root: AccessHttp, acme: str) -> None:
    made = {await root.tenant(f"{acme}-{number}") for number in range(5)}
    await root.post(f"/api/tenants/{acme}-3/suspend")

    listed: list[dict[str, Any]] = []
    cursor: str | None = f"0.{acme}"
    while cursor is not None:
        page = await root.get("/api/tenants", limit=2, cursor=cursor)
        assert len(page["items"]) <= 2
        listed += page["items"]
        cursor = page["next_cursor"]

    ids = [tenant["id"] for tenant in listed]
    assert ids == sorted(ids)
    assert made <= set(ids)
    suspended = await root.get("/api/tenants", status="suspended", limit=500)
    assert f"{acme}-3" in [tenant["id"] for tenant in suspended["items"]]
    assert {tenant["status"] for tenant in suspended["items"]} == {"suspended"}
    active = await root.get("/api/tenants", status="active", limit=500)
    assert f"{acme}-3" not in [tenant["id"] for tenant in active["items"]]


async def test_whoever_is_not_root_is_listed_their_own_tenant_alone(
    root: AccessHttp, acme: str
) -> None:
    await root.tenant(acme)
    await root.tenant(f"{acme}-other")
    viewer = root.holding(await root.key(acme, "viewer"))

    page = await viewer.get("/api/tenants")

    assert ([tenant["id"] for tenant in page["items"]], page["next_cursor"]) == ([acme], None)
    assert await viewer.refusal("GET", f"/api/tenants/{acme}-other", 403) == "denied"
    assert await viewer.refusal("GET", f"/api/tenants/{acme}-none", 403) == "denied"


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"cursor": "x"}, {"status": "erased"}],
)
async def test_a_list_asked_for_wrongly_is_refused(root: AccessHttp, query: dict[str, str]) -> None:
    answer = await root.ask("GET", "/api/tenants", params=query)
    assert (answer.status_code, code_of(answer)) == (400, "invalid")


async def test_a_suspended_tenants_keys_and_sessions_stand_still(
    root: AccessHttp, acme: str
) -> None:
    await root.tenant(acme)
    await root.tenant(f"{acme}-other")
    await root.user(acme, f"ada@{acme}.example", password="12345678", role="admin")
    key = root.holding(await root.key(acme))
    other = root.holding(await root.key(f"{acme}-other"))
    session = await root.login(email=f"ada@{acme}.example", password="12345678")

    suspended = await root.post(f"/api/tenants/{acme}/suspend", reason="has not paid")
    assert suspended["status"] == "suspended"
    for who in (key, session):
        assert await who.refusal("GET", "/api/auth/me", 403) == "tenant_suspended"
        assert await who.refusal("GET", f"/api/tenants/{acme}", 403) == "tenant_suspended"
    refused = await root.try_login(email=f"ada@{acme}.example", password="12345678")
    assert (refused.status_code, code_of(refused)) == (403, "tenant_suspended")
    assert await other.is_let_in()

    assert (await root.post(f"/api/tenants/{acme}/activate"))["status"] == "active"
    assert await key.is_let_in()
    assert await session.is_let_in()


async def test_to_suspend_or_activate_twice_is_one_event(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)

    first = await root.post(f"/api/tenants/{acme}/suspend", reason="one")
    assert await root.post(f"/api/tenants/{acme}/suspend", reason="other") == first
    first = await root.post(f"/api/tenants/{acme}/activate")
    assert await root.post(f"/api/tenants/{acme}/activate") == first

    expected = ["tenant_created", "tenant_suspended", "tenant_activated"]
    assert await types_of(module_node, acme) == expected


async def test_a_reason_is_kept_in_the_log(root: AccessHttp, module_node: Node, acme: str) -> None:
    await root.tenant(acme)
    await root.post(f"/api/tenants/{acme}/suspend", reason="has not paid")

    (*_, event) = await all_events_of(module_node, acme)
    assert told_by(event) == {"reason": "has not paid"}
    path = f"/api/tenants/{acme}/suspend"
    assert await root.refusal("POST", path, 400, reason="a\x00") == "invalid"
    assert await root.refusal("POST", path, 400, reason="x" * 501) == "invalid"


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", ""),
        ("PATCH", ""),
        ("GET", "/export"),
        ("POST", "/suspend"),
        ("POST", "/activate"),
        ("GET", "/users"),
        ("POST", "/users"),
        ("GET", "/users/1"),
        ("PATCH", "/users/1"),
        ("DELETE", "/users/1"),
        ("GET", "/keys"),
        ("POST", "/keys"),
        ("GET", "/keys/1"),
        ("DELETE", "/keys/1"),
        ("DELETE", "?confirm={}"),
    ],
)
async def test_a_tenant_that_is_not_there_is_not_found(
    root: AccessHttp, acme: str, method: str, path: str
) -> None:
    bodies: dict[tuple[str, str], dict[str, str]] = {
        ("POST", "/users"): {"email": "a@example.com"},
        ("POST", "/keys"): {"name": "a", "role": "viewer"},
    }
    body = bodies.get((method, path), {})
    answer = await root.ask(method, f"/api/tenants/{acme}{path.format(acme)}", json=body)

    assert (answer.status_code, code_of(answer)) == (404, "unknown_tenant")


async def test_of_all_who_make_one_tenant_at_once_one_succeeds(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    async def make(number: int) -> int:
        body = {"id": acme, "name": f"by {number}"}
        return (await root.ask("POST", "/api/tenants", json=body)).status_code

    statuses = await asyncio.gather(*(make(number) for number in range(10)))

    assert sorted(statuses) == [201, *[409] * 9]
    assert await types_of(module_node, acme) == ["tenant_created"]


async def test_changes_at_once_are_all_made(root: AccessHttp, module_node: Node, acme: str) -> None:
    await root.tenant(acme)

    await asyncio.gather(
        *(root.patch(f"/api/tenants/{acme}", name=f"by {number}") for number in range(10))
    )

    assert await types_of(module_node, acme) == ["tenant_created", *["tenant_changed"] * 10]


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("with_snapshot", [True, False])
async def test_a_sandbox_is_one_after_a_restart(
    database_url: str, tmp_path: Path, *, with_snapshot: bool
) -> None:
    node = Node(url=database_url, folder=tmp_path)
    await node.start()
    try:
        await AccessHttp(node).post("/api/tenants", id="acme", name="Acme", sandbox=True)
        await node.restart(with_snapshot=with_snapshot)
        assert node.app.access.is_sandbox("acme")
    finally:
        await node.stop()


@pytest.mark.asyncio(loop_scope="function")
async def test_a_suspension_is_felt_on_the_other_node(postgres_url: str, tmp_path: Path) -> None:
    async with two_nodes(postgres_url, tmp_path) as (one, other):
        root = AccessHttp(one)
        await root.tenant("acme")
        token = await root.key("acme")
        there = AccessHttp(other, token)
        assert await there.is_let_in()

        await root.post("/api/tenants/acme/suspend")

        async def is_refused() -> bool:
            return not await there.is_let_in()

        await eventually(is_refused)
        await AccessHttp(other).post("/api/tenants/acme/activate")
        assert await there.is_let_in()
