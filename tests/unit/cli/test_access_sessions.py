"""Who one is to a server, and the token that says so."""

import pytest

from tests.support.access_answers import ME, NOW, SESSION, Answer, Serve, TypeIn, body, rows
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
