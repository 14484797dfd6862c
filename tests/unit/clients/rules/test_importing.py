"""Each way in which an original differs from a declaration, and what an import makes of it."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import ClientConfig, Imported
from tenantry.clients.rules import imported, originals_in

HASH = "0a" * 64
SALT = "0a" * 16
SEALED = "sealed:" + "0a" * 32


def of(**fields: Any) -> Imported:
    """Return the import of a client with these fields, which is valid and stays as it is."""
    result = imported({"key": "acme", **fields})
    msgspec.convert(result.config, ClientConfig)
    assert imported(result.config) == Imported(config=result.config)
    return result


def paths(result: Imported) -> list[str]:
    return [change.path for change in result.changes]


def route(**fields: Any) -> tuple[dict[str, Any], Imported]:
    """Return what becomes of a route, and the import."""
    result = of(routes=[{"path": "/", **fields}])
    return result.config["routes"][0], result


# Names


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
        {"provider": "google", "options": {"clientID": "x"}},
        {"provider": "okta", "enabled": False, "options": {"a": 1, "clientSecret": "y"}},
    ]
    assert paths(result) == [
        "$.authConfig",
        "$.authConfig[0].properties",
        "$.authConfig[1].clientSecret",
    ]


def test_what_a_database_has_added_is_left_out() -> None:
    found, result = route(_id={"$oid": "5f"}, id="0", __v=0, createdAt={"$date": "2020-01-01"})

    assert found == {"path": "/"}
    told = {change.path: change.before for change in result.changes}
    assert told == {
        "$.routes[0]._id": "5f",
        "$.routes[0].id": "0",
        "$.routes[0].__v": 0,
        "$.routes[0].createdAt": "2020-01-01",
    }


def test_a_component_of_a_route_may_be_called_by_its_name_alone() -> None:
    found, _ = route(component="core.Login@1.0.0", props={"a": 1})

    assert found == {"path": "/", "componentFqn": "core.Login@1.0.0", "componentProps": {"a": 1}}


# Values


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
    found, result = route(**{field: before})

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
    found, result = route(**{field: value})

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


# Routes


@pytest.mark.parametrize(
    "before, after",
    [
        ("login", "/login"),
        ("./login", "/login"),
        ("", "/"),
        ("inbox/**", "/inbox/**"),
        (":slug", "/:slug"),
    ],
)
def test_a_relative_path_is_one_from_the_root(before: str, after: str) -> None:
    found, result = route(path=before)

    assert found["path"] == after
    assert paths(result) == ["$.routes[0].path"]


@pytest.mark.parametrize("path", ["*", "/*", "/inbox/**", "/a/:b?", "https://example.com/x"])
def test_another_path_stays(path: str) -> None:
    found, result = route(path=path)

    assert found["path"] == path
    assert result.changes == ()


def test_a_route_with_several_paths_is_several() -> None:
    result = of(routes=[{"key": "a", "path": ["/a", "/b"], "roles": ["USER"]}])

    assert result.config["routes"] == [
        {"path": "/a", "key": "a", "roles": ["USER"]},
        {"path": "/b", "key": "a-2", "roles": ["USER"]},
    ]


def test_a_route_without_a_path_is_left_out_with_all_it_had() -> None:
    result = of(routes=[{"key": "a", "orinal": 1, "title": "A"}, {"path": "/"}])

    assert result.config["routes"] == [{"path": "/"}]
    (change,) = result.changes
    assert (change.path, change.before) == (
        "$.routes[0]",
        {"key": "a", "orinal": 1, "title": "A"},
    )


@pytest.mark.parametrize(
    "args, after",
    [
        ({"key": "a", "value": {"a": 1}}, [{"key": "a", "value": {"a": 1}}]),
        ({"a": 1}, [{"key": "a", "value": {"a": 1}}]),
        ([{"key": "a", "value": 1}], [{"key": "a", "value": {"a": 1}}]),
        (
            [{"key": "a", "value": {"b": 1, "c": 2}}],
            [{"key": "a", "value": {"a": {"b": 1, "c": 2}}}],
        ),
        (
            [{"key": "mode", "value": {"type": "string", "mod": "edit"}}],
            [{"key": "mode", "value": {"type": "string", "mode": "edit"}}],
        ),
        (
            [{"key": "mode", "value": {"type": "string", "value": "edit"}}],
            [{"key": "mode", "value": {"type": "string", "mode": "edit"}}],
        ),
        ([{"name": "a", "value": {"a": 1}}], [{"key": "a", "value": {"a": 1}}]),
    ],
)
def test_an_argument_has_its_value_where_the_front_end_looks(args: Any, after: Any) -> None:
    found, result = route(args=args)

    assert found["args"] == after
    assert result.changes
    assert all(path.startswith("$.routes[0].args") for path in paths(result))


def test_background_header_and_footer_are_carried() -> None:
    looks = {"background": {"a": 1}, "header": {"show": False}, "footer": {"title": "x"}}
    found, result = route(**looks)

    assert found == {"path": "/", **looks}
    assert result.changes == ()


# Identities


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


# Menus


def test_a_menu_key_is_in_lower_case_and_has_no_blanks() -> None:
    result = of(menus=[{"key": " Main  Nav "}])

    assert result.config["menus"] == [{"key": "main-nav"}]
    assert set(paths(result)) == {"$.menus[0].key"}


def test_a_menu_without_a_key_gets_one_from_its_target() -> None:
    result = of(menus=[{"target": "left-nav", "name": "Main"}, {"name": "My Menu"}])

    assert [menu["key"] for menu in result.config["menus"]] == ["left-nav", "my-menu"]


@pytest.mark.parametrize(
    "entry, after",
    [
        ({"label": "A", "url": "a"}, {"title": "A", "link": "/a"}),
        ({"link": "event://Open?x=1"}, {"title": "event://Open?x=1", "link": "event://Open?x=1"}),
        ({"icon": "home"}, {"title": "home", "icon": "home"}),
        (
            {"title": "A", "link": "example.com", "external": True},
            {"title": "A", "link": "example.com", "external": True},
        ),
        ({"title": "A", "children": [{"title": "B"}]}, {"title": "A", "items": [{"title": "B"}]}),
        ({"title": "A", "ordinal": "3"}, {"title": "A", "ordinal": 3}),
        ({"title": "A", "roles": []}, {"title": "A", "roles": []}),
    ],
)
def test_an_entry_of_a_menu(entry: dict[str, Any], after: dict[str, Any]) -> None:
    result = of(menus=[{"key": "main", "entries": [entry]}])

    assert result.config["menus"][0]["entries"] == [after]
    assert bool(result.changes) == (entry != after)


# Collections


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


# Components, themes, plugins, flags


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
    found, result = route(componentFqn="core.Router")

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


# Users and secrets


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


# Placeholders


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


# The client itself


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
