"""Who sees what of a client, and what a change gives to each role or takes away."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import UNSET

from tenantry.clients.model import (
    ANON,
    EVERYBODY,
    USER,
    Access,
    AccessDiff,
    AppView,
    ClientState,
    Menu,
    MenuEntry,
    RoleAccess,
    Route,
    identity_of,
)
from tenantry.clients.rules.audience import admits, audience, held, in_order
from tenantry.clients.rules.pattern import pattern_of

_Place: TypeAlias = tuple[str, ...]
_ByRole: TypeAlias = dict[str, list[Access]]

_UNTOLD: Final = ("roles", "protected", "entries", "items")
_WITH_ROLES: Final = ("plugins", "settings", "featureFlags")
_NOBODY: Final[frozenset[str]] = frozenset()


def roles_of(state: ClientState) -> tuple[str, ...]:
    """Return every role that is declared or used, and `ANON` and `USER`; `ANON` first."""
    roles = {ANON, USER, *state.fields.get("applicationRoles", ())}
    for route in state.routes or ():
        roles.update(route.value.roles)
    for component in state.components or ():
        roles.update(component.value.roles)
    for menu in state.menus or ():
        roles.update(menu.value.roles)
        for entry in _all(menu.value.entries):
            roles.update(() if entry.roles is UNSET else entry.roles)
    for given in state.users.values():
        roles.update(given)
    for field in _WITH_ROLES:
        roles.update(role for each in state.fields.get(field, ()) for role in each.get("roles", ()))
    return in_order(roles)


def visible(state: ClientState, roles: Collection[str]) -> AppView:
    """Return what somebody sees who has these roles, or has not logged in where there are none."""
    holding = held(roles)
    fields = state.fields
    return AppView(
        key=state.key,
        name=fields.get("name", ""),
        theme=_theme(fields),
        theme_options=fields.get("themeOptions", {}),
        routes=tuple(
            {"id": item.id, **_told(item.value)}
            for item in state.routes or ()
            if item.value.public or admits(item.value.roles, holding)
        ),
        menus=tuple(
            {"id": item.id, **_told(menu), "entries": _entries(menu.entries, holding)}
            for item in state.menus or ()
            if (menu := item.value).enabled and admits(menu.roles, holding)
        ),
    )


def access_diff(before: ClientState | None, after: ClientState) -> AccessDiff:
    """Return the pages and menu entries that each role gains or loses; of a new client it is all.

    A role gains a page where it could open nothing under its path, and loses one where nothing is
    left under it that it can open. A page becomes public where `ANON` gains it, and also where it
    was there for others, beside another one on its path that `ANON` could open.
    """
    everyone = frozenset((*roles_of(after), *(roles_of(before) if before else ())))
    gained: _ByRole = defaultdict(list)
    lost: _ByRole = defaultdict(list)

    old, new = _Pages(before, everyone), _Pages(after, everyone)
    public = {identity_of(page): page for page in new.public_since(old)}
    for role, page in new.missing_in(old):
        gained[role].append(_page(page, becomes_public=identity_of(page) in public))
    for role, page in old.missing_in(new):
        lost[role].append(_page(page))

    shown, shows = _Entries(before, everyone), _Entries(after, everyone)
    for role, entry in shows.missing_in(shown):
        gained[role].append(entry)
    for role, entry in shown.missing_in(shows):
        # One that leads elsewhere under its old name is still there.
        if entry in gained[role]:
            gained[role].remove(entry)
        else:
            lost[role].append(entry)

    return AccessDiff(
        roles=tuple(
            RoleAccess(role=role, gained=tuple(gained[role]), lost=tuple(lost[role]))
            for role in in_order({*_some(gained), *_some(lost)})
        ),
        public=tuple(_page(page, becomes_public=True) for page in public.values()),
    )


class _Pages:
    """The pages of a state: who may open each, and who may open something under each path."""

    def __init__(self, state: ClientState | None, everyone: frozenset[str]) -> None:
        self._pages: list[tuple[Route, frozenset[str]]] = []
        self.by_path: dict[tuple[str, ...], frozenset[str]] = {}
        self.by_key: dict[str, frozenset[str]] = {}

        known: dict[tuple[str, ...], frozenset[str]] = {}
        for item in (state.routes if state else None) or ():
            route = item.value
            named = (EVERYBODY,) if route.public else route.roles
            if named not in known:
                known[named] = audience(named, everyone)
            self._add(route, known[named])

    def _add(self, route: Route, roles: frozenset[str]) -> None:
        shape = pattern_of(route.path).shape
        self._pages.append((route, roles))
        self.by_path[shape] = self.by_path.get(shape, _NOBODY) | roles
        self.by_key[identity_of(route)] = roles

    def missing_in(self, others: "_Pages") -> Iterator[tuple[str, Route]]:
        """Yield each page with each role that opens it here, and nothing on its path there."""
        for route, roles in self._pages:
            for role in roles - others.by_path.get(pattern_of(route.path).shape, _NOBODY):
                yield role, route

    def public_since(self, others: "_Pages") -> Iterator[Route]:
        """Yield the pages that `ANON` opens here, and there nobody without a login."""
        for route, roles in self._pages:
            below = others.by_path.get(pattern_of(route.path).shape, _NOBODY)
            itself = others.by_key.get(identity_of(route), below)
            if ANON in roles and not (ANON in below and ANON in itself):
                yield route


class _Entries:
    """The menu entries of a state: how many of each role sees.

    An entry is known by where it leads, and by its title where it leads nowhere: one that is only
    called otherwise is the same. `_called` has the titles for those who read.
    """

    def __init__(self, state: ClientState | None, everyone: frozenset[str]) -> None:
        self.shown: dict[_Place, Counter[str]] = defaultdict(Counter)
        self._called: dict[_Place, Access] = {}
        for item in (state.menus if state else None) or ():
            menu = item.value
            roles = audience(menu.roles, everyone) if menu.enabled else _NOBODY
            self._add_all(menu, roles, everyone)

    def _add_all(self, menu: Menu, roles: frozenset[str], everyone: frozenset[str]) -> None:
        top: _Place = (menu.key,)
        todo = [(top, menu.key, entry, roles) for entry in reversed(menu.entries)]
        while todo:
            above, called, entry, seers = todo.pop()
            place: _Place = (*above, entry.link or f"> {entry.title}")
            target = f"{called} > {entry.title}"
            seen = _seers(entry, seers, everyone)
            self.shown[place].update(seen)
            self._called.setdefault(place, Access(kind="menu", key=menu.key, target=target))
            todo += [(place, target, each, seen) for each in reversed(entry.items)]

    def missing_in(self, others: "_Entries") -> Iterator[tuple[str, Access]]:
        """Yield each entry with each role that sees more of it here than there."""
        for place, counts in self.shown.items():
            below = others.shown.get(place, Counter())
            if counts == below:
                continue
            for role in counts - below:
                yield role, self._called[place]


def _some(told: _ByRole) -> Iterator[str]:
    return (role for role, accesses in told.items() if accesses)


def _seers(entry: MenuEntry, above: frozenset[str], everyone: frozenset[str]) -> frozenset[str]:
    if not entry.enabled:
        return _NOBODY
    return above if entry.roles is UNSET else above & audience(entry.roles, everyone)


def _page(route: Route, *, becomes_public: bool = False) -> Access:
    return Access(
        kind="page", key=identity_of(route), target=route.path, becomes_public=becomes_public
    )


def _entries(entries: Iterable[MenuEntry], holding: frozenset[str]) -> list[dict[str, Any]]:
    """Return the entries that somebody sees, as JSON in the order in which they are shown."""
    told = []
    for entry in sorted(entries, key=lambda entry: entry.ordinal):
        if entry.enabled and (entry.roles is UNSET or admits(entry.roles, holding)):
            items = _entries(entry.items, holding)
            told.append(_told(entry) | ({"items": items} if items else {}))
    return told


def _told(value: Route | Menu | MenuEntry) -> dict[str, Any]:
    """Return an item as JSON, without what stands below it and what is nobody's business."""
    told: dict[str, Any] = msgspec.to_builtins(value)
    for field in _UNTOLD:
        told.pop(field, None)
    return told


def _theme(fields: Mapping[str, Any]) -> dict[str, Any]:
    name = fields.get("theme", "")
    themes = (theme for theme in fields.get("themes", ()) if theme.get("name") == name)
    return next(themes, {"name": name} if name else {})


def _all(entries: Iterable[MenuEntry]) -> Iterator[MenuEntry]:
    for entry in entries:
        yield entry
        yield from _all(entry.items)
