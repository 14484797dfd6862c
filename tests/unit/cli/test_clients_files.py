"""What `clients validate`, `lint` and `import` say of files, without any server."""

import json
from typing import Any

import pytest

from tests.support.access_answers import Serve, body
from tests.support.client_answers import SHOP, SHOP_FILE, write_files
from tests.support.command_line import CommandLine

WRONG_FILE = """\
key: shop
name: Shop
routes: []
menus:
  - {key: main, entries: [{title: A, orinal: 1}]}
  - {key: side, entries: null}
"""
LINTED_FILE = """\
key: shop
applicationRoles: [USER]
routes:
  - {path: /, key: home, componentFqn: shop.Home@1.0.0, roles: [USER]}
menus:
  - {key: main, roles: [USER], entries: [{title: Gone, link: /gone, ordinal: 1}]}
"""
FINDING = {
    "code": "dead-link",
    "severity": "warning",
    "client": "shop",
    "path": "$.menus[0]",
    "message": "no route answers /x",
}


def test_a_valid_file_is_one_without_a_server(tenantry: CommandLine) -> None:
    write_files(tenantry, shop=SHOP_FILE)

    assert tenantry("clients", "validate", "clients") == 0
    assert tenantry.out == "clients/shop.yaml: shop is valid\n"
    assert tenantry.json("clients", "validate", "clients/shop.yaml") == {
        "valid": True,
        "clients": [{"key": "shop", "file": "clients/shop.yaml", "errors": []}],
    }
    assert not (tenantry.cwd / "data").exists()


def test_all_that_is_wrong_is_told_at_once(tenantry: CommandLine) -> None:
    write_files(tenantry, shop=WRONG_FILE)

    assert tenantry("clients", "validate", "clients") == 1
    assert tenantry.out == ""
    told = tenantry.err.splitlines()
    assert told[0].startswith("error: clients/shop.yaml $.menus[0].entries[0].orinal: ")
    assert "ordinal" in told[0]
    assert told[1].startswith("error: clients/shop.yaml $.menus[1].entries: ")
    assert told[-1] == "2 errors"

    document = tenantry.json("clients", "validate", "clients")
    assert document["valid"] is False
    assert len(document["clients"][0]["errors"]) == 2


def test_a_variable_that_is_not_set_is_wrong(tenantry: CommandLine) -> None:
    write_files(tenantry, shop="key: shop\nsiteUrl: ${HOST}\n")
    tenantry.environ["CLIENT_VARS"] = "HOST"

    assert tenantry("clients", "validate", "clients") == 1
    assert "HOST" in tenantry.err
    tenantry.environ["HOST"] = "x"
    assert tenantry("clients", "validate", "clients") == 0


def test_a_key_is_checked_by_the_server(tenantry: CommandLine, serve: Serve) -> None:
    view = {"key": "shop", "config": SHOP}
    checked = {"valid": True, "clients": [{"key": "shop", "file": "", "errors": []}]}
    server = serve({"GET /api/clients/shop": view, "POST /api/clients/validate": checked})

    assert tenantry("clients", "validate", "shop") == 0
    assert tenantry.out == "shop is valid\n"
    assert body(server.seen[1]) == {"configs": [SHOP]}


def test_findings_are_told_with_their_place_and_their_fix(tenantry: CommandLine) -> None:
    write_files(tenantry, shop=LINTED_FILE)

    assert tenantry("clients", "lint", "clients") == 1
    assert any(
        line.startswith("clients/shop.yaml: error dead-link $.menus[0].entries[0].link: ")
        for line in tenantry.out.splitlines()
    )
    found = tenantry.json("clients", "lint", "clients")
    assert {"code", "severity", "client", "path", "message"} <= set(found[0])
    assert {finding["client"] for finding in found} == {"shop"}


def test_components_of_the_other_files_are_registered(tenantry: CommandLine) -> None:
    component = "{nameSpace: shop, name: Home, version: 1.0.0}"
    write_files(tenantry, shop=LINTED_FILE, parts=f"key: parts\ncomponents: [{component}]\n")

    codes = [finding["code"] for finding in tenantry.json("clients", "lint", "clients")]

    assert "unregistered-fqn" not in codes
    assert "dead-link" in codes


def test_a_file_that_is_not_valid_is_linted_too(tenantry: CommandLine) -> None:
    write_files(tenantry, shop=WRONG_FILE)

    found = tenantry.json("clients", "lint", "clients")

    assert "unknown-field" in {finding["code"] for finding in found}


def test_placeholders_are_not_looked_up_to_find_what_is_wrong(tenantry: CommandLine) -> None:
    write_files(tenantry, shop=f"{LINTED_FILE}siteUrl: ${{NO_HOST}}\nemailApiKey: ${{NO_KEY}}\n")

    assert tenantry("clients", "lint", "clients") == 1
    assert "error dead-link " in tenantry.out
    assert tenantry.err.endswith("1 error, 3 warnings\n")


def test_programs_get_a_list_of_findings_as_they_are_told_everywhere(
    tenantry: CommandLine,
) -> None:
    write_files(tenantry, shop=LINTED_FILE)

    findings: Any = tenantry.json("clients", "lint", "clients")
    fields = {"code", "severity", "client", "path", "message"}
    assert {frozenset(finding) - {"fix"} for finding in findings} == {frozenset(fields)}


def test_two_files_of_one_client_are_found_and_looked_at_both(tenantry: CommandLine) -> None:
    write_files(tenantry, shop=LINTED_FILE, copy=LINTED_FILE)

    assert tenantry("clients", "lint", "clients") == 1
    twice = "error duplicate-key $.key: clients/copy.yaml declares shop too"
    assert f"clients/shop.yaml: {twice}" in tenantry.out.splitlines()
    assert tenantry.out.count("error dead-link ") == 2


@pytest.mark.parametrize("arguments", [("validate",), ("plan",), ("apply",), ("lint",), ("drift",)])
def test_a_file_that_is_not_there_is_told(
    tenantry: CommandLine, arguments: tuple[str, ...]
) -> None:
    assert tenantry("clients", *arguments, "clients/shop.yaml") == 1
    assert tenantry.out == ""
    assert "error: clients/shop.yaml: there is no such file or folder" in tenantry.err.splitlines()


def test_why_a_file_is_not_valid_is_found_too(tenantry: CommandLine) -> None:
    write_files(tenantry, shop="key: shop\nroutes: null\nemailApiKey: [s3cret]\nmenus: [{}]\n")

    findings: Any = tenantry.json("clients", "lint", "clients")
    assert tenantry.code == 1
    assert {(finding["code"], finding["path"]) for finding in findings} == {
        ("unknown-field", "$.emailApiKey"),
        ("unknown-field", "$.menus[0].key"),
        ("unknown-field", "$.routes"),
    }
    assert "s3cret" not in tenantry.out


def test_findings_are_sarif_where_that_is_asked_for(tenantry: CommandLine) -> None:
    write_files(tenantry, shop=LINTED_FILE)

    assert tenantry("clients", "lint", "clients", "-o", "sarif") == 1
    document = json.loads(tenantry.out)
    assert document["version"] == "2.1.0"
    assert "dead-link" in {each["ruleId"] for each in document["runs"][0]["results"]}
    assert tenantry("clients", "validate", "clients", "-o", "sarif") == 64


def test_a_key_is_linted_by_the_server(tenantry: CommandLine, serve: Serve) -> None:
    serve({"GET /api/clients/shop/lint": {"findings": [FINDING]}})

    assert tenantry("clients", "lint", "shop") == 0
    assert tenantry.out == "shop: warning dead-link $.menus[0]: no route answers /x\n"
    assert tenantry.json("clients", "lint", "shop") == [FINDING]


def test_nothing_found_is_said(tenantry: CommandLine, serve: Serve) -> None:
    serve({"GET /api/clients/shop/lint": {"findings": []}})

    assert tenantry("clients", "lint", "shop") == 0
    assert tenantry.out == "nothing found\n"


ORIGINAL: dict[str, Any] = {
    "key": "Shop",
    "name": "Shop",
    "siteUrl": "${HOST}",
    "routes": [
        {"id": "1", "path": "/", "key": "a", "componentFqn": "s.A@1.0.0", "roles": ["USER"]},
        {"path": "/b", "key": "a", "componentFqn": "s.B@1.0.0", "args": {"key": "k", "value": 1}},
    ],
}
IMPORT = ["clients", "import", "--from", "reactory"]


def test_an_original_becomes_a_file_that_is_valid_and_every_change_is_told(
    tenantry: CommandLine,
) -> None:
    tenantry.write("original.json", json.dumps(ORIGINAL))

    assert tenantry(*IMPORT, "original.json", "--out", "clients") == 0
    told = tenantry.out.splitlines()
    assert told[-1].startswith("shop is in clients/shop.yaml, with ")
    assert len(told) > 3
    assert all(line.startswith("original.json $.") for line in told[:-1])
    assert tenantry("clients", "validate", "clients") == 0

    document = tenantry.json(*IMPORT, "original.json", "--out", "other", "--form", "json")
    (client,) = document["clients"]
    assert (client["key"], client["files"]) == ("shop", ["other/shop.json"])
    assert len(client["changes"]) == len(told) - 1
    assert client["errors"] == []


def test_a_folder_of_originals_is_imported(tenantry: CommandLine) -> None:
    folder = tenantry.cwd / "originals"
    folder.mkdir()
    (folder / "shop.json").write_text(json.dumps(ORIGINAL))
    (folder / "two.json").write_text(json.dumps([{**ORIGINAL, "key": key} for key in "ab"]))

    assert tenantry(*IMPORT, "originals", "--out", "clients") == 0
    names = sorted(path.name for path in (tenantry.cwd / "clients").iterdir())
    assert names == ["a.yaml", "b.yaml", "shop.yaml"]


def test_an_original_that_cannot_be_read_stops_no_other(tenantry: CommandLine) -> None:
    tenantry.write("bad.json", "{")
    tenantry.write("nameless.json", '{"routes": []}')
    tenantry.write("original.json", json.dumps(ORIGINAL))
    files = ["bad.json", "nameless.json", "original.json"]

    assert tenantry(*IMPORT, *files, "--out", "clients") == 1
    assert "error: bad.json" in tenantry.err
    assert "error: nameless.json" in tenantry.err
    assert (tenantry.cwd / "clients/shop.yaml").exists()
    assert tenantry(*IMPORT, "original.json") == 64


def test_an_original_without_a_client_in_it_is_told(tenantry: CommandLine) -> None:
    tenantry.write("five.json", "5")
    tenantry.write("caps.json", '{"Key": "Shop", "Routes": []}')

    importing = ("clients", "import", "--from", "reactory", "--out", "clients")
    assert tenantry(*importing, "five.json", "caps.json", "gone.json") == 1
    assert tenantry.err.splitlines() == [
        "error: five.json: has no client in it",
        "error: gone.json: there is no such file or folder",
    ]
    assert tenantry.out.splitlines()[-1].startswith("shop is in clients/shop.yaml, with ")
