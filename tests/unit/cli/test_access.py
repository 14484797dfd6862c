"""What commands about tenants, users, keys and the audit ask a server, and what they print."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.command_line import CommandLine
from tests.support.scripted import Exchange, ScriptedServer, refusing

Serve = Callable[[dict[str, Any]], ScriptedServer]
Answer = Callable[..., None]

NOW = "2026-07-20T08:00:00.000000Z"
ACME = {"id": "acme", "name": "Acme", "status": "active", "created_at": NOW, "origins": []}
ADA: dict[str, Any] = {
    "id": "u1",
    "email": "Ada@Acme.example",
    "username": None,
    "first_name": "Ada",
    "last_name": "Lovelace",
    "role": "editor",
    "applications": [],
    "is_owned": True,
    "created_at": NOW,
}
KEY = {
    "id": "abcdefgh23456789"[:16],
    "tenant_id": "acme",
    "name": "ci",
    "role": "editor",
    "created_at": NOW,
    "created_by": "root",
    "expires_at": None,
    "last_used_at": None,
}
WHOLE_KEY = f"tnk_{KEY['id']}_{'s_cret-' * 6}"
ENTRY = {
    "position": 3,
    "at": NOW,
    "tenant_id": "acme",
    "actor": "root",
    "action": "tenants.key_created",
    "subject": f"key-{KEY['id']}",
    "source": "cli",
    "correlation_id": "c",
    "details": {},
}
ME = {"id": "user:u1", "kind": "user", "role": "admin", "tenant": ACME, "user": None}
ROOT = {"id": "root", "kind": "root", "role": "root", "tenant": None, "user": None}


def page(*items: Any, cursor: str | None = None) -> dict[str, Any]:
    return {"items": items, "next_cursor": cursor}


def body(exchange: Exchange) -> Any:
    return json.loads(exchange.body)


def rows(line: CommandLine) -> list[list[str]]:
    """Return the words of each line of a table, without its head."""
    return [shown.split() for shown in line.out.splitlines()[1:]]


# -- tenants


def test_a_tenant_is_created(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({"POST /api/tenants": ACME})
    origins = ["--origin", "https://a.example", "--origin", "https://b.example"]

    assert tenantry("tenants", "create", "acme", "--name", "Acme", *origins) == 0
    assert (tenantry.out, tenantry.err) == ("acme is created\n", "")
    assert tenantry.json("tenants", "create", "--name", "Acme") == ACME

    assert [body(seen) for seen in server.seen] == [
        {"id": "acme", "name": "Acme", "origins": ["https://a.example", "https://b.example"]},
        {"name": "Acme"},
    ]
    assert server.seen[0].headers["authorization"] == "Bearer t0ken"


def test_a_list_is_read_to_its_end(tenantry: CommandLine, serve: Serve) -> None:
    first, second = "GET /api/tenants?status=active&limit=500", "&cursor=a%2Fb"
    beta = {**ACME, "id": "beta", "name": "Beta"}
    serve({first: page(ACME, cursor="a/b"), first + second: page(beta)})

    assert tenantry("tenants", "list", "--status", "active") == 0
    assert rows(tenantry) == [["acme", "Acme", "active", NOW], ["beta", "Beta", "active", NOW]]
    assert tenantry.json("tenants", "list", "--status", "active") == page(ACME, beta) | {
        "items": [ACME, beta]
    }


def test_what_is_answered_is_the_one_document(tenantry: CommandLine, serve: Serve) -> None:
    serve({"GET /api/tenants/acme": {**ACME, "more": 1.50}})

    assert tenantry.json("tenants", "show", "acme") == {**ACME, "more": 1.5}
    assert tenantry("tenants", "show", "acme") == 0
    assert ["name", "Acme"] in rows(tenantry)


@pytest.mark.parametrize("tenant_id", ["a/b", "..", "a?b#c", "é"])
def test_an_id_is_one_segment_of_the_path(
    tenantry: CommandLine, serve: Serve, tenant_id: str
) -> None:
    server = serve({})

    assert tenantry("tenants", "show", tenant_id) == 1
    (seen,) = server.seen
    assert seen.target.startswith("/api/tenants/")
    assert seen.target.count("/") == 3
    assert "?" not in seen.target


def test_a_tenant_is_changed(tenantry: CommandLine, serve: Serve) -> None:
    suspended = {**ACME, "status": "suspended"}
    server = serve(
        {
            "PATCH /api/tenants/acme": {**ACME, "name": "Acme Ltd"},
            "POST /api/tenants/acme/suspend": suspended,
            "POST /api/tenants/acme/activate": ACME,
        }
    )

    assert tenantry("tenants", "rename", "acme", "Acme Ltd") == 0
    assert tenantry.out == "acme is called Acme Ltd\n"
    assert tenantry("tenants", "suspend", "acme", "--reason", "unpaid") == 0
    assert tenantry.out == "acme is suspended\n"
    assert tenantry.json("tenants", "suspend", "acme") == suspended
    assert tenantry("tenants", "activate", "acme") == 0
    assert tenantry.out == "acme is active\n"

    assert [body(seen) for seen in server.seen[:3]] == [
        {"name": "Acme Ltd"},
        {"reason": "unpaid"},
        {},
    ]


def test_origins_are_shown_or_replaced_as_a_whole(tenantry: CommandLine, serve: Serve) -> None:
    origins = ["https://a.example", "https://b.example"]
    server = serve(
        {
            "GET /api/tenants/acme": {**ACME, "origins": origins},
            "PATCH /api/tenants/acme": {**ACME, "origins": origins[:1]},
        }
    )

    assert tenantry("tenants", "origins", "acme") == 0
    assert tenantry.out.split() == origins
    assert tenantry("tenants", "origins", "acme", *origins) == 0
    assert tenantry("tenants", "origins", "acme", "--none") == 0
    assert tenantry("tenants", "origins", "acme", "--none", *origins) == 64

    assert [body(seen) for seen in server.seen[1:]] == [{"origins": origins}, {"origins": []}]


def test_a_tenant_is_erased_by_whoever_says_so(
    tenantry: CommandLine, serve: Serve, answer: Answer
) -> None:
    report = {"id": "acme", "users_erased": 3}
    server = serve({"DELETE /api/tenants/acme?confirm=acme": report})

    assert tenantry("tenants", "erase", "acme") == 64
    assert "--yes" in tenantry.err
    answer(line="n\n")
    assert tenantry("tenants", "erase", "acme") == 1
    assert tenantry.err.endswith("error: not confirmed: nothing was changed\n")
    assert server.seen == []

    answer(line="y\n")
    assert tenantry("tenants", "erase", "acme") == 0
    assert ["users_erased", "3"] in rows(tenantry)
    assert tenantry.json("tenants", "erase", "acme", "--yes") == report


def test_an_export_is_a_document_or_a_file_for_its_owner(
    tenantry: CommandLine, serve: Serve
) -> None:
    serve({"GET /api/tenants/acme/export": {"tenant": ACME, "settings": {"n": 2.50}}})

    assert tenantry("tenants", "export", "acme") == 0
    assert json.loads(tenantry.out)["tenant"] == ACME
    assert tenantry("tenants", "export", "acme", "--file", "acme.json") == 0
    assert tenantry.out == "all of acme is in acme.json\n"
    file = tenantry.cwd / "acme.json"
    assert json.loads(file.read_text())["settings"] == {"n": 2.5}
    assert file.stat().st_mode & 0o777 == 0o600
    told = tenantry.json("tenants", "export", "acme", "--file", "acme.json")
    assert told == {"file": "acme.json", "bytes": file.stat().st_size}
    assert [entry.name for entry in tenantry.cwd.iterdir()] == ["acme.json"]


# -- which tenant


def test_the_tenant_is_that_of_the_token_unless_another_is_named(
    tenantry: CommandLine, serve: Serve
) -> None:
    users = {f"GET /api/tenants/{each}/users?limit=500": page() for each in ("acme", "b", "%2A")}
    server = serve({"GET /api/auth/me": ME, **users})

    assert tenantry("users", "list") == 0
    assert [seen.target for seen in server.seen] == [
        "/api/auth/me",
        "/api/tenants/acme/users?limit=500",
    ]
    assert tenantry("users", "list", "--tenant", "b") == 0
    assert tenantry("users", "list", "--root") == 0
    assert len(server.seen) == 4


@pytest.mark.parametrize("command", [["users", "list"], ["keys", "list"], ["audit"]], ids=" ".join)
def test_root_has_to_name_a_tenant(tenantry: CommandLine, serve: Serve, command: list[str]) -> None:
    serve({"GET /api/auth/me": ROOT})

    assert tenantry(*command) == 64
    assert "root belongs to no tenant: name one with --tenant ID" in tenantry.err


# -- users


def test_a_user_is_created_with_a_password_that_is_piped(
    tenantry: CommandLine, serve: Serve, type_in: Callable[[bytes], None]
) -> None:
    server = serve({"POST /api/tenants/acme/users": ADA})
    command = ["users", "create", "ada@acme.example", "--tenant", "acme"]

    type_in("größer\r\nnext\n".encode())
    assert tenantry(*command, "--password-stdin", "--role", "editor", "--first-name", "Ada") == 0
    assert tenantry.out == "Ada@Acme.example is editor of acme, id u1\n"
    type_in(b"")
    assert tenantry.json(*command, "--username", "ada", "--last-name", "L") == ADA

    assert [body(seen) for seen in server.seen] == [
        {
            "email": "ada@acme.example",
            "first_name": "Ada",
            "password": "größer",
            "role": "editor",
        },
        {"email": "ada@acme.example", "username": "ada", "last_name": "L"},
    ]


def test_a_password_is_asked_for_twice_at_a_terminal(
    tenantry: CommandLine, serve: Serve, answer: Answer
) -> None:
    server = serve({"POST /api/tenants/acme/users": ADA})
    command = ["users", "create", "ada@acme.example", "--tenant", "acme"]

    answer("secr3t", "secr3t")
    assert tenantry(*command) == 0
    answer("secr3t", "s3cret")
    assert tenantry(*command, "--debug") == 1
    assert "not the same" in tenantry.err
    assert "s3cret" not in tenantry.err
    answer()
    assert tenantry(*command, "--no-password") == 0
    assert tenantry(*command, "--no-password", "--password-stdin") == 64

    assert [body(seen).get("password") for seen in server.seen] == ["secr3t", None]


def test_somebody_may_be_root(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({"POST /api/tenants/%2A/users": {**ADA, "role": "root"}})
    command = ["users", "create", "ada@acme.example", "--root"]

    assert tenantry(*command) == 0
    assert tenantry.out == "Ada@Acme.example is root of every tenant, id u1\n"
    assert tenantry(*command, "--role", "editor") == 64
    assert tenantry(*command, "--tenant", "acme") == 64
    assert [body(seen) for seen in server.seen] == [{"email": "ada@acme.example", "role": "root"}]


def test_users_are_listed(tenantry: CommandLine, serve: Serve) -> None:
    guest = {**ADA, "email": "g@x.example", "role": None, "first_name": None, "username": "guest"}
    serve({"GET /api/tenants/acme/users?limit=500": page(ADA, guest)})

    assert tenantry("users", "list", "--tenant", "acme") == 0
    assert rows(tenantry) == [
        ["Ada@Acme.example", "editor", "Ada", "Lovelace", "u1"],
        ["g@x.example", "none", "guest", "Lovelace", "u1"],
    ]


def test_a_user_is_named_by_id_or_by_e_mail(tenantry: CommandLine, serve: Serve) -> None:
    users = "/api/tenants/acme/users"
    serve(
        {
            f"GET {users}/u1": ADA,
            f"GET {users}/ada%40acme.example": ADA,
            f"PATCH {users}/u1": {**ADA, "role": None},
            f"DELETE {users}/u1": None,
        }
    )
    acme = ["--tenant", "acme"]

    assert tenantry.json("users", "show", "u1", *acme) == ADA
    assert tenantry.json("users", "show", "ada@acme.example", *acme) == ADA
    assert tenantry("users", "show", "eve@acme.example", *acme) == 1
    assert tenantry("users", "role", "ada@acme.example", "none", *acme) == 0
    assert tenantry.out == "Ada@Acme.example belongs to acme without a role, id u1\n"
    assert tenantry.json("users", "remove", "ada@acme.example", "--yes", *acme)["id"] == "u1"


@pytest.mark.parametrize("said, sent", [("none", None), ("admin", "admin")])
def test_a_role_is_given_and_taken(
    tenantry: CommandLine, serve: Serve, said: str, sent: str | None
) -> None:
    server = serve({"PATCH /api/tenants/acme/users/u1": {**ADA, "role": sent}})

    assert tenantry("users", "role", "u1", said, "--tenant", "acme") == 0
    assert [body(seen) for seen in server.seen] == [{"role": sent}]


def test_a_password_is_replaced(
    tenantry: CommandLine, serve: Serve, type_in: Callable[[bytes], None], answer: Answer
) -> None:
    server = serve({"PATCH /api/tenants/acme/users/u1": ADA})
    command = ["users", "passwd", "u1", "--tenant", "acme"]

    assert tenantry(*command) == 64
    assert "--password-stdin" in tenantry.err
    assert tenantry(*command, "--password-stdin") == 1
    type_in(b"caf\xe9 noir\n")
    assert tenantry(*command, "--password-stdin", "--debug") == 1
    assert "noir" not in tenantry.err
    type_in(b"n3w")
    assert tenantry(*command, "--password-stdin") == 0
    assert tenantry.out == "Ada@Acme.example has a new password\n"
    answer("n3wer", "n3wer")
    assert tenantry(*command) == 0

    assert [body(seen) for seen in server.seen] == [{"password": "n3w"}, {"password": "n3wer"}]


def test_a_user_is_removed_by_whoever_says_so(
    tenantry: CommandLine, serve: Serve, answer: Answer
) -> None:
    server = serve({"DELETE /api/tenants/acme/users/u1": None})
    command = ["users", "remove", "u1", "--tenant", "acme"]

    answer(line="\n")
    assert tenantry(*command) == 1
    assert server.seen == []
    assert tenantry(*command, "--yes") == 0
    assert tenantry.out == "u1 is removed from acme\n"
    assert tenantry.json(*command, "--yes") == {"id": "u1", "removed": True}


def test_what_is_no_text_is_refused_before_anybody_is_asked(
    tenantry: CommandLine, serve: Serve
) -> None:
    server = serve({})

    for command in (
        ["tenants", "create", "--name", "\udcff"],
        ["tenants", "show", "\udcff"],
        ["users", "create", "\udcff", "--tenant", "acme"],
        ["audit", "--all-tenants", "--actor", "\udcff"],
        ["users", "list", "--tenant", "é"],
    ):
        assert tenantry(*command) == 1, command
        assert tenantry.err.startswith("error: ")
        assert "bug" not in tenantry.err
    assert server.seen == []


# -- keys


def test_a_key_is_printed_alone_on_its_line(tenantry: CommandLine, serve: Serve) -> None:
    server = serve(
        {
            "POST /api/tenants/acme/keys": {**KEY, "key": WHOLE_KEY},
            "POST /api/tenants/%2A/keys": {**KEY, "key": WHOLE_KEY},
        }
    )
    command = ["keys", "create", "ci", "--role", "editor", "--tenant", "acme"]

    assert tenantry(*command, "--expires-in-days", "7") == 0
    assert tenantry.out == f"{WHOLE_KEY}\n"
    assert "only this once" in tenantry.err
    assert WHOLE_KEY not in tenantry.err
    assert tenantry.json(*command) == {**KEY, "key": WHOLE_KEY}
    assert tenantry("keys", "create", "ops", "--root") == 0

    assert [body(seen) for seen in server.seen] == [
        {"name": "ci", "role": "editor", "expires_in_days": 7},
        {"name": "ci", "role": "editor"},
        {"name": "ops", "role": "root"},
    ]


def test_keys_are_listed_and_revoked(tenantry: CommandLine, serve: Serve) -> None:
    path = f"/api/tenants/acme/keys/{KEY['id']}"
    server = serve(
        {
            "GET /api/tenants/acme/keys?limit=500": page(KEY, {**KEY, "expires_at": NOW}),
            f"DELETE {path}": None,
        }
    )
    revoke = ["keys", "revoke", "--tenant", "acme"]

    assert tenantry("keys", "list", "--tenant", "acme") == 0
    assert [row[-2:] for row in rows(tenantry)] == [["never", "never"], [NOW, "never"]]
    assert tenantry(*revoke, str(KEY["id"])) == 0
    assert tenantry.out == f"{KEY['id']} is revoked\n"
    assert tenantry.json(*revoke, WHOLE_KEY) == {"id": KEY["id"], "revoked": True}
    assert {seen.target for seen in server.seen[1:]} == {path}


def test_the_group_of_keys_has_what_both_features_put_there(tenantry: CommandLine) -> None:
    assert tenantry("keys", "--help") == 0
    for name in ("create", "list", "revoke", "status", "rotate-master"):
        assert f"\n  {name} " in tenantry.out


# -- audit


def test_the_audit_is_asked_as_one_wants_it(tenantry: CommandLine, serve: Serve) -> None:
    asked = (
        "GET /api/audit?tenant=acme&actor=key%3A1&to=2026-07-21T00%3A00%3A00%2B02%3A00"
        "&action=tenants.key_&from=2026-07-20T00%3A00%3A00Z&limit=500"
    )
    serve({asked: page(ENTRY), "GET /api/audit?limit=500": page(ENTRY, ENTRY)})
    options = ["--from", "2026-07-20T00:00:00Z", "--to", "2026-07-21T00:00:00+02:00"]
    options += ["--actor", "key:1", "--action", "tenants.key_"]

    assert tenantry("audit", *options, "--tenant", "acme") == 0
    assert rows(tenantry) == [[NOW, "root", "tenants.key_created", f"key-{KEY['id']}", "cli"]]
    assert tenantry("audit", "--all-tenants") == 0
    assert {row[-1] for row in rows(tenantry)} == {"acme"}
    assert tenantry.json("audit", "--all-tenants")["items"] == [ENTRY, ENTRY]
    assert tenantry("audit", "--all-tenants", "--tenant", "acme") == 64


def test_an_audit_that_is_cut_off_says_so(tenantry: CommandLine, serve: Serve) -> None:
    asked = "GET /api/audit?tenant=acme&limit="
    serve(
        {
            f"{asked}500": page(*[ENTRY] * 500, cursor="x"),
            f"{asked}2&cursor=x": page(ENTRY, ENTRY, cursor="y"),
        }
    )

    document = tenantry.json("audit", "--tenant", "acme", "--limit", "502")
    assert (len(document["items"]), document["next_cursor"]) == (502, "y")
    assert "there is more" in tenantry.err


# -- login


SESSION = {
    "token": f"tns_{KEY['id']}_secret",
    "expires_at": NOW,
    "user": ADA,
    "tenant": ACME,
    "sync": None,
}


def test_a_login_prints_the_token_alone(
    tenantry: CommandLine, serve: Serve, type_in: Callable[[bytes], None], answer: Answer
) -> None:
    server = serve({"POST /api/auth/login": SESSION})

    type_in(b"secr3t\n")
    login = ["login", "--email", "ada@acme.example"]
    assert tenantry(*login, "--password-stdin", "--tenant", "acme") == 0
    assert tenantry.out == f"{SESSION['token']}\n"
    assert tenantry.err == f"Ada@Acme.example is logged in to acme until {NOW}\n"
    answer("secr3t")
    assert tenantry.json("login", "--username", "ada") == SESSION

    assert [body(seen) for seen in server.seen] == [
        {"email": "ada@acme.example", "password": "secr3t", "tenant": "acme"},
        {"username": "ada", "password": "secr3t"},
    ]


def test_a_login_wants_to_know_who_and_by_which_password(
    tenantry: CommandLine, type_in: Callable[[bytes], None]
) -> None:
    type_in(b"secr3t\n")

    assert tenantry("login", "--password-stdin") == 64
    assert tenantry("login", "--email", "a@b", "--username", "a", "--password-stdin") == 64
    assert tenantry("login", "--email", "a@b") == 64


def test_a_login_that_is_refused_is_not_tried_again(
    tenantry: CommandLine, serve: Serve, type_in: Callable[[bytes], None]
) -> None:
    later = refusing(429, "rate_limited", "later", headers={"retry_after": "1"})
    server = serve({"POST /api/auth/login": later})
    type_in(b"secr3t\n")

    assert tenantry("login", "--email", "a@b", "--password-stdin", "--debug") == 1
    assert "secr3t" not in tenantry.err
    assert len(server.seen) == 1


def test_who_belongs_to_several_tenants_is_told_which(
    tenantry: CommandLine, serve: Serve, type_in: Callable[[bytes], None]
) -> None:
    refusal = refusing(400, "tenant_required", "which?", details={"tenants": ["acme", "beta"]})
    serve({"POST /api/auth/login": refusal})
    type_in(b"secr3t\n")

    assert tenantry("login", "--email", "a@b", "--password-stdin") == 1
    assert tenantry.err.splitlines() == [
        "error: which?",
        "  acme",
        "  beta",
        "hint: name one of them with --tenant",
    ]


def test_one_may_ask_who_one_is_and_leave(tenantry: CommandLine, serve: Serve) -> None:
    serve({"GET /api/auth/me": ME, "POST /api/auth/logout": None})

    assert tenantry.json("whoami") == ME
    assert tenantry("whoami") == 0
    assert ["tenant.id", "acme"] in rows(tenantry)
    assert tenantry("logout") == 0
    assert tenantry.out == "logged out\n"
    assert tenantry.json("logout") == {"logged_out": True}


# -- the token


@pytest.mark.parametrize("token", ["", "tnk_a_s3cret\n", "tnk_a_s3crét", "tnk_a s3cret"])
def test_a_token_that_no_header_can_carry_is_not_told(
    tenantry: CommandLine, serve: Serve, token: str
) -> None:
    server = serve({})
    tenantry.environ["TENANTRY_TOKEN"] = token

    assert tenantry("whoami", "--debug") == 1
    assert "s3cr" not in tenantry.err
    assert "TENANTRY_TOKEN" in tenantry.err
    assert tenantry("whoami", "--token", token) == 1
    assert "error: --token: " in tenantry.err
    assert server.seen == []
