"""Who one is to a server, and the token that says so."""

import pytest

from tests.support.access_answers import ADA, ME, NOW, SESSION, Answer, Serve, TypeIn, body, rows
from tests.support.command_line import CommandLine
from tests.support.scripted import refusing


def test_a_login_prints_the_token_alone(
    tenantry: CommandLine, serve: Serve, type_in: TypeIn, answer: Answer
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


def test_a_session_takes_the_place_of_another_and_is_printed_as_a_login_is(
    tenantry: CommandLine, serve: Serve
) -> None:
    server = serve({"POST /api/auth/refresh": SESSION})

    assert tenantry("refresh") == 0
    assert tenantry.out == f"{SESSION['token']}\n"
    assert tenantry.err == f"Ada@Acme.example is logged in to acme until {NOW}\n"
    assert tenantry.json("refresh", "--tenant", "beta") == SESSION

    assert [body(seen) for seen in server.seen] == [{}, {"tenant": "beta"}]


def test_one_changes_what_one_is_called_and_shows_the_password_where_it_is_asked_for(
    tenantry: CommandLine, serve: Serve, type_in: TypeIn, answer: Answer
) -> None:
    server = serve({"PATCH /api/auth/me": ADA})

    assert tenantry("profile", "--first-name", "Ada", "--last-name", "King") == 0
    assert tenantry.out == "Ada@Acme.example is changed\n"
    type_in(b"pres3nt\nn3w\n")
    assert tenantry("profile", "--password", "--password-stdin") == 0
    answer("pres3nt")
    assert tenantry.json("profile", "--email", "ada@new.example") == ADA
    answer("pres3nt", "n3w", "n3w")
    assert tenantry("profile", "--password") == 0

    changed = {"current_password": "pres3nt", "password": "n3w"}
    assert [body(seen) for seen in server.seen] == [
        {"first_name": "Ada", "last_name": "King"},
        changed,
        {"email": "ada@new.example", "current_password": "pres3nt"},
        changed,
    ]


def test_a_profile_that_nothing_is_said_of_and_passwords_that_are_missing_are_wrong_usage(
    tenantry: CommandLine, serve: Serve, type_in: TypeIn, answer: Answer
) -> None:
    server = serve({"PATCH /api/auth/me": ADA})

    assert tenantry("profile") == 64
    type_in(b"")
    assert tenantry("profile", "--password") == 64
    type_in(b"pres3nt\n")
    assert tenantry("profile", "--password", "--password-stdin") == 1
    answer("pres3nt", "n3w", "other")
    assert tenantry("profile", "--password", "--debug") == 1
    assert "pres3nt" not in tenantry.err
    assert server.seen == []


def test_a_login_wants_to_know_who_and_by_which_password(
    tenantry: CommandLine, type_in: TypeIn
) -> None:
    type_in(b"secr3t\n")

    assert tenantry("login", "--password-stdin") == 64
    assert tenantry("login", "--email", "a@b", "--username", "a", "--password-stdin") == 64
    assert tenantry("login", "--email", "a@b") == 64


def test_a_login_that_is_refused_is_not_tried_again(
    tenantry: CommandLine, serve: Serve, type_in: TypeIn
) -> None:
    later = refusing(429, "rate_limited", "later", headers={"retry_after": "1"})
    server = serve({"POST /api/auth/login": later})
    type_in(b"secr3t\n")

    assert tenantry("login", "--email", "a@b", "--password-stdin", "--debug") == 1
    assert "secr3t" not in tenantry.err
    assert len(server.seen) == 1


def test_who_belongs_to_several_tenants_is_told_which(
    tenantry: CommandLine, serve: Serve, type_in: TypeIn
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
