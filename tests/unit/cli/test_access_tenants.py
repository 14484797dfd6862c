"""What commands about tenants ask a server, and what they print."""

import json

import pytest

from tests.support.access_answers import ACME, ME, NOW, ROOT, Answer, Serve, body, page, rows
from tests.support.command_line import CommandLine


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
    beta = {**ACME, "id": "beta", "name": "Beta", "sandbox": True}
    serve({first: page(ACME, cursor="a/b"), first + second: page(beta)})

    assert tenantry("tenants", "list", "--status", "active") == 0
    assert rows(tenantry) == [
        ["acme", "Acme", "active", "no", NOW],
        ["beta", "Beta", "active", "yes", NOW],
    ]
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


def test_a_tenant_is_made_a_sandbox_or_none(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({"POST /api/tenants": ACME, "PATCH /api/tenants/acme": ACME})
    assert tenantry("tenants", "create", "acme", "--name", "Acme", "--sandbox") == 0
    assert tenantry("tenants", "mark", "acme", "--no-sandbox") == 0
    assert tenantry.out == "acme is no sandbox\n"

    marked = serve({"PATCH /api/tenants/acme": {**ACME, "sandbox": True}})
    assert tenantry("tenants", "mark", "acme", "--sandbox") == 0
    assert tenantry.out == "acme is a sandbox\n"

    assert [body(seen) for seen in server.seen + marked.seen] == [
        {"id": "acme", "name": "Acme", "sandbox": True},
        {"sandbox": False},
        {"sandbox": True},
    ]


def test_who_marks_a_tenant_says_as_what(tenantry: CommandLine, serve: Serve) -> None:
    server = serve({})

    assert tenantry("tenants", "mark", "acme") == 64
    assert "--sandbox" in tenantry.err
    assert server.seen == []


def test_a_tenant_of_a_server_that_knows_no_sandboxes_is_none(
    tenantry: CommandLine, serve: Serve
) -> None:
    older = {name: value for name, value in ACME.items() if name != "sandbox"}
    serve({"GET /api/tenants?limit=500": page(older)})

    assert tenantry("tenants", "list") == 0
    assert rows(tenantry) == [["acme", "Acme", "active", "no", NOW]]


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
