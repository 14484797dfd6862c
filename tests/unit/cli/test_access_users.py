"""What commands about users ask a server, and what they print."""

import pytest

from tests.support.access_answers import ADA, Answer, Serve, TypeIn, body, page, rows
from tests.support.command_line import CommandLine


def test_a_user_is_created_with_a_password_that_is_piped(
    tenantry: CommandLine, serve: Serve, type_in: TypeIn
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
            f"GET {users}?email=ada%40acme.example&limit=500": page(ADA),
            f"GET {users}?email=eve%40acme.example&limit=500": page(),
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


def test_a_user_is_called_otherwise_and_gets_roles_in_front_ends(
    tenantry: CommandLine, serve: Serve
) -> None:
    server = serve({"PATCH /api/tenants/acme/users/u1": ADA})
    change = ["users", "change", "u1", "--tenant", "acme"]

    assert tenantry(*change, "--first-name", "Ada", "--email", "a@b.example") == 0
    assert tenantry.out == "Ada@Acme.example is changed\n"
    assert tenantry(*change, "--application", "shop=USER,ADMIN", "--application", "ANON") == 0
    assert tenantry(*change, "--no-applications") == 0
    for wrong in ([], ["--application", "=USER"], ["--application", "shop=USER,"]):
        assert tenantry(*change, *wrong) == 64
    assert tenantry(*change, "--application", "USER", "--no-applications") == 64

    assert [body(seen) for seen in server.seen] == [
        {"email": "a@b.example", "first_name": "Ada"},
        {
            "applications": [
                {"client_key": "shop", "roles": ["USER", "ADMIN"]},
                {"client_key": None, "roles": ["ANON"]},
            ]
        },
        {"applications": []},
    ]


@pytest.mark.parametrize("said, sent", [("none", None), ("admin", "admin")])
def test_a_role_is_given_and_taken(
    tenantry: CommandLine, serve: Serve, said: str, sent: str | None
) -> None:
    server = serve({"PATCH /api/tenants/acme/users/u1": {**ADA, "role": sent}})

    assert tenantry("users", "role", "u1", said, "--tenant", "acme") == 0
    assert [body(seen) for seen in server.seen] == [{"role": sent}]


def test_a_password_is_replaced(
    tenantry: CommandLine, serve: Serve, type_in: TypeIn, answer: Answer
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
