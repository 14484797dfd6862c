"""What a change gives to roles and takes from them, against what they see before and after it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from tenantry.clients.model import (
    Access,
    AppView,
    ClientState,
    Item,
    Menu,
    MenuEntry,
    RoleAccess,
    Route,
)
from tenantry.clients.rules.access import access_diff, roles_of, visible
from tenantry.clients.rules.pattern import pattern_of

PATHS = ("/", "/a", "/A/", "/a/:x", "/a/:y", "/b/*")
ROLES = st.lists(st.sampled_from(["*", "ANON", "USER", "ADMIN", "EDITOR"]), max_size=3)
NAMED = ROLES.map(lambda roles: tuple(sorted(set(roles))))

ROUTES = st.lists(
    st.builds(
        Route,
        path=st.sampled_from(PATHS),
        key=st.sampled_from("abcdef"),
        roles=NAMED,
        public=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda route: route.key,
)


def _entries(items: st.SearchStrategy[tuple[MenuEntry, ...]]) -> Any:
    entry = st.builds(
        MenuEntry,
        title=st.sampled_from("xy"),
        roles=st.just(UNSET) | NAMED,
        enabled=st.booleans(),
        ordinal=st.integers(0, 3).map(float),
        items=items,
    )
    return st.lists(entry, max_size=3).map(tuple)


MENUS = st.lists(
    st.builds(
        Menu,
        key=st.sampled_from("mn"),
        roles=NAMED,
        enabled=st.booleans(),
        entries=_entries(_entries(st.just(()))),
    ),
    max_size=2,
    unique_by=lambda menu: menu.key,
)


def _state(routes: list[Route], menus: list[Menu]) -> ClientState:
    return ClientState(
        tenant_id="t",
        key="acme",
        client_id="c",
        routes=tuple(Item(str(at), route) for at, route in enumerate(routes)),
        menus=tuple(Item(str(at), menu) for at, menu in enumerate(menus)),
    )


STATES = st.builds(_state, ROUTES, MENUS)


@given(before=st.none() | STATES, after=STATES)
def test_what_each_role_gains_and_loses_is_what_it_sees(
    before: ClientState | None, after: ClientState
) -> None:
    diff = {each.role: each for each in access_diff(before, after).roles}
    roles = {*roles_of(after), *(roles_of(before) if before else ())}

    assert roles >= set(diff)
    for role in roles:
        told = diff.get(role, RoleAccess(role=role))
        then, now = visible(before, [role]) if before else None, visible(after, [role])
        assert _paths(told.gained) == _opened(now) - _opened(then)
        assert _paths(told.lost) == _opened(then) - _opened(now)
        assert _lines(told.gained) == set(_shown(now) - _shown(then))
        assert _lines(told.lost) == set(_shown(then) - _shown(now))


@given(before=STATES, after=STATES)
def test_a_page_that_anon_gains_becomes_public(before: ClientState, after: ClientState) -> None:
    diff = access_diff(before, after)
    gained = [access for each in diff.roles if each.role == "ANON" for access in each.gained]

    assert all(access.becomes_public for access in diff.public)
    assert {access for access in gained if access.kind == "page"} <= set(diff.public)
    assert {access.key for access in diff.public} <= {r["key"] for r in visible(after, []).routes}


@given(state=STATES)
def test_nothing_changes_between_a_state_and_itself(state: ClientState) -> None:
    diff = access_diff(state, state)

    assert (diff.roles, diff.public) == ((), ())


def _paths(told: Iterable[Access]) -> set[tuple[str, ...]]:
    return {pattern_of(access.target).shape for access in told if access.kind == "page"}


def _lines(told: Iterable[Access]) -> set[str]:
    return {access.target for access in told if access.kind == "menu"}


def _opened(view: AppView | None) -> set[tuple[str, ...]]:
    return {pattern_of(route["path"]).shape for route in view.routes} if view else set()


def _shown(view: AppView | None) -> Counter[str]:
    shown: Counter[str] = Counter()
    for menu in view.menus if view else ():
        _count(shown, menu["key"], menu["entries"])
    return shown


def _count(shown: Counter[str], above: str, entries: Iterable[Mapping[str, Any]]) -> None:
    for entry in entries:
        target = f"{above} > {entry['title']}"
        shown[target] += 1
        _count(shown, target, entry.get("items", ()))
