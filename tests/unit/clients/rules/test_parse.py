"""A declaration that is wrong is told all that is wrong with it, and nothing secret."""

from typing import Any

import pytest
from msgspec import UNSET

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import ItemError, ItemFailure
from tenantry.clients.rules import json_schema, parse, parse_leniently
from tenantry.clients.rules.checks import PASSWORD_CHARACTERS
from tenantry.tenants.model import LEAST_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS
from tests.support.clients import acme


def errors(raw: Any) -> tuple[ItemError, ...]:
    with pytest.raises(InvalidClient) as caught:
        parse(raw, origin="acme.yaml")
    return caught.value.errors


def messages(**fields: Any) -> dict[str, str]:
    return {error.path: error.message for error in errors(acme(**fields))}


def test_a_right_declaration_is_read() -> None:
    config = parse(acme())

    assert (config.key, config.name) == ("acme", "Acme")
    assert config.routes
    assert config.routes[0].roles == ("USER",)


def test_an_unknown_field_is_an_error_with_a_suggestion() -> None:
    # Q7
    menus = [{"key": "main", "entries": [{"title": "a", "items": [{"title": "b", "orinal": 1}]}]}]
    (error,) = errors(acme(menus=menus))

    assert error == ItemError(
        error_type="validation_failed",
        message="orinal: is no field of a menu entry; did you mean ordinal?",
        path="$.menus[0].entries[0].items[0].orinal",
        item_key="main",
        code="unknown-field",
        file="acme.yaml",
    )


@pytest.mark.parametrize(
    "name, meant",
    [
        ("feature_flags", "featureFlags"),
        ("authConfig", "auth_config"),
        ("route", "routes"),
        ("Whitelist", "whitelist"),
    ],
)
def test_a_field_in_another_spelling_is_suggested(name: str, meant: str) -> None:
    assert messages(**{name: []}) == {
        f"$.{name}": f"{name}: is no field of a client; did you mean {meant}?"
    }


def test_an_unknown_field_that_is_near_to_none_is_told_all_there_are() -> None:
    (message,) = messages(whitelist=[], settings=[{"name": "a", "zzzz": 1}]).values()

    assert message.startswith("zzzz: is no field of a setting, wants one of name, settingType, ")


def test_every_field_of_the_originals_is_kept() -> None:
    # Q7
    config = parse(
        acme(
            allowCustomTheme=True,
            themeOptions={"palette": {}},
            organization=[{"name": "Demo"}],
            auth_config=[{"provider": "microsoft", "options": {"clientID": "x"}}],
            settings=[{"name": "new_user_roles", "data": ["USER"], "roles": ["ADMIN"]}],
            featureFlags=[{"feature": "core.Forms@1.0.0", "group": "default"}],
            routes=[{"path": "/", "background": {}, "header": {"show": True}, "footer": None}],
        )
    )

    assert config.auth_config
    assert config.auth_config[0].options == {"clientID": "x"}
    assert config.settings
    assert config.settings[0].roles == ("ADMIN",)


def test_a_feature_flag_is_on_unless_it_says_otherwise() -> None:
    # Q8
    config = parse(acme(featureFlags=[{"feature": "core.Forms@1.0.0", "value": True}]))

    assert config.feature_flags
    assert config.feature_flags[0].enabled


def test_arguments_that_are_no_list_are_refused() -> None:
    # Q9
    assert messages(routes=[{"path": "/404", "args": {"key": "a", "value": 1}}]) == {
        "$.routes[0].args": "args: got a mapping, wants a list"
    }


@pytest.mark.parametrize("name", ["routes", "menus", "components", "users", "settings", "themes"])
def test_null_is_no_collection(name: str) -> None:
    # Q13
    assert messages(**{name: None}) == {
        f"$.{name}": f"{name}: got null, wants a list; leave it out to keep what is stored, "
        "[] for none"
    }


@pytest.mark.parametrize("name", ["name", "siteUrl", "organization", "themeOptions"])
def test_null_is_no_field_either(name: str) -> None:
    # Q13
    (message,) = messages(**{name: None}).values()

    assert message.endswith("; leave it out to keep what is stored")


def test_absent_and_empty_are_told_apart() -> None:
    # Q13
    config = parse({"key": "acme", "menus": []})

    assert config.menus == ()
    assert config.routes is UNSET
    assert config.name is UNSET


def test_what_is_missing_is_an_error_of_its_own_type() -> None:
    found = errors(acme(routes=[{"key": "home"}], components=[{"nameSpace": "", "name": "Home"}]))

    assert [(error.path, error.error_type) for error in found] == [
        ("$.components[0].nameSpace", "missing_fields"),
        ("$.components[0].version", "missing_fields"),
        ("$.routes[0].path", "missing_fields"),
    ]
    assert found[2].message == "path: is missing, and a route needs one"
    assert found[2].item_key == "home"


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = messages(
        email="nobody",
        routes=[{"path": "", "public": "yes"}, 5, {"path": "/a", "titel": "A"}, {"path": "/a"}],
        menus=[{"key": "Main"}, {"key": "main", "roles": None}],
    )

    assert found == {
        "$.email": 'email: got "nobody", wants an address such as ada@example.com',
        "$.menus[1]": 'menus[1]: got "main" twice, wants it once: it is menus[0] already',
        "$.menus[1].roles": "roles: got null, wants a list; leave it out, [] for none",
        "$.routes[0].path": "path: got an empty text, wants one that is not",
        "$.routes[0].public": 'public: got "yes", wants true or false',
        "$.routes[1]": "routes[1]: got a number, wants a mapping",
        "$.routes[2].titel": "titel: is no field of a route; did you mean title?",
        "$.routes[3]": 'routes[3]: got "/a" twice, wants it once: it is routes[2] already',
    }


def test_one_path_may_have_several_keys() -> None:
    routes = [
        {"key": "home", "path": "/", "roles": ["USER"]},
        {"key": "landing", "path": "/", "roles": ["ANON"]},
    ]

    assert parse(acme(routes=routes)).routes


@pytest.mark.parametrize(
    "name, items",
    [
        ("routes", [{"path": "/a"}, {"path": "/b", "key": "/a"}]),
        ("components", [{"nameSpace": "c", "name": "A", "version": "1"}] * 2),
        ("settings", [{"name": "a"}] * 2),
        ("auth_config", [{"provider": "a"}] * 2),
        ("themes", [{"name": "a"}] * 2),
        ("plugins", [{"id": "a"}] * 2),
    ],
)
def test_what_is_called_the_same_twice_is_refused(name: str, items: list[Any]) -> None:
    (error,) = errors(acme(**{name: items}))

    assert (error.path, error.code) == (f"$.{name}[1]", "duplicate-key")


def test_somebody_declared_twice_is_refused_without_being_named() -> None:
    user = {"firstName": "Ada", "lastName": "L", "roles": []}
    users = [{"email": "Ada@example.com", **user}, {"email": "ada@EXAMPLE.com", **user}]
    (error,) = errors(acme(users=users))

    assert error.message == "users[1]: got twice, wants it once: it is users[0] already"
    assert error.item_key == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"password": ["hunter2"]},
        {"password": 1237654},
        {"salt": {"hunter2": 1}},
        {"emailApiKey": 1237654},
        {"auth_config": [{"provider": "a", "options": 1237654}]},
        {"auth_config": "hunter2"},
        {"settings": [{"name": "a", "data": "hunter2", "secret": 1}, "hunter2"]},
        {"components": [{"nameSpace": "a", "name": "b", "version": "1", "author": 1237654}]},
        {"users": [{"email": "hunter2"}, {"email": 1237654}, {"roles": "hunter2"}, "hunter2"]},
    ],
)
def test_no_message_tells_a_secret(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidClient) as caught:
        parse(acme(**fields))

    assert "hunter2" not in f"{caught.value} {caught.value.details}"
    assert "1237654" not in f"{caught.value} {caught.value.details}"


def test_what_is_quoted_is_bounded() -> None:
    (message,) = messages(routes=[{"path": "/", "public": "x" * 10_000}]).values()

    assert len(message) < 150


def test_keys_are_in_lower_case() -> None:
    config = parse(acme(key="Acme", menus=[{"key": "Left-Nav"}]))

    assert config.key == "acme"
    assert config.menus
    assert config.menus[0].key == "left-nav"


@pytest.mark.parametrize("key", ["", "-a", "a b", "a" * 64, "${KEY}", "ü"])
def test_a_key_that_could_not_be_a_name_is_refused(key: str) -> None:
    assert [error.path for error in errors(acme(key=key))] == ["$.key"]


@pytest.mark.parametrize("fqn", ["core.Home", "core.Home@1.0.0", "", "reactory-x.Y@1.0.0-beta.1"])
def test_the_name_of_a_component_is_taken_loosely(fqn: str) -> None:
    config = parse(acme(routes=[{"path": "/", "componentFqn": fqn}]))

    assert config.routes
    assert config.routes[0].component_fqn == fqn


def test_the_name_of_a_component_has_no_blanks() -> None:
    assert list(messages(routes=[{"path": "/", "componentFqn": "core Home"}])) == [
        "$.routes[0].componentFqn"
    ]


def test_an_item_that_no_event_could_hold_is_refused() -> None:
    (error,) = errors(acme(routes=[{"path": "/", "componentProps": {"a": "x" * 300_000}}]))

    assert error.code == "too-large"
    assert "wants at most 204800" in error.message


@pytest.mark.parametrize("is_otherwise_right", [True, False])
def test_what_is_nested_too_deep_is_refused(is_otherwise_right: bool) -> None:  # noqa: FBT001 - a case
    deep: Any = []
    for _ in range(3_000):
        deep = [deep]
    name = "Acme" if is_otherwise_right else None
    routes = [{"path": "/", "componentProps": {"a": deep}}]
    found = {
        error.path: error.code
        for error in errors(acme(organization=deep, routes=routes, name=name))
    }

    assert found["$.organization"] == "too-deep"
    assert found["$.routes[0]"] == "too-deep"
    assert len(found) == 2 + (not is_otherwise_right)


@pytest.mark.parametrize("value", [object(), test_keys_are_in_lower_case, "\ud800"])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    (error,) = errors(acme(organization=value))

    assert error.code == "not-json"


@pytest.mark.parametrize("raw", [None, [], "acme", 5, {1: 2}])
def test_what_is_no_mapping_is_refused(raw: Any) -> None:
    (error,) = errors(raw)

    assert error.message == "the client: wants a mapping of its fields"


def test_the_error_names_file_and_client() -> None:
    with pytest.raises(InvalidClient, match=r"^acme\.yaml: \$\.nme: nme: is no field"):
        parse(acme(key="Acme", nme="x"), origin="acme.yaml")


def test_a_failing_item_is_left_out_and_the_rest_is_read() -> None:
    routes = [{"path": "/a"}, {"key": "b"}, {"path": "/c", "public": 1}, {"path": "/a"}]
    config, failures, found = parse_leniently(acme(routes=routes, menus=[{"key": "M", "x": 1}]))

    assert config.routes
    assert [route.path for route in config.routes] == ["/a"]
    assert config.menus == ()
    assert failures == (
        ItemFailure(kind="routes", identity="b", index=1),
        ItemFailure(kind="routes", identity="/c", index=2),
        ItemFailure(kind="routes", identity="/a", index=3),
        ItemFailure(kind="menus", identity="m", index=0),
    )
    assert [error.path for error in found] == [
        "$.menus[0].x",
        "$.routes[1].path",
        "$.routes[2].public",
        "$.routes[3]",
    ]


def test_a_failing_field_is_not_managed() -> None:
    config, failures, found = parse_leniently(
        acme(email=5, routes=None, nme=1, settings=[{"name": "a"}, {"nam": "b"}])
    )

    assert config.email is UNSET
    assert config.routes is UNSET
    assert config.settings is UNSET
    assert config.name == "Acme"
    assert failures == ()
    assert len(found) == 5


@pytest.mark.parametrize("raw", [{}, {"key": 5}, {"key": "a b"}, []])
def test_without_a_key_there_is_nothing_to_read(raw: Any) -> None:
    with pytest.raises(InvalidClient):
        parse_leniently(raw)


def test_the_schema_says_what_is_needed_and_that_nothing_else_is_there() -> None:
    route = json_schema()["$defs"]["Route"]

    assert route["required"] == ["path"]
    assert route["additionalProperties"] is False


def test_passwords_and_user_names_are_as_the_tenants_have_them() -> None:
    user = {"email": "ada@example.com", "firstName": "A", "lastName": "B", "roles": ["USER"]}
    found = messages(users=[{**user, "password": "s3cret", "username": "ada@example.com"}])

    assert found == {
        "$.users[0].password": "password: got 6 characters, wants 8 to 256",
        "$.users[0].username": (
            "username: got text, wants 1 to 100 characters without blanks, @, :, / and backslashes"
        ),
    }
    parse(acme(users=[{**user, "password": "${SECRET}", "username": "ada"}]))
    assert (PASSWORD_CHARACTERS[0], PASSWORD_CHARACTERS[-1]) == (
        LEAST_PASSWORD_CHARACTERS,
        MAX_PASSWORD_CHARACTERS,
    )
