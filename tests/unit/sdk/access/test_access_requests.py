"""What every method sends, to the byte, and how it reads the answer."""

import json
from typing import Any

import pytest

from tenantry.sdk import (
    ABSENT,
    ApiKey,
    Application,
    AuditEntry,
    Invalid,
    Member,
    NotFound,
    Tenant,
    TenantErasure,
    TenantExport,
    Unreachable,
)
from tenantry.sdk.access.acting import Acting, TenantUnknown
from tenantry.sdk.access.audit import AuditRequests
from tenantry.sdk.access.keys import KeyRequests
from tenantry.sdk.access.request import Page
from tenantry.sdk.access.sign_in import SignInRequests
from tenantry.sdk.access.tenants import TenantRequests
from tenantry.sdk.access.users import UserRequests
from tenantry.sdk.reply import Reply
from tenantry.sdk.request import Request
from tests.support.access import (
    AUDIT_JSON,
    KEY_JSON,
    MEMBER_JSON,
    NEW_KEY_JSON,
    NOON,
    PRINCIPAL_JSON,
    SESSION_JSON,
    TENANT_JSON,
    USER_JSON,
)

TENANT = Tenant(
    id="acme",
    name="Acme",
    status="active",
    created_at=NOON,
    origins=("https://a.example",),
    sandbox=True,
)
ROLES = Application(client_key="shop", roles=("USER",))

acting = Acting(token=None, tenant="acme")
nobody = Acting(token=None, tenant=None)
tenants = TenantRequests(acting)
users = UserRequests(acting)
keys = KeyRequests(acting)
own = SignInRequests(acting)
audit = AuditRequests(acting)


def answer(data: Any) -> Reply:
    return Reply(200, {}, json.dumps({"success": True, "data": data, "meta": {}}).encode())


def sent(request: Request[Any]) -> tuple[str, str, Any]:
    if request.body is None:
        assert request.headers == ()
        return request.method, request.target, None
    assert request.headers == (("Content-Type", "application/json"),)
    return request.method, request.target, json.loads(request.body)


@pytest.mark.parametrize(
    "request_, expected",
    [
        (tenants.create("Acme"), ("POST", "/api/tenants", {"name": "Acme", "origins": []})),
        (
            tenants.create("Acme", tenant_id="acme", origins=["https://a.example"]),
            (
                "POST",
                "/api/tenants",
                {"id": "acme", "name": "Acme", "origins": ["https://a.example"]},
            ),
        ),
        (
            tenants.create("Acme", sandbox=True),
            ("POST", "/api/tenants", {"name": "Acme", "origins": [], "sandbox": True}),
        ),
        (tenants.get("acme"), ("GET", "/api/tenants/acme", None)),
        (tenants.change("acme", name="B"), ("PATCH", "/api/tenants/acme", {"name": "B"})),
        (tenants.change("acme", origins=()), ("PATCH", "/api/tenants/acme", {"origins": []})),
        (
            tenants.change("acme", sandbox=False),
            ("PATCH", "/api/tenants/acme", {"sandbox": False}),
        ),
        (tenants.suspend("acme"), ("POST", "/api/tenants/acme/suspend", {})),
        (
            tenants.suspend("acme", reason="unpaid"),
            ("POST", "/api/tenants/acme/suspend", {"reason": "unpaid"}),
        ),
        (tenants.activate("acme"), ("POST", "/api/tenants/acme/activate", {})),
    ],
)
def test_a_request_about_a_tenant_reads_the_tenant(
    request_: Request[Tenant], expected: tuple[str, str, Any]
) -> None:
    assert sent(request_) == expected
    assert request_.read_reply(answer(TENANT_JSON)) == TENANT


def test_an_export_has_everything_of_a_tenant() -> None:
    request = tenants.export("acme")

    assert sent(request) == ("GET", "/api/tenants/acme/export", None)
    export = request.read_reply(
        answer(
            {
                "tenant": TENANT_JSON,
                "members": [MEMBER_JSON],
                "keys": [KEY_JSON],
                "settings": {"a": 1, "password": "[secret]"},
            }
        )
    )
    assert isinstance(export, TenantExport)
    assert export.tenant == TENANT
    assert [member.id for member in export.members] == ["u1"]
    assert [key.id for key in export.keys] == ["k1"]
    assert export.settings == {"a": 1, "password": "[secret]"}


def test_an_erasure_names_the_tenant_twice() -> None:
    request = tenants.erase("acme", confirm="acme")

    assert sent(request) == ("DELETE", "/api/tenants/acme?confirm=acme", None)
    assert request.read_reply(answer({"id": "acme", "users_erased": 3})) == TenantErasure(
        id="acme", users_erased=3
    )
    with pytest.raises(Invalid, match="confirm: got 'acne', wants 'acme'"):
        tenants.erase("acme", confirm="acne")


@pytest.mark.parametrize(
    "request_, expected",
    [
        (
            users.add("ada@example.com"),
            (
                "POST",
                "/api/tenants/acme/users",
                {"email": "ada@example.com", "applications": []},
            ),
        ),
        (
            users.add(
                "ada@example.com",
                username="ada",
                first_name="Ada",
                last_name="Lovelace",
                password="correct horse",
                role="editor",
                applications=[ROLES],
                tenant="beta",
            ),
            (
                "POST",
                "/api/tenants/beta/users",
                {
                    "email": "ada@example.com",
                    "username": "ada",
                    "first_name": "Ada",
                    "last_name": "Lovelace",
                    "password": "correct horse",
                    "role": "editor",
                    "applications": [{"client_key": "shop", "roles": ["USER"]}],
                },
            ),
        ),
        (users.get("u1"), ("GET", "/api/tenants/acme/users/u1", None)),
        (users.change("u1"), ("PATCH", "/api/tenants/acme/users/u1", {})),
        (users.change("u1", role=ABSENT), ("PATCH", "/api/tenants/acme/users/u1", {})),
        (users.change("u1", role=None), ("PATCH", "/api/tenants/acme/users/u1", {"role": None})),
        (
            users.change("u1", role="admin", applications=[], first_name="A", tenant="*"),
            (
                "PATCH",
                "/api/tenants/%2A/users/u1",
                {"role": "admin", "applications": [], "first_name": "A"},
            ),
        ),
    ],
)
def test_a_request_about_a_user_reads_the_member(
    request_: Request[Member], expected: tuple[str, str, Any]
) -> None:
    assert sent(request_) == expected
    assert request_.read_reply(answer(MEMBER_JSON)) == Member(
        id="u1",
        email="ada@example.com",
        role="editor",
        applications=(ROLES,),
        is_owned=True,
        created_at=NOON,
    )


def test_a_user_is_removed_and_a_key_revoked() -> None:
    assert sent(users.remove("u1")) == ("DELETE", "/api/tenants/acme/users/u1", None)
    assert sent(keys.revoke("k1")) == ("DELETE", "/api/tenants/acme/keys/k1", None)


@pytest.mark.parametrize("request_", [users.remove("u1"), keys.revoke("k1")])
def test_what_is_gone_is_missing_at_first_and_done_when_it_is_repeated(
    request_: Request[None],
) -> None:
    gone = Reply(404, {}, b"{}")

    with pytest.raises(NotFound):
        request_.read_reply(gone)
    request_.read_reply(gone, may_be_done=True)


def test_a_new_key_is_told_with_its_token() -> None:
    request = keys.create("ci", role="viewer", expires_in_days=30)

    assert sent(request) == (
        "POST",
        "/api/tenants/acme/keys",
        {"name": "ci", "role": "viewer", "expires_in_days": 30},
    )
    new = request.read_reply(answer(NEW_KEY_JSON))
    assert (new.id, new.key) == ("k1", "tnk_k1_hush")
    assert sent(keys.create("ci", role="viewer"))[2] == {"name": "ci", "role": "viewer"}


def test_a_key_is_read_without_its_token() -> None:
    request = keys.get("k1")

    assert sent(request) == ("GET", "/api/tenants/acme/keys/k1", None)
    assert request.read_reply(answer(KEY_JSON)) == ApiKey(
        id="k1",
        tenant_id="acme",
        name="ci",
        role="viewer",
        created_at=NOON,
        created_by="user:u1",
    )


def test_a_login_names_the_user_one_way_and_the_clients_tenant() -> None:
    request = own.login(email="ada@example.com", password="correct horse")

    assert sent(request) == (
        "POST",
        "/api/auth/login",
        {"email": "ada@example.com", "password": "correct horse", "tenant": "acme"},
    )
    session = request.read_reply(answer(SESSION_JSON))
    assert session.token == "tns_s1_hush"
    assert session.expires_at == NOON
    assert session.tenant == TENANT
    assert session.user.email == "ada@example.com"
    assert session.sync is None
    assert sent(own.login(username="ada", password="p", tenant="beta"))[2] == {
        "username": "ada",
        "password": "p",
        "tenant": "beta",
    }
    assert sent(SignInRequests(nobody).login(username="ada", password="p"))[2] == {
        "username": "ada",
        "password": "p",
    }


def test_a_login_without_a_name_or_with_two_is_refused_before_it_is_sent() -> None:
    with pytest.raises(Invalid, match="email and username"):
        own.login(password="p")
    with pytest.raises(Invalid, match="email and username"):
        own.login(email="a@b", username="a", password="p")


def test_a_session_is_refreshed_and_ended() -> None:
    assert sent(own.refresh()) == ("POST", "/api/auth/refresh", {})
    assert sent(own.refresh(tenant="beta")) == ("POST", "/api/auth/refresh", {"tenant": "beta"})

    logout = own.logout()
    assert sent(logout) == ("POST", "/api/auth/logout", None)
    logout.read_reply(Reply(204, {}, b""))
    logout.read_reply(Reply(401, {}, b"{}"))
    with pytest.raises(Invalid):
        logout.read_reply(Reply(400, {}, b"{}"))


def test_me_is_a_principal_with_its_permissions() -> None:
    request = own.me()

    assert sent(request) == ("GET", "/api/auth/me", None)
    me = request.read_reply(answer(PRINCIPAL_JSON))
    assert (me.id, me.kind, me.role) == ("user:u1", "user", "editor")
    assert me.permissions == ("configs:read", "configs:write")
    assert me.tenant == TENANT
    assert [membership.tenant_id for membership in me.memberships] == ["acme"]

    root = request.read_reply(answer({"id": "root", "kind": "root", "permissions": ["*"]}))
    assert (root.tenant, root.user, root.memberships) == (None, None, ())


def test_a_user_changes_what_they_give() -> None:
    request = own.change_me(password="new", current_password="old")

    assert sent(request) == (
        "PATCH",
        "/api/auth/me",
        {"password": "new", "current_password": "old"},
    )
    assert request.read_reply(answer(USER_JSON)).id == "u1"


def test_the_audit_is_asked_by_actor_action_tenant_and_time() -> None:
    assert sent(audit.audit())[1] == "/api/audit?tenant=acme&limit=500"
    assert sent(AuditRequests(nobody).audit())[1] == "/api/audit?limit=500"
    newest = AuditRequests(nobody).audit(newest_first=True)
    assert sent(newest)[1] == "/api/audit?newest_first=true&limit=500"
    request = audit.audit(
        actor="user:u1",
        action="tenants.",
        since=NOON,
        until="2024-01-16T00:00:00+01:00",
        tenant="beta",
    )
    assert sent(request)[1] == (
        "/api/audit?actor=user%3Au1&tenant=beta&from=2024-01-15T12%3A00%3A00Z"
        "&to=2024-01-16T00%3A00%3A00%2B01%3A00&action=tenants.&limit=500"
    )

    page = request.read_reply(answer({"items": [AUDIT_JSON], "next_cursor": None}))
    assert page.items == (
        AuditEntry(
            position=7,
            at=NOON,
            tenant_id="acme",
            actor="user:u1",
            action="tenants.key_created",
            subject="key-k1",
            source="api",
            correlation_id="r1",
            details={"role": "viewer"},
        ),
    )


def test_a_time_without_an_offset_is_refused_before_it_is_sent() -> None:
    with pytest.raises(Invalid, match="offset"):
        audit.audit(since=NOON.replace(tzinfo=None))


def test_a_page_leads_to_the_next_under_the_same_conditions() -> None:
    request = tenants.list(status="active")
    assert sent(request)[1] == "/api/tenants?status=active&limit=500"

    page = request.read_reply(answer({"items": [TENANT_JSON], "next_cursor": "a=b"}))
    assert page.items == (TENANT,)
    assert page.next_request is not None
    assert sent(page.next_request)[1] == "/api/tenants?status=active&limit=500&cursor=a%3Db"
    last = page.next_request.read_reply(answer({"items": [], "next_cursor": None}))
    assert last == Page((), None)


def test_a_list_that_leads_to_itself_is_refused() -> None:
    listed = answer({"items": [], "next_cursor": "same"})
    following = users.list().read_reply(listed).next_request

    assert following is not None
    with pytest.raises(Unreachable, match="no end"):
        following.read_reply(listed)


@pytest.mark.parametrize("wrong", ["", "a/b", "../x", "a\nb", "\ud800"])
def test_an_id_that_would_be_another_route_is_refused_before_it_is_sent(wrong: str) -> None:
    for ask in (tenants.get, users.get, keys.revoke):
        with pytest.raises(Invalid, match="wants an id"):
            ask(wrong)
    assert sent(users.get(".."))[1] == "/api/tenants/acme/users/%2E%2E"


def test_a_tenant_that_nobody_names_is_asked_for() -> None:
    for ask in (UserRequests(nobody).list, KeyRequests(nobody).list):
        with pytest.raises(TenantUnknown, match="tenant"):
            ask()
    assert sent(UserRequests(nobody).list(tenant="beta"))[1].startswith("/api/tenants/beta/users?")


def test_what_a_newer_server_adds_is_left_unread() -> None:
    newer = {**MEMBER_JSON, "status": "away", "applications": [{"client_key": None, "since": 3}]}

    member = users.get("u1").read_reply(answer(newer))

    assert member.applications == (Application(client_key=None, roles=()),)


@pytest.mark.parametrize(
    "body", [b"", b"<h1>Hi</h1>", b"[]", b"{}", b'{"data":null}', b'{"data":{"id":3}}', b"\xff"]
)
def test_an_answer_of_something_else_is_unreachable(body: bytes) -> None:
    for request in (tenants.get("acme"), users.list(), own.me(), keys.get("k1")):
        with pytest.raises(Unreachable, match="not a Tenantry server's"):
            request.read_reply(Reply(200, {}, body))


REPEATABLE: list[Request[Any]] = [
    tenants.get("a"),
    tenants.list(),
    tenants.export("a"),
    tenants.suspend("a"),
    tenants.activate("a"),
    users.get("u"),
    users.list(),
    users.remove("u"),
    keys.get("k"),
    keys.list(),
    keys.revoke("k"),
    own.me(),
    own.logout(),
    audit.audit(),
]
SENT_ONCE: list[Request[Any]] = [
    tenants.create("a"),
    tenants.change("a"),
    tenants.erase("a", confirm="a"),
    users.add("a@b"),
    users.change("u"),
    keys.create("k", role="viewer"),
    own.login(email="a", password="p"),
    own.refresh(),
    own.change_me(),
]


def test_what_may_be_repeated() -> None:
    assert all(request.is_repeatable for request in REPEATABLE)
    assert not any(request.is_repeatable for request in SENT_ONCE)
