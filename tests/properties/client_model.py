"""What a client ought to be after all that was done to it: a model, and declarations for it."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

KINDS: Final = ("routes", "menus", "components")
ROLES: Final = ("ANON", "USER", "ADMIN")
PEOPLE: Final = ("ada", "bob", "cyd")
PLACEHOLDER: Final = "${SITE}"
HUSH: Final = "hush~"
"""Every secret begins with this, and the value of every variable; no ciphertext in base64 does."""

_SECRET = st.sampled_from([f"{HUSH}-1", f"{HUSH}-2"])
_PAGE_ROLES = st.lists(st.sampled_from(ROLES), unique=True, min_size=1).map(sorted)
_ROUTE = st.fixed_dictionaries(
    {"path": st.sampled_from(["/a", "/b", "/c", "/d"])},
    optional={
        "key": st.sampled_from(["k1", "k2", "k3"]),
        "title": st.sampled_from(["One", "Two"]),
        "roles": _PAGE_ROLES,
    },
)
# One in eight, since nothing is done then.
_PROTECTED = st.integers(0, 7).map(lambda number: number == 0)
_MENU = st.fixed_dictionaries(
    {"key": st.sampled_from(["m1", "m2", "m3"])},
    optional={"name": st.sampled_from(["One", "Two"]), "roles": _PAGE_ROLES},
)
_COMPONENT: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "nameSpace": st.just("core"),
        "name": st.sampled_from(["Home", "Login"]),
        "version": st.sampled_from(["1.0.0", "2.0.0"]),
    },
    optional={"title": st.sampled_from(["One", "Two"])},
)
_USERS = st.dictionaries(
    st.sampled_from(PEOPLE),
    st.lists(st.sampled_from(["ADMIN", "EDITOR"]), min_size=1, unique=True).map(sorted),
)


def _routes(found: tuple[list[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Return them with each key once, the last one maybe protected."""
    routes, is_protected = found
    by_key = {route.get("key", route["path"]): route for route in routes}
    routes = list(by_key.values())
    if routes and is_protected:
        routes[-1] = {**routes[-1], "protected": True}
    return routes


CONFIGS: Final[st.SearchStrategy[dict[str, Any]]] = st.fixed_dictionaries(
    {"key": st.just("shop")},
    optional={
        "name": st.sampled_from(["Shop", f"Shop at {PLACEHOLDER}"]),
        "siteUrl": st.sampled_from(["https://one.example", "https://two.example"]),
        "emailApiKey": st.just("") | _SECRET,
        "settings": st.lists(
            st.fixed_dictionaries(
                {"name": st.just("mail"), "secret": st.just(value=True), "data": _SECRET}
            ),
            max_size=1,
        ),
        "routes": st.tuples(
            st.lists(_ROUTE, max_size=4, unique_by=lambda route: route["path"]), _PROTECTED
        ).map(_routes),
        "menus": st.lists(_MENU, max_size=3, unique_by=lambda menu: menu["key"]),
        "components": st.lists(
            _COMPONENT, max_size=3, unique_by=lambda each: (each["name"], each["version"])
        ),
        "users": _USERS,
    },
)
"""Declarations of one client as it is shown again; its users are roles by names."""


class Applied(msgspec.Struct, frozen=True):
    """What a client is at one revision, by what there is to see of it, secrets as they are."""

    fields: dict[str, Any] = {}
    variables: dict[str, str] = {}
    items: dict[str, list[dict[str, Any]]] = {}

    @property
    def name(self) -> str:
        """What a front end is called, with what its placeholder stands for."""
        name: str = self.fields.get("name", "")
        return name.replace(PLACEHOLDER, self.variables.get("SITE", ""))

    @property
    def content(self) -> Any:
        """What it is, to compare: a collection that is not there is as good as an empty one."""
        items = {kind: self.items.get(kind, []) for kind in KINDS}
        return self.fields, self.variables, items


class ClientModel:
    """One client of one tenant."""

    def __init__(self) -> None:
        self.revisions: list[Applied] = []
        self.users: dict[str, list[str]] = {}
        self.ids: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
        self.used_ids: set[str] = set()
        self.file_revision = 0

    @property
    def present(self) -> Applied:
        """What it is now."""
        return self.revisions[-1] if self.revisions else Applied()

    def after(self, config: Mapping[str, Any], variables: Mapping[str, str]) -> Applied:
        """Return what it will be once `config` is applied: what is not declared stays."""
        old = self.present
        fields = {n: v for n, v in config.items() if n not in ("key", "users", *KINDS)}
        rest = {name: value for name, value in old.fields.items() if name not in fields}
        used = dict(variables) if PLACEHOLDER in fields.get("name", "") else {}
        # In what is sealed nobody sees whether it is used.
        is_sealed = bool(rest.get("emailApiKey") or rest.get("settings"))
        if is_sealed or PLACEHOLDER in rest.get("name", ""):
            used = old.variables | used
        items = {kind: config[kind] for kind in KINDS if kind in config}
        return Applied({**old.fields, **fields}, used, {**old.items, **items})

    def before(self, revision: int) -> Applied:
        """Return what it will be once it is rolled back."""
        target = self.revisions[revision - 1]
        return Applied(
            target.fields,
            target.variables,
            {kind: target.items.get(kind, []) for kind in {**self.present.items, **target.items}},
        )

    def is_changed(self, after: Applied, users: Mapping[str, list[str]]) -> bool:
        """Whether there is anything to do."""
        declared = {name: _roles(roles) for name, roles in users.items()}
        is_same = self.present == after and declared.items() <= self.users.items()
        return not self.revisions or not is_same

    def is_guarded(self, after: Applied, *, is_forced: bool) -> bool:
        """Whether it would do what nobody does without saying so."""
        for kind, items in self.present.items.items():
            gone = self.ids[kind].keys() - self._kept(kind, after).values()
            stored = {_identity(kind, item): item for item in items}
            if any(stored[name].get("protected") for name in gone):
                return True
            if gone and not after.items[kind] and not is_forced:
                return True
        return False

    def take(self, after: Applied, users: Mapping[str, list[str]], *, source: str) -> None:
        """Take in what was applied."""
        for kind in KINDS:
            kept = self._kept(kind, after)
            self.ids[kind] = {
                _identity(kind, item): self.ids[kind].get(kept.get(_identity(kind, item), ""), "")
                for item in after.items.get(kind, [])
            }
        self.revisions.append(after)
        self.users |= {name: _roles(roles) for name, roles in users.items()}
        if source == "file":
            self.file_revision = len(self.revisions)

    def take_ids(self, found: Mapping[str, Mapping[str, str]]) -> None:
        """Fail unless items have the ids that they have always had, and new ones have new ids."""
        for kind in KINDS:
            assert found[kind].keys() == self.ids[kind].keys()
            for name, item_id in found[kind].items():
                if self.ids[kind][name]:
                    assert item_id == self.ids[kind][name]
                else:
                    assert item_id not in self.used_ids
                    self.used_ids.add(item_id)
                    self.ids[kind][name] = item_id

    def _kept(self, kind: str, after: Applied) -> dict[str, str]:
        """Return what items that stay were called, by what they will be called."""
        stored = {_identity(kind, item): item for item in self.present.items.get(kind, [])}
        wanted = {_identity(kind, item): item for item in after.items.get(kind, [])}
        kept = {name: name for name in wanted if name in stored}
        if kind == "routes":
            gone = {_page(stored[name]): name for name in stored if name not in wanted}
            kept |= {
                name: gone[_page(item)]
                for name, item in wanted.items()
                if name not in stored and _page(item) in gone
            }
        return kept


def visible(applied: Applied, role: str) -> list[str]:
    """Return the paths that a role sees."""
    roles = {role} if role == "ANON" else {role, "USER"}
    routes = applied.items.get("routes", [])
    return [route["path"] for route in routes if roles & set(route.get("roles", []))]


def _identity(kind: str, item: Mapping[str, Any]) -> str:
    if kind == "routes":
        return str(item.get("key") or item["path"])
    if kind == "menus":
        return str(item["key"])
    return "{nameSpace}.{name}@{version}".format(**item)


def _page(item: Mapping[str, Any]) -> tuple[Any, ...]:
    return (item.get("path"), item.get("name"), item.get("version"))


def _roles(roles: list[str]) -> list[str]:
    return sorted({*roles, "USER"})
