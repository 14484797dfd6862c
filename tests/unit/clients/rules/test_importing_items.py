"""Collections of an original and what is in them, and what an import makes of them."""

from typing import Any

import msgspec
import pytest

from tests.support.client_imports import of, of_route, paths


def test_a_collection_by_names_is_a_list() -> None:
    result = of(
        menus={"main": {"name": "Main"}},
        settings={"a": {"x": 1}, "b": {"data": 2}},
        featureFlags={"f": True},
        auth_config={"google": {"enabled": False, "options": {"a": 1}}, "local": True},
    )

    assert result.config["menus"] == [{"key": "main", "name": "Main"}]
    assert result.config["settings"] == [
        {"name": "a", "data": {"x": 1}},
        {"name": "b", "data": 2},
    ]
    assert result.config["featureFlags"] == [{"feature": "f", "value": True, "enabled": True}]
    assert result.config["auth_config"] == [
        {"provider": "google", "enabled": False, "options": {"a": 1}},
        {"provider": "local", "enabled": True},
    ]


def test_a_single_item_is_a_list_of_one() -> None:
    result = of(routes={"path": "/", "key": "home"}, whitelist="localhost", modules={"id": "x"})

    assert result.config["routes"] == [{"path": "/", "key": "home"}]
    assert result.config["whitelist"] == ["localhost"]
    assert result.config["modules"] == [{"id": "x"}]
    assert paths(result) == ["$.modules", "$.whitelist", "$.routes"]


def test_an_empty_collection_stays_empty_and_an_absent_one_absent() -> None:
    result = of(routes=[], menus=None)

    assert result.config == {"key": "acme", "routes": []}
    assert paths(result) == ["$.menus"]


def test_a_collection_of_which_nothing_is_left_is_not_managed_rather_than_emptied() -> None:
    result = of(menus=["5f1", "5f2"], components=[{"$oid": "5f"}])

    assert result.config == {"key": "acme"}
    told = {change.path: change.before for change in result.changes}
    assert told == {"$.menus": ["5f1", "5f2"], "$.components": ["5f"]}


def test_lists_within_a_list_are_part_of_it() -> None:
    result = of(routes=[{"path": "/a"}, [{"path": "/b"}], None])

    assert result.config["routes"] == [{"path": "/a"}, {"path": "/b"}]
    assert paths(result) == ["$.routes[1]", "$.routes[2]"]


def test_keys_that_come_twice_are_made_unique_and_nothing_is_lost() -> None:
    result = of(
        routes=[
            {"key": "login", "path": "/login"},
            {"key": "login", "path": "/login"},
            {"key": "login-2", "path": "/x"},
            {"key": "login", "path": "/y"},
        ]
    )

    assert [each["key"] for each in result.config["routes"]] == [
        "login",
        "login-3",
        "login-2",
        "login-4",
    ]
    same, other = result.changes
    assert (same.path, same.after) == ("$.routes[1].key", "login-3")
    assert same.what.startswith("the same as another")
    assert (other.path, other.after) == ("$.routes[3].key", "login-4")
    assert other.what.startswith("not the same as another")


def test_a_path_that_comes_twice_gets_a_key_where_there_was_none() -> None:
    result = of(routes=[{"path": "/"}, {"path": "/"}, {"path": "/a/b"}, {"path": "/a/b"}])

    assert [each.get("key") for each in result.config["routes"]] == [None, "root-2", None, "a-b-2"]


@pytest.mark.parametrize(
    "collection, item, field, after",
    [
        ("menus", {"key": "Main"}, "key", "main-2"),
        ("settings", {"name": "a"}, "name", "a-2"),
        ("themes", {"name": "a"}, "name", "a-2"),
        ("plugins", {"id": "a"}, "id", "a-2"),
        ("auth_config", {"provider": "a"}, "provider", "a-2"),
        ("components", {"nameSpace": "n", "name": "C", "version": "1.0.0"}, "name", "C-2"),
    ],
)
def test_identities_of_other_items_are_made_unique(
    collection: str, item: dict[str, Any], field: str, after: str
) -> None:
    result = of(**{collection: [item, dict(item)]})

    assert result.config[collection][1][field] == after
    assert f"$.{collection}[1].{field}" in paths(result)


def test_flags_of_the_same_feature_stay() -> None:
    flags = [{"feature": "f", "enabled": True, "partner": name} for name in ("a", "b")]

    assert of(featureFlags=flags).changes == ()


def test_a_component_gets_the_parts_of_its_name() -> None:
    result = of(
        components=["core.Login@1.2.0", {"name": "a.b.Thing"}, {"nameSpace": "n", "name": "C"}]
    )

    assert result.config["components"] == [
        {"nameSpace": "core", "name": "Login", "version": "1.2.0"},
        {"nameSpace": "a.b", "name": "Thing", "version": "1.0.0"},
        {"nameSpace": "n", "name": "C", "version": "1.0.0"},
    ]
    assert "$.components[2].version" in paths(result)


def test_an_author_is_an_address_and_never_shown() -> None:
    component = {"nameSpace": "n", "name": "C", "version": "1.0.0"}
    result = of(components=[{**component, "author": {"email": "ada@example.com"}}])

    assert result.config["components"][0]["author"] == "ada@example.com"
    assert b"ada@" not in msgspec.json.encode(result.changes)


def test_a_version_that_is_a_number_is_a_text() -> None:
    result = of(components=[{"nameSpace": "n", "name": "C", "version": 1.5}])

    assert result.config["components"][0]["version"] == "1.5"


def test_a_component_without_a_version_in_a_route_stays_for_the_linter() -> None:
    found, result = of_route(componentFqn="core.Router")

    assert found["componentFqn"] == "core.Router"
    assert result.changes == ()


def test_a_theme_in_the_place_of_its_name_goes_to_the_themes() -> None:
    result = of(theme={"name": "night", "palette": {"a": 1}, "assets": {"logo": "x.png"}})

    assert result.config["theme"] == "night"
    assert result.config["themes"] == [
        {
            "name": "night",
            "options": {"palette": {"a": 1}},
            "assets": [{"id": "logo", "url": "x.png"}],
        }
    ]


def test_a_theme_mode_takes_its_mode_from_its_palette() -> None:
    mode = {"options": {"palette": {"mode": "dark"}}}
    result = of(themes=[{"name": "a", "modes": [mode]}])

    assert result.config["themes"][0]["modes"] == [{"mode": "dark", **mode}]
    assert paths(result) == ["$.themes[0].modes[0].mode"]


def test_a_flag_that_has_only_a_value_is_on() -> None:
    result = of(
        featureFlags=[
            {"feature": "f", "value": 1, "group": "g"},
            {"feature": "g", "enabled": False},
        ]
    )

    assert [flag["enabled"] for flag in result.config["featureFlags"]] == [True, False]
    assert result.config["featureFlags"][0]["group"] == "g"
    assert paths(result) == ["$.featureFlags[0].enabled"]


def test_a_flag_may_name_its_feature_by_its_parts() -> None:
    feature = {"nameSpace": "core", "name": "Forms", "version": "1.0.0"}
    result = of(featureFlags=[{"feature": feature, "enabled": True}])

    assert result.config["featureFlags"][0]["feature"] == "core.Forms@1.0.0"


def test_what_the_original_knows_but_never_stores_is_carried() -> None:
    fields: dict[str, Any] = {
        "organization": [{"name": "Demo", "key": "demo"}],
        "themeOptions": {"palette": {"a": 1}},
        "allowCustomTheme": True,
        "forms": [{"id": "f"}],
        "modules": [{"id": "m", "uri": "x"}],
        "plugins": [{"id": "p", "roles": ["USER"]}],
        "settings": [{"name": "s", "roles": ["ADMIN"]}],
    }
    result = of(**fields)

    assert result.config == {"key": "acme", **fields}
    assert result.changes == ()
