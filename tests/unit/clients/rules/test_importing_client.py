"""An original as a whole, its users and its secrets, and what an import makes of them."""

from typing import Any

import msgspec
import pytest

from tenantry.clients.errors import InvalidClient
from tenantry.clients.rules import imported, originals_in
from tests.support.client_imports import of, paths

HASH = "0a" * 64
SALT = "0a" * 16
SEALED = "sealed:" + "0a" * 32


@pytest.mark.parametrize(
    "raw, key",
    [
        ({"key": "Lasec CRM", "name": "x"}, "lasec-crm"),
        ({"key": " acme "}, "acme"),
        ({"key": 5}, "5"),
        ({"username": "acme"}, "acme"),
        ({"key": "", "name": "Acme & Co"}, "acme-co"),
        ({"key": "_", "name": "a" * 100}, "a" * 63),
    ],
)
def test_a_client_has_a_key_that_it_may_have(raw: dict[str, Any], key: str) -> None:
    result = imported(raw)

    assert result.config["key"] == key
    assert "$.key" in paths(result)


@pytest.mark.parametrize(
    "raw",
    [
        {"default": {"key": "acme", "routes": []}},
        {"default": {"default": {"key": "acme", "routes": []}}},
        {"acme": {"key": "acme", "routes": []}},
        {"default": [{"key": "acme", "routes": []}]},
        {"clients": [{"key": "acme", "routes": []}], "version": 1},
        {"default": {"key": "acme", "routes": []}, "routes": [{"path": "/"}]},
    ],
)
def test_a_client_is_found_in_what_is_around_it(raw: dict[str, Any]) -> None:
    result = imported(raw)

    assert result.config == {"key": "acme", "routes": []}
    told = paths(result)
    assert all(f"$.{name}" in told for name in raw)


def test_several_clients_are_told_apart_and_imported_one_by_one() -> None:
    first, second = {"key": "a", "routes": []}, {"key": "b", "routes": []}

    assert originals_in([first, second]) == (first, second)
    assert originals_in({"default": [first, second]}) == (first, second)
    assert originals_in({"a": first, "b": second}) == (first, second)
    assert originals_in(first) == (first,)
    assert originals_in("x") == ()
    with pytest.raises(InvalidClient, match="got 2 clients in one"):
        imported({"default": [first, second]})


@pytest.mark.parametrize(
    "raw, reason",
    [
        ({}, "got nothing of what a client has"),
        ({"foo": 1, "bar": {"a": 2}}, "got nothing of what a client has"),
        ({"routes": [{"path": "/"}]}, "got none, wants the key of the client"),
        ({"key": "!", "name": "?"}, "got none, wants the key of the client"),
    ],
)
def test_what_is_no_client_is_refused_with_the_reason(raw: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidClient, match=reason) as caught:
        imported(raw)

    assert caught.value.errors


def test_what_is_nested_too_deep_is_refused() -> None:
    value: Any = 1
    for _ in range(2000):
        value = [value]

    with pytest.raises(InvalidClient, match="got more than 100 levels"):
        imported({"key": "acme", "organization": value})


def test_the_fields_are_in_the_order_of_the_documentation() -> None:
    config = of(routes=[{"title": "A", "path": "/", "key": "a"}], name="Acme").config

    assert list(config) == ["key", "name", "routes"]
    assert list(config["routes"][0]) == ["path", "key", "title"]


def test_a_user_without_a_role_is_a_user_and_one_without_a_name_is_left_out() -> None:
    ada = {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}
    result = of(
        users=[
            ada,
            {**ada, "email": "ADA@example.com", "roles": ["ADMIN"]},
            {**ada, "email": "b@example.com", "firstName": ""},
            {**ada, "email": "${ADMIN_EMAIL}", "roles": ["ADMIN"]},
            "somebody@example.com",
        ]
    )

    assert result.config["users"] == [{**ada, "roles": ["USER"]}]
    assert sorted(paths(result)) == [
        "$.users[0].roles",
        "$.users[1]",
        "$.users[2]",
        "$.users[3]",
        "$.users[4]",
    ]
    shown = msgspec.json.encode(result.changes)
    assert b"example.com" not in shown
    assert b"Ada" not in shown


def test_what_nobody_can_log_in_with_is_left_out_and_not_shown() -> None:
    user = {"email": "a@example.com", "firstName": "A", "lastName": "B", "roles": ["USER"]}
    result = of(password=HASH, salt=SALT, users=[{**user, "password": HASH, "salt": SALT}])

    assert result.config == {"key": "acme", "users": [user]}
    assert sorted(paths(result)) == [
        "$.password",
        "$.salt",
        "$.users[0].password",
        "$.users[0].salt",
    ]
    assert b"0a0a" not in msgspec.json.encode(result.changes)


def test_what_nobody_may_have_is_left_out_and_not_shown() -> None:
    user = {"email": "a@example.com", "firstName": "A", "lastName": "B", "roles": ["USER"]}
    result = of(users=[{**user, "password": "s3cret", "username": "a@example.com"}])

    assert result.config == {"key": "acme", "users": [user]}
    assert sorted(paths(result)) == ["$.users[0].password", "$.users[0].username"]
    shown = msgspec.json.encode(result.changes)
    assert b"s3cret" not in shown
    assert b"a@example.com" not in shown


def test_a_wish_for_a_password_is_none() -> None:
    assert of(password="generate", salt="generate").config == {"key": "acme"}


def test_what_is_sealed_already_stays() -> None:
    fields = {"password": SEALED, "salt": SEALED, "emailApiKey": SEALED}

    assert of(**fields).config == {"key": "acme", **fields}


@pytest.mark.parametrize(
    "setting, is_sealed",
    [
        ({"data": {"password": "x"}}, True),
        ({"data": {"smtp": [{"apiKey": "x"}]}}, True),
        ({"data": {"url": "mongodb://ada:x@localhost/db"}}, True),
        ({"componentFqn": "core.MongoConnectionForm@1.0.0", "data": {"host": "x"}}, True),
        ({"settingType": "connection", "data": {"password": "x"}}, False),
        ({"data": {"password": ""}}, False),
        ({"data": {"partner_keys": ["a"], "tokenEndpoint": "x"}}, False),
        ({"data": {"password": "x"}, "secret": False}, False),
    ],
)
def test_a_setting_with_a_secret_is_sealed(setting: dict[str, Any], is_sealed: bool) -> None:  # noqa: FBT001
    result = of(settings=[{"name": "s", **setting}])

    assert (result.config["settings"][0].get("secret") is True) == is_sealed
    assert paths(result) == (["$.settings[0].secret"] if is_sealed else [])


def test_secrets_are_not_shown_wherever_they_stand() -> None:
    result = of(
        smtp={"user": "x", "password": "geheim"},
        apiToken="geheim",
        contact="ada@example.com",
        settings=[{"data": {"a": "geheim"}}, {"name": "s", "stuff": "geheim"}],
        auth_config=[{"options": {"a": "geheim"}}, {"provider": "p", "options": "", "x": "geheim"}],
        database="postgres://u:geheim@host/db",
    )

    shown = msgspec.json.encode(result.changes)
    assert b"geheim" not in shown
    assert b"ada@" not in shown
    assert {"$.smtp", "$.apiToken", "$.contact", "$.database"} <= set(paths(result))
