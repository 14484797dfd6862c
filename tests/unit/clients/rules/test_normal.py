"""What says the same is the same, and no secret is left in it."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import ClientState, Desired, Item
from tenantry.clients.rules import (
    as_json,
    desired_of,
    digest_in,
    exported,
    parse,
    preview,
    source_digest_of,
)
from tests.support.clients import DIGEST_KEY, acme


def desired(raw: dict[str, Any], **variables: str) -> Desired:
    return desired_of(parse(raw), tenant_id="t1", variables=variables, digest_key=DIGEST_KEY)


def state_of(desired: Desired) -> ClientState:
    kinds: dict[str, Any] = {
        kind: None
        if (values := desired.values_of(kind)) is None
        else tuple(Item(f"{kind}-{index}", value) for index, value in enumerate(values))
        for kind in ("routes", "menus", "components")
    }
    return ClientState(
        tenant_id=desired.tenant_id,
        key=desired.key,
        client_id="c1",
        fields=desired.fields,
        variables=desired.variables,
        **kinds,
    )


def plain(desired: Desired) -> list[Any]:
    return [json.loads(value) for value in desired.plain.values()]


def test_defaults_written_out_say_nothing_new() -> None:
    # Q1
    entry = {"title": "Home", "link": "/", "ordinal": 0, "enabled": True, "items": []}
    short = acme(
        themes=[{"name": "a"}], settings=[{"name": "a"}], featureFlags=[{"feature": "a.B@1.0.0"}]
    )
    route = {**short["routes"][0], "args": [], "public": False, "header": None, "title": ""}
    long = acme(
        routes=[route],
        menus=[{"key": "main", "enabled": True, "roles": [], "entries": [entry]}],
        themes=[{"name": "a", "type": "material", "modes": []}],
        settings=[{"name": "a", "settingType": "generic", "data": None}],
        featureFlags=[{"feature": "a.B@1.0.0", "value": False, "enabled": True}],
    )

    # As it comes from a file: no text in it is the object that a default is.
    long = json.loads(json.dumps(long))
    assert desired(long) == desired(short)
    assert preview(None, desired(long)).digest == preview(None, desired(short)).digest


def test_the_order_of_roles_means_nothing_and_neither_does_naming_one_twice() -> None:
    one = acme(
        applicationRoles=["USER", "ANON"],
        routes=[{"path": "/", "roles": ["B", "A", "B"]}],
        menus=[{"key": "m", "entries": [{"title": "x", "roles": ["Z", "Y"]}]}],
    )
    other = acme(
        applicationRoles=["ANON", "USER", "ANON"],
        routes=[{"path": "/", "roles": ["A", "B"]}],
        menus=[{"key": "m", "entries": [{"title": "x", "roles": ["Y", "Z"]}]}],
    )

    assert desired(one) == desired(other)


def test_an_entry_without_roles_is_not_one_that_nobody_sees() -> None:
    def with_entry(**fields: Any) -> Desired:
        return desired(acme(menus=[{"key": "m", "entries": [{"title": "x", **fields}]}]))

    assert with_entry() != with_entry(roles=[])


def test_what_is_absent_is_not_managed_and_what_is_empty_is_none() -> None:
    # Q13
    it = desired({"key": "acme", "menus": [], "settings": []})

    assert (it.routes, it.menus, it.users) == (None, (), None)
    assert it.fields == {"settings": []}


def test_secrets_are_known_by_their_digests_alone() -> None:
    raw = acme(
        password="hunter2",
        salt="generate",
        emailApiKey="SG.hunter2",
        auth_config=[{"provider": "google", "options": {"clientSecret": "hunter2"}}],
        settings=[
            {"name": "db", "settingType": "connection", "data": {"password": "hunter2"}},
            {"name": "key", "secret": True, "data": "hunter2"},
            {"name": "open", "settingType": "connection", "secret": False, "data": "shown"},
        ],
        components=[{"nameSpace": "a", "name": "B", "version": "1", "author": "hunter2@x.com"}],
    )
    it = desired(raw)
    text = msgspec.json.encode([it.fields, it.components]).decode()

    assert "hunter2" not in text
    assert "hunter2" not in repr(it)
    assert "shown" in text
    assert text.count("sealed:") == len(it.plain) == 7
    assert "hunter2" in plain(it)
    assert {"clientSecret": "hunter2"} in plain(it)


def test_the_same_secret_has_the_same_digest_only_in_the_same_place() -> None:
    def digest(tenant: str = "t1", key: str = "acme", **fields: str) -> list[str]:
        config = parse({"key": key, **fields})
        it = desired_of(config, tenant_id=tenant, variables={}, digest_key=DIGEST_KEY)
        return list(it.plain)

    assert digest(password="x") == digest(password="x")
    others = [
        digest(password="y"),
        digest(salt="x"),
        digest(password="x", key="other"),
        digest("t2", password="x"),
    ]
    assert len({tuple(one) for one in [digest(password="x"), *others]}) == 5


@pytest.mark.parametrize("value", ["", "${SENDGRID_API_KEY}", "${X:}", "sealed:" + "0" * 64])
def test_what_is_no_secret_by_itself_stays(value: str) -> None:
    it = desired(acme(emailApiKey=value))

    assert it.fields["emailApiKey"] == value
    assert not it.plain


@pytest.mark.parametrize("value", ["${X:hunter2}", "a${X}", "sealed:00", "${X}${Y}"])
def test_what_only_looks_like_none_is_sealed(value: str) -> None:
    it = desired(acme(emailApiKey=value))

    assert digest_in(it.fields["emailApiKey"])
    assert plain(it) == [value]


def test_variables_are_secrets_and_only_those_in_use_are_kept() -> None:
    it = desired(acme(avatar="${CDN}/a.png"), CDN="https://cdn.example.com", OTHER="x")

    assert list(it.variables) == ["CDN"]
    assert plain(it) == ["https://cdn.example.com"]
    assert it.fields["avatar"] == "${CDN}/a.png"


def test_people_are_known_by_what_their_placeholders_stand_for() -> None:
    user = {"email": "${MAIL}", "firstName": "A", "lastName": "B", "roles": ["B", "A"]}
    it = desired(acme(users=[{**user, "password": "${PW}"}]), MAIL="ada@example.com", PW="hunter22")

    assert it.users
    assert (it.users[0].email, it.users[0].password) == ("ada@example.com", "hunter22")
    assert it.users[0].roles == ("A", "B")


def test_people_whose_placeholders_make_no_address_are_refused() -> None:
    user = {"email": "${MAIL}", "firstName": "A", "lastName": "B", "roles": []}

    with pytest.raises(InvalidClient) as caught:
        desired(acme(users=[user]), MAIL="nobody-here")
    assert caught.value.errors[0].path == "$.users[0].email"
    assert "nobody-here" not in str(caught.value)


def test_what_the_front_end_computes_stays_as_it_is() -> None:
    routes = [{"path": "/", "componentProps": {"id": "${route.id}"}}]

    it = desired(acme(routes=routes))
    assert it.routes
    assert it.routes[0].component_props == {"id": "${route.id}"}


def test_a_client_without_a_name_is_called_by_its_key() -> None:
    assert desired({"key": "acme"}).name == "acme"


def test_a_changed_variable_is_another_source() -> None:
    raw = acme()

    assert source_digest_of(raw, {}, digest_key=b"k") == source_digest_of(
        dict(reversed(raw.items())), {}, digest_key=b"k"
    )
    others = [
        source_digest_of(raw, {"A": "1"}, digest_key=b"k"),
        source_digest_of(raw, {}, digest_key=b"l"),
        source_digest_of({**raw, "name": "b"}, {}, digest_key=b"k"),
        source_digest_of(raw, {}, digest_key=b"k"),
    ]
    assert len(set(others)) == 4


def test_an_export_is_short_and_in_the_order_in_which_one_reads() -> None:
    menus = [{"key": "m", "entries": [{"title": "x", "ordinal": 2, "items": [{"title": "y"}]}]}]
    raw = {"users": [], **acme(menus=menus, password="hunter2"), "avatar": "a"}
    out = exported(state_of(desired(raw)))

    assert list(out) == ["key", "name", "avatar", "password", "routes", "menus"]
    assert list(out["routes"][0]) == ["key", "path", "roles"]
    assert out["menus"] == menus
    assert str(out["menus"][0]["entries"][0]["ordinal"]) == "2"
    assert digest_in(out["password"])


def test_python_values_become_what_a_file_would_say() -> None:
    assert as_json({"a": (1, [2.5, None]), "b": {"c": True}}) == {
        "a": [1, [2.5, None]],
        "b": {"c": True},
    }


@pytest.mark.parametrize("value", [{1}, float("nan"), {1: 2}, 2**70, "\ud800", Path("/a")])
def test_python_values_that_no_file_could_say_are_refused(value: Any) -> None:
    with pytest.raises(InvalidClient) as caught:
        as_json({"a": [value]})
    assert caught.value.errors[0].path == "$.a[0]"
