"""Names and values of fields that an original has otherwise, and what an import makes of them."""

import datetime as dt
from typing import Any

import pytest

from tests.support.client_imports import of, of_route, paths


@pytest.mark.parametrize(
    "name", ["orinal", "ordinla", "Ordinal", "ordinals", "order", "ORDINAL", "ordi_nal"]
)
def test_a_misspelt_field_is_renamed(name: str) -> None:
    result = of(menus=[{"key": "main", "entries": [{"title": "Home", name: 3}]}])

    assert result.config["menus"][0]["entries"] == [{"title": "Home", "ordinal": 3}]
    (change,) = result.changes
    assert change.path == f"$.menus[0].entries[0].{name}"
    assert (change.what, change.before, change.after) == ("renamed", name, "ordinal")


def test_nothing_is_put_onto_a_field_that_is_there() -> None:
    result = of(menus=[{"key": "main", "entries": [{"title": "A", "orinal": 3, "ordinal": 1}]}])

    assert result.config["menus"][0]["entries"][0]["ordinal"] == 1
    (change,) = result.changes
    assert (change.what, change.before) == ("left out: `ordinal` is there already", 3)


def test_a_null_does_not_hold_the_place_of_a_misspelt_field() -> None:
    result = of(menus=[{"key": "main", "entries": [{"title": "A", "ordinal": None, "orinal": 3}]}])

    assert result.config["menus"][0]["entries"][0]["ordinal"] == 3


@pytest.mark.parametrize(
    "name, value",
    [("tenantId", "t"), ("disabled", True), ("titles", ["a"]), ("unexact", True), ("nothing", 1)],
)
def test_what_only_resembles_a_field_is_left_out_and_told(name: str, value: Any) -> None:
    result = of(**{name: value}, menus=[{"key": "main", name: value}])

    assert result.config == {"key": "acme", "menus": [{"key": "main"}]}
    told = {change.path: change.before for change in result.changes}
    assert told == {f"$.{name}": value, f"$.menus[0].{name}": value}


def test_provider_options_are_where_they_belong_whatever_they_were_called() -> None:
    result = of(
        authConfig=[
            {"provider": "google", "properties": {"clientID": "x"}},
            {"provider": "okta", "enabled": False, "clientSecret": "y", "options": {"a": 1}},
        ]
    )

    assert result.config["auth_config"] == [
        {"provider": "google", "enabled": False, "options": {"clientID": "x"}},
        {"provider": "okta", "enabled": False, "options": {"a": 1, "clientSecret": "y"}},
    ]
    assert paths(result) == [
        "$.authConfig",
        "$.authConfig[0].properties",
        "$.authConfig[0].enabled",
        "$.authConfig[1].clientSecret",
    ]


def test_a_way_to_log_in_that_does_not_say_that_it_is_on_stays_off() -> None:
    result = of(auth_config=[{"provider": "google", "options": {}}, {"provider": "local"}])

    assert [each["enabled"] for each in result.config["auth_config"]] == [False, False]
    assert paths(result) == ["$.auth_config[0].enabled", "$.auth_config[1].enabled"]


def test_what_a_database_has_added_is_left_out() -> None:
    found, result = of_route(_id={"$oid": "5f"}, id="0", __v=0, createdAt={"$date": "2020-01-01"})

    assert found == {"path": "/"}
    told = {change.path: change.before for change in result.changes}
    assert told == {
        "$.routes[0]._id": "5f",
        "$.routes[0].id": "0",
        "$.routes[0].__v": 0,
        "$.routes[0].createdAt": "2020-01-01",
    }


def test_a_component_of_a_route_may_be_called_by_its_name_alone() -> None:
    found, _ = of_route(component="core.Login@1.0.0", props={"a": 1})

    assert found == {"path": "/", "componentFqn": "core.Login@1.0.0", "componentProps": {"a": 1}}


@pytest.mark.parametrize(
    "field, before, after",
    [
        ("public", "true", True),
        ("public", 0, False),
        ("title", 404, "404"),
        ("title", ["Home"], "Home"),
        ("roles", "USER", ["USER"]),
        ("roles", "USER, ADMIN", ["USER", "ADMIN"]),
        ("roles", ["USER", None, " ADMIN "], ["USER", "ADMIN"]),
        ("roles", {"USER": True, "ADMIN": False}, ["USER"]),
        ("roles", {"0": "USER", "1": "ADMIN"}, ["USER", "ADMIN"]),
        ("componentFqn", " core.Login@1.0.0", "core.Login@1.0.0"),
        ("componentProps", [{"key": "a", "value": 1}], {"a": 1}),
        ("header", True, {"show": True}),
        ("footer", "Imprint", {"title": "Imprint"}),
    ],
)
def test_a_value_of_another_type_becomes_what_it_means(field: str, before: Any, after: Any) -> None:
    found, result = of_route(**{field: before})

    assert found[field] == after
    (change,) = result.changes
    assert (change.path, change.before) == (f"$.routes[0].{field}", before)
    assert change.after == after


@pytest.mark.parametrize(
    "field, value",
    [
        ("public", "perhaps"),
        ("title", {"en": "Home"}),
        ("roles", 3),
        ("componentProps", "x"),
        ("header", 3),
        ("args", "x"),
        ("roles", None),
        ("componentProps", None),
    ],
)
def test_a_value_that_means_nothing_is_left_out_and_told(field: str, value: Any) -> None:
    found, result = of_route(**{field: value})

    assert found == {"path": "/"}
    (change,) = result.changes
    assert (change.path, change.before) == (f"$.routes[0].{field}", value)
    assert change.what.startswith("left out: ")


def test_what_json_cannot_say_is_told() -> None:
    result = of(
        onStartup=test_what_json_cannot_say_is_told,
        organization={"since": dt.date(2020, 1, 2), 3: float("nan")},
    )

    assert result.config["organization"] == {"since": "2020-01-02", "3": "nan"}
    assert set(paths(result)) == {
        "$.onStartup",
        "$.organization.since",
        '$.organization["3"]',
    }


def test_values_of_a_database_export_lose_their_types() -> None:
    result = of(organization={"id": {"$oid": "5f"}, "n": {"$numberLong": "5"}})

    assert result.config["organization"] == {"id": "5f", "n": 5}
    assert paths(result) == ["$.organization.id", "$.organization.n"]


def test_a_variable_that_may_be_unset_gets_an_empty_default_and_is_told_once() -> None:
    result = of(
        avatar="${CDN}/a.png",
        siteUrl="${CDN}${HOST:localhost}",
        name="${route.name}",
        whitelist=["${API_ROOT}"],
    )

    assert result.config["avatar"] == "${CDN:}/a.png"
    assert result.config["siteUrl"] == "${CDN:}${HOST:localhost}"
    assert result.config["name"] == "${route.name}"
    assert result.config["whitelist"] == ["${API_ROOT:}"]
    cdn, root = result.changes
    assert "used 2 times: list CDN in CLIENT_VARS" in cdn.what
    assert (root.path, root.before, root.after) == (
        "$.whitelist[0]",
        "${API_ROOT}",
        "${API_ROOT:}",
    )
