import json
from pathlib import Path
from typing import Any

import pytest

from tenantry.clients.model import ClientConfig
from tenantry.clients.rules.lint import lint
from tests.support.client_lint import LOGIN, NOT_FOUND
from tests.support.repository import ROOT

HERE = Path(__file__).parent


def original(name: str) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((ROOT / f"tests/support/clients/{name}.json").read_bytes())
    return raw


@pytest.mark.parametrize("name", ["reactory", "towerstone"])
def test_in_a_real_configuration_it_finds_what_is_there_and_nothing_else(name: str) -> None:
    text = (HERE / f"expected_lint_{name}.txt").read_text(encoding="utf-8")
    expected = [line for line in text.splitlines() if line and not line.startswith("#")]

    findings = lint(original(name), client=name)

    assert sorted(f"{each.severity} {each.code} {each.path}" for each in findings) == sorted(
        expected
    )


def test_a_client_without_defects_has_no_findings() -> None:
    raw = {
        "key": "acme",
        "applicationRoles": ["ANON", "USER", "ADMIN"],
        "externalComponents": ["core.*"],
        "routes": [
            LOGIN,
            NOT_FOUND,
            {"key": "home", "path": "/", "roles": ["USER"], "componentFqn": "core.Home@1.0.0"},
            {"key": "welcome", "path": "/", "public": True, "roles": ["ANON"]},
        ],
        "menus": [
            {
                "key": "main",
                "roles": ["ANON", "USER"],
                "entries": [
                    {"title": "Home", "link": "/", "ordinal": 1},
                    {"title": "Log in", "link": "/login", "ordinal": 2, "roles": ["ANON"]},
                ],
            }
        ],
    }

    assert lint(raw, client="acme") == ()


def test_findings_are_in_the_order_of_the_document_with_client_and_file() -> None:
    raw = {"routes": [LOGIN, NOT_FOUND, *({"path": f"p{number}"} for number in range(9))]}

    findings = lint(raw, client="acme", file="acme.yaml")

    assert [each.path for each in findings] == [f"$.routes[{at}].path" for at in range(2, 11)]
    assert {(each.client, each.file) for each in findings} == {("acme", "acme.yaml")}


@pytest.mark.parametrize("value", [None, True, 7, "x", [], {}, [None], [[]], ["x"], [{}], {"x": 1}])
def test_no_value_of_any_field_makes_it_fail(value: Any) -> None:
    fields = ClientConfig.__struct_encode_fields__
    within = ("path", "key", "roles", "args", "entries", "items", "link", "ordinal", "data", "name")
    nested = dict.fromkeys(within, value)

    lint(dict.fromkeys(fields, value), client="acme")
    lint({field: [nested, nested] for field in fields}, client="acme")
    lint({"menus": [{"entries": [nested, {"items": [nested]}]}]}, client="acme")
    lint(value, client="acme")


def test_a_document_that_refers_to_itself_has_an_end() -> None:
    entry: dict[str, Any] = {"title": "a", "link": "/a", "args": []}
    entry["items"] = [entry, entry]
    route: dict[str, Any] = {"path": "/a"}
    route["args"] = {"key": route}

    assert lint({"menus": [{"entries": [entry]}], "routes": [route]}, client="acme")


def test_a_document_that_is_very_deep_is_read_to_its_end() -> None:
    entry: dict[str, Any] = {"title": "a", "link": "relative"}
    for _ in range(2_000):
        entry = {"title": "a", "items": [entry]}

    findings = lint({"menus": [{"entries": [entry]}]}, client="acme")

    assert [each.code for each in findings] == ["relative-path"]
