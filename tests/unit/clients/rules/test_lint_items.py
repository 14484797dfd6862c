from typing import Any

import pytest

from tenantry.clients.rules.lint import lint
from tests.support.client_lint import found, linked, paths

CORE = {"nameSpace": "core", "name": "Login", "version": "1.0.0"}
PAGE = {"path": "/", "componentFqn": "core.Login@1.0.0"}


@pytest.mark.parametrize(
    "field, one, other, at",
    [
        ("routes", {"key": "a", "path": "/a"}, {"key": "a", "path": "/b"}, "key"),
        ("routes", {"path": "/a"}, {"path": "/a"}, "path"),
        ("routes", {"path": "/a"}, {"key": "/a", "path": "/b"}, "key"),
        ("menus", {"key": "Main"}, {"key": "main"}, "key"),
        ("components", CORE, {**CORE, "title": "x"}, "name"),
        ("users", {"email": "A@example.com"}, {"email": "a@example.com"}, "email"),
        ("settings", {"name": "a"}, {"name": "a"}, "name"),
        ("themes", {"name": "a"}, {"name": "a"}, "name"),
        ("plugins", {"id": "a"}, {"id": "a"}, "id"),
        ("auth_config", {"provider": "a"}, {"provider": "a"}, "provider"),
    ],
)
def test_an_item_that_is_known_by_the_same_is_a_duplicate(
    field: str, one: Any, other: Any, at: str
) -> None:
    assert paths("duplicate-key", **{field: [one, other]}) == [f"$.{field}[1].{at}"]
    assert paths("duplicate-key", **{field: [one]}) == []


@pytest.mark.parametrize(
    "field, one, other",
    [
        ("routes", {"key": "a", "path": "/a"}, {"key": "b", "path": "/a"}),
        ("routes", {"key": "a"}, {"key": "A"}),
        ("components", CORE, CORE | {"version": "1.0.1"}),
        ("settings", {"name": ""}, {"name": ""}),
        ("routes", {"key": 1}, {"key": 1}),
    ],
)
def test_an_item_that_is_known_by_something_else_is_none(field: str, one: Any, other: Any) -> None:
    assert paths("duplicate-key", **{field: [one, other]}) == []


def test_a_duplicate_is_told_with_a_key_that_is_free() -> None:
    keys = ("a", "a", "a-2", "a")
    findings = found("duplicate-key", routes=[{"key": key} for key in keys])

    assert [finding.fix for finding in findings] == ["a-3", "a-4"]


def test_the_email_address_of_a_duplicate_is_masked() -> None:
    (finding,) = found("duplicate-key", users=[{"email": "ann@example.com"}] * 2)

    assert finding.message == "a***@example.com is what $.users[0] is known by too"


def test_keys_of_entries_and_args_are_told_apart_too() -> None:
    entries = [{"key": "a"}, {"key": "b", "items": [{"key": "a"}, {"key": "a"}]}]
    args = [{"key": "x", "value": {"x": 1}}] * 2

    findings = found("duplicate-key", menus=linked(*entries), routes=[{"args": args}])

    assert [(finding.path, finding.fix) for finding in findings] == [
        ("$.menus[0].entries[1].items[1].key", "a-2"),
        ("$.routes[0].args[1].key", ""),
    ]


def test_an_ordinal_is_a_duplicate_on_its_level_alone() -> None:
    entries = [{"ordinal": 1, "items": [{"ordinal": 1}]}, {"ordinal": 1.0}, {"ordinal": 2}]
    (finding,) = found("duplicate-ordinal", menus=linked(*entries))

    assert (finding.path, finding.fix) == ("$.menus[0].entries[1].ordinal", "1.5")


@pytest.mark.parametrize("ordinal", [None, "1", True, float("nan"), float("inf"), 1e300])
def test_what_is_no_ordinal_is_no_duplicate(ordinal: Any) -> None:
    assert paths("duplicate-ordinal", menus=linked(*[{"ordinal": ordinal}] * 2)) == []
    assert paths("duplicate-ordinal", menus=linked({}, {}, {"ordinal": 0})) == []


@pytest.mark.parametrize(
    "fqn", ["core.Login", "core.Login@", "core.Login@latest", "core.Login@1", "core.Login@^1.0.0"]
)
def test_a_component_without_its_version_is_told(fqn: str) -> None:
    page = {"componentFqn": fqn}

    assert paths(
        "unversioned-fqn",
        routes=[page | {"header": page, "footer": page, "components": [page]}],
        settings=[page],
    ) == [
        "$.routes[0].componentFqn",
        "$.routes[0].components[0].componentFqn",
        "$.routes[0].footer.componentFqn",
        "$.routes[0].header.componentFqn",
        "$.settings[0].componentFqn",
    ]


@pytest.mark.parametrize("fqn", ["core.Login@1.0.0", "a-b.C@1.2.3-rc.1+7", "", "${X}", None])
def test_a_component_with_its_version_or_none_at_all_is_not(fqn: str | None) -> None:
    assert paths("unversioned-fqn", routes=[{"componentFqn": fqn}]) == []


def test_the_version_that_there_is_is_the_fix() -> None:
    bare, whole = {"componentFqn": "core.Login"}, {"componentFqn": "core.Login@1.0.0"}

    assert found("unversioned-fqn", routes=[bare], components=[CORE])[0].fix == "core.Login@1.0.0"
    assert found("unversioned-fqn", routes=[bare, whole])[0].fix == "core.Login@1.0.0"
    assert found("unversioned-fqn", routes=[bare])[0].fix == ""


def test_a_component_that_is_not_registered_is_an_error_at_every_place() -> None:
    pages = [PAGE, PAGE | {"componentFqn": "core.Other@1.0.0"}, PAGE]
    findings = found("unregistered-fqn", routes=pages, registered=["core.Other@1.0.0"])

    assert [finding.path for finding in findings] == [
        "$.routes[0].componentFqn",
        "$.routes[2].componentFqn",
    ]
    assert {finding.severity for finding in findings} == {"error"}


@pytest.mark.parametrize(
    "known",
    [
        {"components": [CORE]},
        {"registered": ["core.Login@1.0.0"]},
        {"externalComponents": ["core.*"]},
        {"externalComponents": ["core.Login"]},
        {"externalComponents": ["core.Log?n@1.*"]},
    ],
)
def test_a_component_is_registered_in_every_way_there_is(known: dict[str, Any]) -> None:
    assert paths("unregistered-fqn", routes=[PAGE, {"componentFqn": "core.Login"}], **known) == []


def test_without_a_register_each_component_is_one_warning() -> None:
    findings = found("unregistered-fqn", routes=[PAGE, PAGE], settings=[PAGE], components=[])

    assert [(each.path, each.severity) for each in findings] == [
        ("$.routes[0].componentFqn", "warning")
    ]


def test_another_version_that_is_registered_is_the_fix() -> None:
    other = CORE | {"version": "2.0.0"}

    assert found("unregistered-fqn", routes=[PAGE], components=[other])[0].fix == "core.Login@2.0.0"


@pytest.mark.parametrize(
    "args, at, fix",
    [
        (
            {"key": "mode", "value": {"mode": "new"}},
            "",
            '[{"key": "mode", "value": {"mode": "new"}}]',
        ),
        ({"slug": "x"}, "", '[{"key": "slug", "value": {"slug": "x"}}]'),
        (None, "", "[]"),
        ("x", "", "[]"),
        ([1], "[0]", ""),
        ([{"value": {}}], "[0]", ""),
        ([{"key": "a", "value": 1}], "[0].value", '{"type": "number", "a": 1}'),
        ([{"key": "a", "value": True}], "[0].value", '{"type": "bool", "a": true}'),
        (
            [{"key": "a", "value": {"type": "string", "b": "x"}}],
            "[0].value",
            '{"type": "string", "a": "x"}',
        ),
        ([{"key": "a", "value": {"b": 1, "c": 2}}], "[0].value", ""),
        ([{"key": "a"}], "[0].value", ""),
    ],
)
def test_args_of_another_shape_are_told_with_what_was_meant(args: Any, at: str, fix: str) -> None:
    (finding,) = found("args-shape", routes=[{"args": args}])

    assert (finding.path, finding.fix) == (f"$.routes[0].args{at}", fix)


def test_args_of_the_right_shape_are_not() -> None:
    args = [{"key": "a", "value": {"type": "string", "a": None}}, {"key": "b", "value": {"b": 1}}]

    assert paths("args-shape", routes=[{"args": args}, {"args": []}, {}]) == []


@pytest.mark.parametrize(
    "raw, path, fix",
    [
        ({"applicationRole": []}, "$.applicationRole", "applicationRoles"),
        ({"site-url": ""}, "$.site-url", "siteUrl"),
        ({"authConfig": []}, "$.authConfig", "auth_config"),
        ({"menus": linked({"orinal": 1})}, "$.menus[0].entries[0].orinal", "ordinal"),
        (
            {"menus": linked({"items": [{"Link": "/"}]})},
            "$.menus[0].entries[0].items[0].Link",
            "link",
        ),
        ({"routes": [{"component_fqn": ""}]}, "$.routes[0].component_fqn", "componentFqn"),
        ({"routes": [{"header": {"titel": ""}}]}, "$.routes[0].header.titel", "title"),
        ({"routes": [{"id": "0"}]}, "$.routes[0].id", "leave it out"),
        ({"auth_config": [{"properties": {}}]}, "$.auth_config[0].properties", "options"),
        ({"themes": [{"modes": [{"icno": ""}]}]}, "$.themes[0].modes[0].icno", "icon"),
        ({"routes": [{"a b": 1}]}, '$.routes[0]["a b"]', ""),
        ({1: 2}, '$["1"]', ""),
    ],
)
def test_an_unknown_field_is_told_with_the_one_that_was_meant(
    raw: dict[Any, Any], path: str, fix: str
) -> None:
    (finding,) = [each for each in lint(raw, client="acme") if each.code == "unknown-field"]

    assert (finding.path, finding.fix) == (path, fix)


@pytest.mark.parametrize(
    "raw",
    [
        {"routes": [{"componentProps": {"x": 1}, "background": {"y": 2}}]},
        {"themeOptions": {"x": {}}, "forms": [{"x": 1}], "organization": [{"x": 1}]},
        {"plugins": [{"id": "a"}], "featureFlags": [{"group": "a"}]},
    ],
)
def test_what_is_the_clients_own_business_is_not_unknown(raw: dict[str, Any]) -> None:
    assert paths("unknown-field", **raw) == []
