"""Tenants, users, keys, logins and the audit, beside a running server and without one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.access_lines import (
    ADA,
    ANOTHER,
    PASSWORD,
    TypeIn,
    act_as,
    create_acme,
    login,
)
from tests.support.command_line import CommandLine, environment, running_server
from tests.support.terminals import TerminalProcess


def test_a_key_opens_what_its_role_allows_until_it_is_revoked(
    tenantry: CommandLine, type_in: TypeIn
) -> None:
    create_acme(tenantry, type_in)
    assert tenantry("keys", "create", "ci", "--role", "editor", "--tenant", "acme") == 0
    key = tenantry.out.rstrip("\n")
    assert key.startswith("tnk_")
    assert key not in tenantry.err

    act_as(tenantry, key)
    me = tenantry.json("whoami")
    assert (me["kind"], me["role"], me["tenant"]["id"]) == ("key", "editor", "acme")
    assert tenantry("config", "set", "a", "1") == 0
    assert tenantry.json("config", "list") == [{"name": "a", "value": "1"}]
    assert tenantry("config", "list", "--tenant", "other") == 1
    assert tenantry("users", "list") == 1
    assert "users:read" in tenantry.err
    assert tenantry("logout") == 1
    assert "hint: " in tenantry.err

    act_as(tenantry, None)
    (listed,) = tenantry.json("keys", "list", "--tenant", "acme")["items"]
    assert (listed["name"], listed["role"], "key" in listed) == ("ci", "editor", False)
    assert tenantry("keys", "list", "--tenant", "acme") == 0
    assert key not in tenantry.out
    assert tenantry("keys", "revoke", key, "--tenant", "acme") == 0
    assert tenantry.out == f"{listed['id']} is revoked\n"
    assert tenantry("keys", "revoke", listed["id"], "--tenant", "acme") == 1
    assert tenantry("config", "get", "a", "--tenant", "acme") == 0

    act_as(tenantry, key)
    assert tenantry("config", "get", "a") == 1
    assert tenantry("whoami", "--debug") == 1
    assert "error: this token is not valid here\nhint: " in tenantry.err
    assert key not in tenantry.err


def test_somebody_logs_in_and_out(tenantry: CommandLine, type_in: TypeIn) -> None:
    create_acme(tenantry, type_in)
    token = login(tenantry, type_in, PASSWORD)
    assert token.startswith("tns_")
    assert tenantry.err.startswith(f"{ADA} is logged in to acme until ")

    act_as(tenantry, token)
    me = tenantry.json("whoami")
    assert (me["kind"], me["user"]["email"], me["tenant"]["id"]) == ("user", ADA, "acme")
    assert tenantry("whoami") == 0
    assert tenantry("users", "list") == 0
    assert tenantry.out.splitlines()[1].split()[:3] == [ADA, "admin", "Ada"]
    assert tenantry("logout") == 0
    assert tenantry("whoami") == 1

    act_as(tenantry, None)
    assert tenantry.json("whoami")["role"] == "root"
    assert login(tenantry, type_in, "wrong horse battery") == ""
    assert tenantry.code == 1


def test_who_shows_a_token_that_is_over_can_log_in_again(
    served: CommandLine, type_in: TypeIn
) -> None:
    create_acme(served, type_in)
    act_as(served, login(served, type_in, PASSWORD))
    served("logout")

    assert login(served, type_in, PASSWORD).startswith("tns_")


def test_a_new_password_is_in_the_place_of_the_old_one(
    tenantry: CommandLine, type_in: TypeIn
) -> None:
    create_acme(tenantry, type_in)
    token = login(tenantry, type_in, PASSWORD)

    type_in(f"{ANOTHER}\n")
    assert tenantry("users", "passwd", ADA.upper(), "--tenant", "acme", "--password-stdin") == 0
    assert tenantry.out == f"{ADA} has a new password\n"

    assert login(tenantry, type_in, PASSWORD) == ""
    assert login(tenantry, type_in, ANOTHER) != ""
    act_as(tenantry, token)
    assert tenantry("whoami") == 1


def test_a_password_is_asked_for_twice_and_not_shown(alone: CommandLine, type_in: TypeIn) -> None:
    create_acme(alone, type_in)

    passwd = ["users", "passwd", ADA, "--tenant", "acme"]
    with TerminalProcess(alone.cwd, *passwd) as terminal:
        terminal.wait_for("New password: ")
        assert not terminal.shows_what_is_typed()
        terminal.answer("New password: ", ANOTHER)
        terminal.answer("Once more: ", ANOTHER)
        assert terminal.wait() == 0
        assert ANOTHER not in terminal.read_to_end()
    with TerminalProcess(alone.cwd, "login", "--email", ADA) as terminal:
        terminal.answer("Password: ", ANOTHER)
        assert terminal.wait() == 0
        assert "\ntns_" in terminal.read_to_end()


def test_an_erasure_is_asked_about_and_takes_everything(
    tenantry: CommandLine, type_in: TypeIn
) -> None:
    create_acme(tenantry, type_in)
    tenantry("config", "set", "a", "1", "--tenant", "acme")

    with TerminalProcess(tenantry.cwd, "tenants", "erase", "acme") as terminal:
        terminal.answer("for ever? [y/N] ", "n")
        assert terminal.wait() == 1
    assert tenantry("tenants", "show", "acme") == 0

    assert tenantry("tenants", "erase", "acme") == 64
    report = tenantry.json("tenants", "erase", "acme", "--yes")
    assert (report["id"], report["users_erased"]) == ("acme", 1)
    assert tenantry("tenants", "show", "acme") == 1
    assert tenantry("tenants", "create", "acme", "--name", "Again") == 1
    assert login(tenantry, type_in, PASSWORD) == ""
    assert tenantry.json("tenants", "list")["items"] == []
    assert tenantry("log", "verify") == 0


def test_a_tenant_that_is_suspended_stands_still_until_it_is_activated(
    tenantry: CommandLine, type_in: TypeIn
) -> None:
    create_acme(tenantry, type_in)
    token = login(tenantry, type_in, PASSWORD)

    for _ in ("at first", "again"):
        assert tenantry("tenants", "suspend", "acme", "--reason", "unpaid") == 0
        assert tenantry.out == "acme is suspended\n"
    assert login(tenantry, type_in, PASSWORD) == ""
    act_as(tenantry, token)
    assert tenantry("config", "list") == 1

    act_as(tenantry, None)
    assert tenantry.json("tenants", "list", "--status", "active")["items"] == []
    assert tenantry("tenants", "activate", "acme") == 0
    act_as(tenantry, token)
    assert tenantry("config", "list") == 0


def test_a_tenant_is_changed_and_exported(tenantry: CommandLine, type_in: TypeIn) -> None:
    create_acme(tenantry, type_in)
    origins = ["https://a.example", "https://b.example:8443"]

    assert tenantry("tenants", "rename", "acme", "Acme Ltd") == 0
    assert tenantry("tenants", "origins", "acme", *origins) == 0
    assert tenantry("tenants", "origins", "acme") == 0
    assert tenantry.out.split() == origins
    tenant = tenantry.json("tenants", "show", "acme")
    assert (tenant["name"], tenant["origins"]) == ("Acme Ltd", origins)

    tenantry("config", "set", "n", "2.50", "--json", "--tenant", "acme")
    tenantry("config", "set", "pw", "hunter2", "--secret", "--tenant", "acme")
    assert tenantry("tenants", "export", "acme", "--file", "acme.json") == 0
    exported = json.loads((tenantry.cwd / "acme.json").read_text())
    assert exported["tenant"] == tenant
    assert [member["email"] for member in exported["members"]] == [ADA]
    assert exported["settings"] == {"n": 2.5, "pw": "[secret]"}
    assert tenantry("tenants", "export", "acme") == 0
    assert PASSWORD not in tenantry.out
    assert "hunter2" not in tenantry.out

    assert tenantry("tenants", "origins", "acme", "--none") == 0
    assert tenantry("tenants", "mark", "acme", "--sandbox") == 0
    tenant = tenantry.json("tenants", "show", "acme")
    assert (tenant["origins"], tenant["sandbox"]) == ([], True)


def test_a_user_gets_another_role_and_is_removed(tenantry: CommandLine, type_in: TypeIn) -> None:
    create_acme(tenantry, type_in, role="viewer")
    act_as(tenantry, login(tenantry, type_in, PASSWORD))
    assert tenantry("config", "set", "a", "1") == 1

    acme = ["--tenant", "acme"]
    token = tenantry.environ["TENANTRY_TOKEN"]
    act_as(tenantry, None)
    assert tenantry("users", "role", ADA, "editor", *acme) == 0
    assert tenantry.out.startswith(f"{ADA} is editor of acme, id ")
    act_as(tenantry, token)
    assert tenantry("config", "set", "a", "1") == 0

    act_as(tenantry, None)
    assert tenantry.json("users", "role", ADA, "none", *acme)["role"] is None
    user_id = tenantry.json("users", "show", ADA, *acme)["id"]
    assert tenantry("users", "remove", ADA, *acme) == 64
    assert tenantry.json("users", "remove", user_id, *acme, "--yes") == {
        "id": user_id,
        "removed": True,
    }
    assert tenantry("users", "show", user_id, *acme) == 1
    assert tenantry("users", "show", ADA, *acme) == 1
    act_as(tenantry, token)
    assert tenantry("whoami") == 1


def test_who_is_in_several_tenants_names_one_and_keeps_their_password(
    tenantry: CommandLine, type_in: TypeIn
) -> None:
    create_acme(tenantry, type_in)
    tenantry("tenants", "create", "beta", "--name", "Beta")
    create = ["users", "create", ADA, "--tenant", "beta", "--role", "viewer"]

    type_in(f"{ANOTHER}\n")
    assert tenantry(*create, "--password-stdin") == 1
    assert "hint: " in tenantry.err
    assert tenantry(*create) == 0

    assert login(tenantry, type_in, PASSWORD) == ""
    assert tenantry.err.splitlines()[1:] == [
        "  acme",
        "  beta",
        "hint: name one of them with --tenant",
    ]
    act_as(tenantry, login(tenantry, type_in, PASSWORD, "--tenant", "beta"))
    assert tenantry.json("whoami")["role"] == "viewer"
    assert tenantry("users", "passwd", ADA) == 64


def test_root_may_be_a_person_or_a_key(tenantry: CommandLine, type_in: TypeIn) -> None:
    type_in(f"{PASSWORD}\n")
    assert tenantry("users", "create", ADA, "--root", "--password-stdin") == 0
    token = login(tenantry, type_in, PASSWORD)
    assert " to every tenant until " in tenantry.err
    key = tenantry.json("keys", "create", "operations", "--root", "--expires-in-days", "1")

    for each in (token, key["key"]):
        act_as(tenantry, each)
        assert tenantry.json("whoami")["role"] == "root"
        assert tenantry("tenants", "list") == 0
        assert tenantry("users", "list") == 64
        assert "--tenant" in tenantry.err
        assert tenantry("users", "list", "--root") == 0
        assert ADA in tenantry.out

    assert tenantry("keys", "revoke", key["id"], "--root") == 0
    assert tenantry("whoami") == 1


def test_an_admin_does_what_concerns_their_tenant_and_nothing_else(
    tenantry: CommandLine, type_in: TypeIn
) -> None:
    create_acme(tenantry, type_in)
    tenantry("tenants", "create", "beta", "--name", "Beta")
    act_as(tenantry, login(tenantry, type_in, PASSWORD))

    type_in("")
    assert tenantry("users", "create", "bob@acme.example", "--role", "editor") == 0
    assert tenantry("keys", "create", "ci", "--role", "viewer") == 0
    assert tenantry("audit") == 0
    assert [each["id"] for each in tenantry.json("tenants", "list")["items"]] == ["acme"]
    for command in (
        ["tenants", "create", "gamma", "--name", "Gamma"],
        ["tenants", "show", "beta"],
        ["tenants", "suspend", "acme"],
        ["tenants", "erase", "acme", "--yes"],
        ["users", "list", "--tenant", "beta"],
        ["users", "list", "--root"],
        ["keys", "create", "all", "--root"],
        ["audit", "--tenant", "beta"],
    ):
        assert tenantry(*command) == 1, command
    audited = tenantry.json("audit", "--all-tenants")["items"]
    assert {entry["tenant_id"] for entry in audited} == {"acme"}


def test_the_audit_lists_all_that_was_done_and_nobodys_name(
    tenantry: CommandLine, type_in: TypeIn
) -> None:
    create_acme(tenantry, type_in)
    key = tenantry.json("keys", "create", "ci", "--role", "editor", "--tenant", "acme")
    act_as(tenantry, key["key"])
    tenantry("config", "set", "a", "1")
    act_as(tenantry, None)
    tenantry("keys", "revoke", key["id"], "--tenant", "acme")
    tenantry("tenants", "suspend", "acme")
    tenantry("tenants", "create", "beta", "--name", "Beta")

    entries = tenantry.json("audit", "--tenant", "acme")["items"]
    assert [entry["action"] for entry in entries] == [
        "tenants.tenant_created",
        "tenants.member_set",
        "tenants.key_created",
        "configs.value_set",
        "tenants.key_revoked",
        "tenants.tenant_suspended",
    ]
    assert [entry["actor"] for entry in entries if entry["actor"] != "root"] == [f"key:{key['id']}"]
    assert ADA not in tenantry.out

    def actions(*options: str) -> list[str]:
        page = tenantry.json("audit", "--tenant", "acme", *options)
        return [entry["action"] for entry in page["items"]]

    assert actions("--action", "tenants.key_") == ["tenants.key_created", "tenants.key_revoked"]
    assert actions("--actor", f"key:{key['id']}") == ["configs.value_set"]
    assert actions("--from", entries[4]["at"]) == [entry["action"] for entry in entries[4:]]
    assert actions("--limit", "2") == [entry["action"] for entry in entries[:2]]
    assert "there is more" in tenantry.err
    assert len(tenantry.json("audit", "--all-tenants", "--action", "tenants.tenant_")["items"]) == 3
    assert tenantry("audit", "--tenant", "acme", "--from", "yesterday") == 1
    assert tenantry("audit", "--all-tenants") == 0
    assert "beta" in tenantry.out


def test_a_list_longer_than_a_page_is_read_to_its_end(
    served: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.terminal.pages._LONGEST_PAGE", 2)
    for number in range(5):
        served("tenants", "create", f"t{number}", "--name", "x")

    listed = served.json("tenants", "list")

    assert [each["id"] for each in listed["items"]] == [f"t{number}" for number in range(5)]
    assert listed["next_cursor"] is None
    assert len(served.json("audit", "--all-tenants", "--action", "tenants.")["items"]) >= 5


def test_a_server_elsewhere_is_addressed_with_a_token(
    alone: CommandLine, type_in: TypeIn, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with running_server(elsewhere) as record:
        there = ["--server", record.address]
        alone.environ["TENANTRY_TOKEN"] = record.token
        assert alone("tenants", "create", "acme", "--name", "Acme", *there) == 0
        type_in(f"{PASSWORD}\n")
        create = ["users", "create", ADA, "--role", "admin", "--tenant", "acme"]
        assert alone(*create, "--password-stdin", *there) == 0

        alone.environ.clear()
        token = login(alone, type_in, PASSWORD, *there)
        assert alone("whoami", *there) == 1
        assert alone("whoami", "--token", token, *there) == 0


def test_access_is_managed_on_either_database(
    alone: CommandLine, type_in: TypeIn, database_url: str
) -> None:
    alone.environ["DATABASE_URL"] = database_url
    create_acme(alone, type_in)

    act_as(alone, login(alone, type_in, PASSWORD))
    assert alone("config", "set", "a", "1") == 0
    assert alone("keys", "create", "ci", "--role", "viewer") == 0
    assert len(alone.json("audit")["items"]) == 4
    act_as(alone, None)
    assert alone("tenants", "erase", "acme", "--yes") == 0


def test_a_shell_keeps_what_is_printed_in_a_variable(served: CommandLine) -> None:
    served("tenants", "create", "acme", "--name", "Acme")
    program = f"{sys.executable} -m tenantry"
    script = (
        f"KEY=$({program} keys create ci --role editor --tenant acme)\n"
        f'TENANTRY_TOKEN="$KEY" {program} whoami -o json'
    )

    done = subprocess.run(
        ["sh", "-ec", script], cwd=served.cwd, env=environment(), capture_output=True, check=True
    )

    assert json.loads(done.stdout)["kind"] == "key"
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize(
    "command",
    [
        ["tenants", "create", "acme", "--name", "Acme"],
        ["tenants", "create", "--name", "Acme"],
        ["tenants", "list"],
        ["tenants", "show", "acme"],
        ["tenants", "show", "nowhere"],
        ["tenants", "rename", "acme", "Acme Ltd"],
        ["tenants", "origins", "acme"],
        ["tenants", "origins", "acme", "nonsense"],
        ["tenants", "mark", "acme", "--no-sandbox"],
        ["tenants", "suspend", "acme"],
        ["tenants", "activate", "acme"],
        ["tenants", "export", "acme"],
        ["tenants", "export", "acme", "--file", "acme.json"],
        ["tenants", "erase", "acme"],
        ["tenants", "erase", "nowhere", "--yes"],
        ["users", "create", "new@acme.example", "--tenant", "acme"],
        ["users", "create", "nonsense", "--tenant", "acme"],
        ["users", "list", "--tenant", "acme"],
        ["users", "list"],
        ["users", "show", "nobody@acme.example", "--tenant", "acme"],
        ["users", "passwd", "nobody@acme.example", "--tenant", "acme"],
        ["keys", "create", "ci", "--role", "editor", "--tenant", "acme"],
        ["keys", "create", "ci", "--role", "nonsense", "--tenant", "acme"],
        ["keys", "list", "--tenant", "acme"],
        ["keys", "revoke", "nonsense", "--tenant", "acme"],
        ["keys", "status"],
        ["audit", "--all-tenants", "--limit", "1"],
        ["audit", "--all-tenants", "--to", "nonsense"],
        ["login"],
        ["logout"],
        ["whoami"],
    ],
    ids=" ".join,
)
def test_a_program_gets_exactly_one_document(
    served_directory: Path, capsys: pytest.CaptureFixture[str], command: list[str], form: str
) -> None:
    tenantry = CommandLine(served_directory, capsys)
    tenantry("tenants", "create", "acme", "--name", "Acme")

    tenantry(*command, "-o", form)

    out = tenantry.out
    documents = [json.loads(out)] if form == "json" else [*yaml.safe_load_all(out)]
    assert len(documents) == 1
    assert "bug" not in tenantry.err
