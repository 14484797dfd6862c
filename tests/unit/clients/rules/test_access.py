from typing import Any

import msgspec
import pytest

from tenantry.clients.model import (
    Access,
    AccessDiff,
    ClientConfig,
    ClientState,
    Item,
)
from tenantry.clients.rules.access import access_diff, roles_of, visible


def state_of(**declared: Any) -> ClientState:
    config = msgspec.convert({"key": "acme", **declared}, ClientConfig)
    fields = {name: declared[name] for name in declared if name not in ("routes", "menus")}
    return ClientState(
        tenant_id="t",
        key="acme",
        client_id="c",
        fields=fields,
        routes=_items(config.routes),
        menus=_items(config.menus),
    )


def _items(values: Any) -> Any:
    return tuple(Item(f"id-{number}", value) for number, value in enumerate(values or ()))


def page(path: str, *roles: str, key: str = "", public: bool = False) -> dict[str, Any]:
    return {"path": path, "key": key or path, "roles": roles, "public": public}


def menu(*entries: dict[str, Any], roles: tuple[str, ...] = ("*",), **more: Any) -> dict[str, Any]:
    return {"key": "main", "roles": roles, "entries": entries, **more}


def paths_of(state: ClientState, *roles: str) -> list[str]:
    return [route["path"] for route in visible(state, roles).routes]


def titles_of(state: ClientState, *roles: str) -> list[Any]:
    return [_titles(menu["entries"]) for menu in visible(state, roles).menus]


def _titles(entries: Any) -> list[Any]:
    return [(entry["title"], *_titles(entry.get("items", ()))) for entry in entries]


PAGES = state_of(
    routes=[
        page("/public", public=True),
        page("/public-admin", "ADMIN", public=True),
        page("/everybody", "*"),
        page("/guests", "ANON"),
        page("/users", "USER"),
        page("/admins", "ADMIN"),
        page("/nobody"),
    ]
)


@pytest.mark.parametrize(
    "roles, private",
    [
        ((), {"/guests"}),
        (("ANON",), {"/guests"}),
        (("USER",), {"/users"}),
        (("ADMIN",), {"/users", "/admins"}),
        (("EDITOR",), {"/users"}),
        (("EDITOR", "ADMIN", "USER"), {"/users", "/admins"}),
    ],
)
def test_a_page_is_seen_by_whom_it_is_for(roles: tuple[str, ...], private: set[str]) -> None:
    seen = paths_of(PAGES, *roles)

    assert set(seen) == {"/public", "/public-admin", "/everybody"} | private


def test_an_entry_is_seen_by_those_who_see_all_that_it_stands_in() -> None:
    state = state_of(
        menus=[
            menu(
                {"title": "open", "items": [{"title": "admins", "roles": ["ADMIN"]}]},
                {"title": "admins", "roles": ["ADMIN"], "items": [{"title": "all"}]},
                {"title": "nobody", "roles": [], "items": [{"title": "all", "roles": ["*"]}]},
                roles=("USER",),
            )
        ]
    )

    assert titles_of(state) == []
    assert titles_of(state, "USER") == [[("open",)]]
    assert titles_of(state, "ADMIN") == [[("open", ("admins",)), ("admins", ("all",))]]


def test_what_is_not_enabled_is_seen_by_nobody() -> None:
    entry = {"title": "off", "enabled": False, "items": [{"title": "within"}]}

    assert titles_of(state_of(menus=[menu(entry)]), "USER") == [[]]
    assert titles_of(state_of(menus=[menu({"title": "on"}, enabled=False)]), "USER") == []


def test_entries_are_in_the_order_of_their_ordinals() -> None:
    entries = [{"title": title, "ordinal": at} for title, at in (("c", 2), ("a", -1), ("b", 1.5))]

    assert titles_of(state_of(menus=[menu(*entries)]), "USER") == [[("a",), ("b",), ("c",)]]


def test_a_front_end_is_told_ids_and_fields_by_its_names_but_no_roles() -> None:
    route = page("/a", "ADMIN") | {"componentFqn": "core.A@1.0.0", "protected": True}
    entry = {"title": "a", "roles": ["ADMIN"], "featureFlags": ["x"]}
    state = state_of(
        name="Acme",
        theme="dark",
        themes=[{"name": "light"}, {"name": "dark", "options": {"x": 1}}],
        themeOptions={"y": 2},
        routes=[route],
        menus=[menu(entry, target="left", protected=True)],
    )

    assert msgspec.json.decode(msgspec.json.encode(visible(state, ["ADMIN"]))) == {
        "key": "acme",
        "name": "Acme",
        "theme": {"name": "dark", "options": {"x": 1}},
        "themeOptions": {"y": 2},
        "routes": [{"id": "id-0", "key": "/a", "path": "/a", "componentFqn": "core.A@1.0.0"}],
        "menus": [
            {
                "id": "id-0",
                "key": "main",
                "target": "left",
                "entries": [{"title": "a", "featureFlags": ["x"]}],
            },
        ],
    }


def test_a_theme_that_is_not_among_the_themes_has_its_name() -> None:
    assert visible(state_of(theme="dark"), []).theme == {"name": "dark"}
    assert visible(state_of(), []).theme == {}


def test_the_roles_are_those_declared_and_those_used() -> None:
    state = state_of(
        applicationRoles=["USER", "ADMIN"],
        settings=[{"name": "s", "roles": ["SETTER"]}],
        routes=[page("/", "PAGER", "*")],
        menus=[menu({"title": "a", "items": [{"title": "b", "roles": ["LINER"]}]})],
    )

    assert roles_of(state) == ("ANON", "ADMIN", "LINER", "PAGER", "SETTER", "USER")


def gains(diff: AccessDiff) -> dict[str, list[str]]:
    return {each.role: [access.target for access in each.gained] for each in diff.roles}


def losses(diff: AccessDiff) -> dict[str, list[str]]:
    return {each.role: [access.target for access in each.lost] for each in diff.roles}


def test_of_a_new_client_everything_is_gained() -> None:
    state = state_of(
        routes=[page("/", public=True), page("/admin", "ADMIN")],
        menus=[menu({"title": "a", "items": [{"title": "b", "roles": ["ADMIN"]}]})],
    )

    diff = access_diff(None, state)

    assert gains(diff) == {
        "ANON": ["/", "main > a"],
        "ADMIN": ["/", "/admin", "main > a", "main > a > b"],
        "USER": ["/", "main > a"],
    }
    assert [access.target for access in diff.public] == ["/"]


def test_roles_are_told_with_anon_first_and_only_those_that_gain_or_lose() -> None:
    before = state_of(applicationRoles=["A", "Z", "USER"], routes=[page("/z", "Z")])
    after = state_of(applicationRoles=["A", "Z", "USER"], routes=[page("/z", "ANON")])

    diff = access_diff(before, after)

    assert [each.role for each in diff.roles] == ["ANON", "Z"]
    assert losses(diff) == {"ANON": [], "Z": ["/z"]}


def test_nothing_changes_between_a_state_and_itself() -> None:
    assert access_diff(PAGES, PAGES) == AccessDiff()


def test_a_page_under_another_key_is_neither_gained_nor_lost() -> None:
    before = state_of(routes=[page("/a/:id", public=True, key="old")])
    after = state_of(routes=[page("/a/:name/", public=True, key="new")])

    assert access_diff(before, after) == AccessDiff()


def test_a_path_that_another_page_opens_as_well_is_not_lost() -> None:
    guest = page("/", "ANON", key="guest", public=True)
    before = state_of(routes=[page("/", "USER", key="home"), guest])

    assert access_diff(before, state_of(routes=[guest])) == AccessDiff()


@pytest.mark.parametrize(
    "opened",
    [page("/a", "ADMIN", public=True), page("/a", "ADMIN", "ANON"), page("/a", "*")],
    ids=["public", "ANON", "*"],
)
def test_a_page_becomes_public_in_every_way_there_is(opened: dict[str, Any]) -> None:
    diff = access_diff(state_of(routes=[page("/a", "ADMIN")]), state_of(routes=[opened]))

    assert diff.public == (Access(kind="page", key="/a", target="/a", becomes_public=True),)
    assert diff.roles[0].gained == diff.public


def test_a_page_becomes_public_beside_another_one_that_is() -> None:
    guest = page("/", "ANON", key="guest", public=True)
    before = state_of(routes=[guest, page("/", "USER", key="home")])
    after = state_of(routes=[guest, page("/", "USER", key="home", public=True)])

    assert [access.key for access in access_diff(before, after).public] == ["home"]


@pytest.mark.parametrize("changed", [{"title": "b", "link": "/a"}, {"title": "a", "link": "/b"}])
def test_an_entry_that_is_called_otherwise_or_leads_elsewhere_is_no_loss(
    changed: dict[str, Any],
) -> None:
    entry = {"title": "a", "link": "/a", "roles": ["USER"]}

    diff = access_diff(state_of(menus=[menu(entry)]), state_of(menus=[menu({**entry, **changed})]))

    assert diff.roles == ()


def test_an_entry_is_lost_although_another_one_has_its_title() -> None:
    twice = menu({"title": "a", "roles": ["USER"]}, {"title": "a", "roles": ["ADMIN"]})
    once = menu({"title": "a", "roles": ["USER"]})

    diff = access_diff(state_of(menus=[twice]), state_of(menus=[once]))

    assert losses(diff) == {"ADMIN": ["main > a"]}
