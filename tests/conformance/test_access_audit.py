"""The audit: who did what, when, from where; and nothing of it is personal or secret."""

import itertools
from typing import Any

import msgspec
import pytest

from tenantry.base.instant import format_instant
from tests.support.access_http import (
    PASSWORD,
    AccessHttp,
    code_of,
    data_of,
    events_of,
    grant_of,
    secret_of,
)
from tests.support.nodes import ROOT, Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

_REQUESTS = itertools.count(1)


async def entries(who: AccessHttp, **query: object) -> list[dict[str, Any]]:
    """Return all entries that `query` finds, through all pages."""
    found: list[dict[str, Any]] = []
    while True:
        page = await who.get("/api/audit", **query)
        assert len(page["items"]) <= int(str(query.get("limit", 100)))
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


class Diary:
    """Does things, each under a request id of its own, and finds them in the audit."""

    def __init__(self, root: AccessHttp) -> None:
        self._root = root
        self.data: Any = None

    async def do(self, who: AccessHttp, method: str, path: str, **body: Any) -> list[Any]:
        """Do it, and return actor, action, subject and source of what the audit says of it."""
        request_id = f"diary-{next(_REQUESTS)}"
        options = {"json": body} if body else {}
        answer = await who.ask(method, path, headers={"X-Request-ID": request_id}, **options)
        assert answer.is_success, answer.text
        self.data = data_of(answer) if method != "PUT" else None
        found = [
            entry for entry in await entries(self._root) if entry["correlation_id"] == request_id
        ]
        return [
            [entry["actor"], entry["action"], entry["subject"], entry["source"]] for entry in found
        ]


async def test_every_change_is_in_the_audit_with_who_did_it_and_from_where(
    root: AccessHttp, acme: str
) -> None:
    diary = Diary(root)

    async def said(who: AccessHttp, actor: str, method: str, path: str, **body: Any) -> Any:
        """Return action and subject of each entry, all of them by `actor` at the same address."""
        found = await diary.do(who, method, path, **body)
        assert [(by, source) for by, _, _, source in found] == [(actor, root.address)] * len(found)
        return [(action, subject) for _, action, subject, _ in found]

    tenant = f"/api/tenants/{acme}"
    assert await said(root, "root", "POST", "/api/tenants", id=acme, name="x") == [
        ("tenants.tenant_created", acme)
    ]
    token = await root.key(acme)
    key, by_key = root.holding(token), f"key:{grant_of(token)}"
    assert await said(key, by_key, "PATCH", tenant, name="y") == [("tenants.tenant_changed", acme)]

    users = f"{tenant}/users"
    added = {"email": f"ada@{acme}.example", "password": PASSWORD, "role": "admin"}
    found = await said(key, by_key, "POST", users, **added)
    ada = diary.data["id"]
    assert found == [("tenants.member_set", ada)]
    found = await said(key, by_key, "PATCH", f"{users}/{ada}", role="editor", first_name="Ada")
    assert found == [("tenants.person_changed", ada), ("tenants.member_set", ada)]

    token = data_of(await root.try_login(email=f"ada@{acme}.example"))["token"]
    hers, by_ada = root.holding(token), f"user:{ada}"
    found = await said(hers, by_ada, "PATCH", "/api/auth/me", last_name="L.")
    assert found == [("tenants.person_changed", ada)]
    found = await said(hers, by_ada, "POST", "/api/auth/refresh")
    assert found == [("tenants.session_ended", ada)]
    hers = root.holding(diary.data["token"])
    assert await said(hers, by_ada, "PUT", "/config/a", value=1) == [("configs.value_set", "a")]
    assert await said(hers, by_ada, "POST", "/api/auth/logout") == [("tenants.session_ended", ada)]

    found = await said(key, by_key, "POST", f"{tenant}/keys", name="x", role="viewer")
    made = diary.data["id"]
    assert found == [("tenants.key_created", made)]
    found = await said(key, by_key, "DELETE", f"{tenant}/keys/{made}")
    assert found == [("tenants.key_revoked", made)]
    found = await said(key, by_key, "DELETE", f"{users}/{ada}")
    assert found == [("tenants.member_removed", ada)]

    by_root = [("suspend", "tenant_suspended"), ("activate", "tenant_activated")]
    for verb, action in by_root:
        found = await said(root, "root", "POST", f"{tenant}/{verb}")
        assert found == [(f"tenants.{action}", acme)]
    found = await said(root, "root", "POST", "/api/reliability/breakers/drill/reset")
    assert [action for action, _ in found] == ["operations.operator_acted"]
    found = await said(root, "root", "DELETE", f"{tenant}?confirm={acme}")
    assert found == [("tenants.tenant_erased", acme)]


async def test_an_entry_says_what_and_when(root: AccessHttp, module_node: Node, acme: str) -> None:
    await root.tenant(acme)
    await root.user(acme, f"ada@{acme}.example", role="viewer")
    await module_node.configs(acme).put("a", {"is": "told to who may read settings"})

    created, member, config = await entries(root, tenant=acme)

    events = await events_of(module_node, acme)
    assert [entry["position"] for entry in (created, member, config)] == [
        event.position for event in events
    ]
    assert created["at"] == format_instant(events[0].recorded_at)
    assert {entry["tenant_id"] for entry in (created, member, config)} == {acme}
    assert created["details"] == {"name": acme, "origins": [], "sandbox": False}
    assert member["details"]["role"] == "viewer"
    assert config["details"] == {}


async def test_entries_are_found_by_actor_action_and_time(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    clock = module_node.clock
    await root.tenant(acme)
    token = await root.key(acme)
    key, actor = root.holding(token), f"key:{grant_of(token)}"
    instants = []
    for number in range(4):
        clock.advance(10)
        instants.append(format_instant(clock.now_us()))
        await (key if number % 2 else root).patch(f"/api/tenants/{acme}", name=f"name {number}")

    async def names(**query: object) -> list[str]:
        return [entry["details"]["name"][5:] for entry in await entries(root, tenant=acme, **query)]

    changed = {"action": "tenants.tenant_ch"}
    assert await names(**changed) == ["0", "1", "2", "3"]
    assert await names(**changed, actor=actor) == ["1", "3"]
    assert await names(**changed, actor="root") == ["0", "2"]
    assert await names(**changed, actor="key") == []
    assert await names(**changed, from_=instants[1]) == ["1", "2", "3"]
    assert await names(**changed, to=instants[1]) == ["0", "1"]
    assert await names(**changed, from_=instants[1], to=instants[2], actor=actor) == ["1"]
    assert await names(from_=instants[2], to=instants[1]) == []
    clock.advance(1)
    assert await names(from_=format_instant(clock.now_us())) == []
    both = await entries(root, actor=actor)
    assert [entry["tenant_id"] for entry in both] == [acme] * 2


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_pages_make_up_the_whole(root: AccessHttp, acme: str, limit: int) -> None:
    await root.tenant(acme)
    await root.tenant(f"{acme}-other")
    for number in range(5):
        await root.patch(f"/api/tenants/{acme}", name=f"name {number}")
        await root.patch(f"/api/tenants/{acme}-other", name=f"name {number}")

    whole = await entries(root, tenant=acme)

    assert len(whole) == 6
    assert await entries(root, tenant=acme, limit=limit) == whole
    newest = await entries(root, tenant=acme, limit=limit, newest_first="true")
    assert newest == whole[::-1]


async def test_a_search_that_finds_little_answers_with_short_pages(
    root: AccessHttp, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.tenants.service.audit.WINDOW_POSITIONS", 2)
    monkeypatch.setattr("tenantry.tenants.service.audit.MAX_POSITIONS", 6)
    await root.tenant(acme)
    whole = await entries(root)
    for number in range(20):
        await root.patch(f"/api/tenants/{acme}", name=f"name {number}")
    await root.post(f"/api/tenants/{acme}/suspend")

    query: dict[str, Any] = {"tenant": acme, "action": "tenants.tenant_suspended"}
    query["cursor"] = whole[-1]["position"]
    page = await root.get("/api/audit", **query)
    assert (page["items"], page["next_cursor"]) == ([], str(whole[-1]["position"] + 6))
    (found,) = await entries(root, **query)
    assert found["action"] == "tenants.tenant_suspended"
    everything = await entries(root, limit=7)
    assert len(everything) == len(whole) + 21
    assert await entries(root, limit=7, newest_first="true") == everything[::-1]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "501"},
        {"cursor": "x"},
        {"cursor": "-1"},
        {"cursor": "1" * 19},
        {"from": "yesterday"},
        {"newest_first": "yes"},
        {"to": "2024-13-01T00:00:00Z"},
    ],
)
async def test_a_question_that_is_none_is_refused(root: AccessHttp, query: dict[str, str]) -> None:
    answer = await root.ask("GET", "/api/audit", params=query)
    assert (answer.status_code, code_of(answer)) == (400, "invalid")


async def test_a_cursor_behind_the_end_is_the_end(root: AccessHttp) -> None:
    assert await root.get("/api/audit", cursor="9" * 18) == {"items": [], "next_cursor": None}


async def test_a_tenants_admin_reads_what_happened_there_and_nobody_below_does(
    root: AccessHttp, acme: str
) -> None:
    other = await root.tenant(f"{acme}-other")
    await root.tenant(acme)
    await root.key(other)
    admin = root.holding(await root.key(acme))

    assert {entry["tenant_id"] for entry in await entries(admin)} == {acme}
    assert await entries(admin, tenant=acme) == await entries(admin)
    for tenant in (other, "*", f"{acme}-none"):
        answer = await admin.ask("GET", "/api/audit", params={"tenant": tenant})
        assert (answer.status_code, code_of(answer)) == (403, "denied")
    for role in ("viewer", "editor", "operator"):
        below = root.holding(await root.key(acme, role))
        assert await below.refusal("GET", "/api/audit", 403) == "denied"


async def test_what_root_does_to_all_is_roots_to_read(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    await root.key("*", "root")
    admin = root.holding(await root.key(acme))

    assert "*" not in {entry["tenant_id"] for entry in await entries(admin)}
    assert {entry["tenant_id"] for entry in await entries(root, tenant="*")} == {"*"}


async def test_the_past_of_an_erased_tenant_is_roots_to_read(root: AccessHttp, acme: str) -> None:
    await root.tenant(acme)
    await root.delete(f"/api/tenants/{acme}", confirm=acme)

    actions = [entry["action"] for entry in await entries(root, tenant=acme)]
    assert actions == ["tenants.tenant_created", "tenants.tenant_erased"]


async def test_no_entry_says_anything_personal_or_secret(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    person = {"username": f"countess-{acme}", "first_name": "Augusta", "last_name": "Lovelace"}
    ada = await root.user(acme, f"ada@{acme}.example", password=PASSWORD, **person)
    token = await root.key(acme, name="the name of a key")
    answer = await root.try_login(email=f"ada@{acme}.example")
    session = data_of(answer)["token"]
    await root.patch(f"/api/tenants/{acme}/users/{ada}", email=f"new@{acme}.example")
    await module_node.store.put(ROOT, acme, "hidden", "s3cret", is_secret=True)
    await root.holding(session).ask("POST", "/api/auth/logout")
    await root.delete(f"/api/tenants/{acme}/users/{ada}")

    told = msgspec.json.encode(await entries(root, tenant=acme)).decode()
    secrets = (secret_of(token), secret_of(session), "s3cret", PASSWORD, "argon2")
    for said in (*secrets, *person.values(), "ada@", "new@", "the name of a key"):
        assert said not in told


async def test_a_failed_attempt_leaves_no_entry(
    root: AccessHttp, module_node: Node, acme: str
) -> None:
    await root.tenant(acme)
    before = await module_node.log.head()

    await root.try_login(email=f"ada@{acme}.example")
    await root.ask("PATCH", f"/api/tenants/{acme}", json={"name": ""})
    await root.ask("POST", f"/api/tenants/{acme}/users", json={"email": "x"})

    assert await module_node.log.head() == before
