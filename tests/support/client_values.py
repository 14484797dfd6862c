"""Clients made up by Hypothesis: items in normal form, declarations of them, and their applies."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final

import msgspec
from hypothesis import strategies as st
from msgspec import UNSET

from tenantry.clients.model import (
    ITEM_KINDS,
    Argument,
    ClientEvent,
    ClientPlan,
    ClientState,
    Component,
    Desired,
    Item,
    ItemFailure,
    Menu,
    MenuEntry,
    Part,
    Region,
    Resource,
    Route,
    Source,
    Value,
    identity_of,
)
from tenantry.clients.rules import events_of, fold, plan_client

TENANT: Final = "acme"
KEY: Final = "shop"

# Few of each, so that two declarations often speak of the same things.
NAMES: Final = st.sampled_from("abcdefgh")
ROLES: Final = st.lists(st.sampled_from(["ADMIN", "ANON", "USER", "*"]), unique=True).map(
    lambda roles: tuple(sorted(roles))
)
SCALARS: Final = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 2.5]) | NAMES
)
JSON: Final[st.SearchStrategy[Any]] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=3,
)
OBJECTS: Final = st.dictionaries(NAMES, JSON, max_size=3)
COMPONENTS_NAMED: Final = st.sampled_from(["", "core.Home@1.0.0", "core.Login@1.0.0"])
ARGUMENTS: Final = st.lists(
    st.builds(Argument, key=NAMES, value=JSON), max_size=3, unique_by=lambda each: each.key
).map(tuple)
REGIONS: Final = st.none() | st.builds(Region, show=st.booleans(), title=NAMES, props=OBJECTS)

ROUTES: Final = st.builds(
    Route,
    path=NAMES.map("/{}".format),
    key=st.just("") | NAMES,
    title=st.just("") | NAMES,
    component_fqn=COMPONENTS_NAMED,
    public=st.booleans(),
    roles=ROLES,
    args=ARGUMENTS,
    component_props=OBJECTS,
    background=JSON,
    header=REGIONS,
    components=st.lists(
        st.builds(Part, component_fqn=COMPONENTS_NAMED, props=OBJECTS), max_size=2
    ).map(tuple),
)
ENTRIES: Final[st.SearchStrategy[MenuEntry]] = st.deferred(
    lambda: st.builds(
        MenuEntry,
        title=NAMES,
        link=NAMES.map("/{}".format),
        ordinal=st.sampled_from([0.0, 1.0, 2.0]),
        key=st.just("") | NAMES,
        roles=st.just(UNSET) | ROLES,
        enabled=st.booleans(),
        items=st.just(()) | st.lists(ENTRIES, max_size=1).map(tuple),
    )
)
MENUS: Final = st.builds(
    Menu,
    key=NAMES,
    name=NAMES,
    roles=ROLES,
    enabled=st.booleans(),
    entries=st.lists(ENTRIES, max_size=3).map(tuple),
)
COMPONENTS: Final = st.builds(
    Component,
    name_space=st.just("core"),
    name=NAMES,
    version=st.sampled_from(["1.0.0", "2.0.0"]),
    roles=ROLES,
    arguments=ARGUMENTS,
    data_settings=JSON,
    resources=st.lists(st.builds(Resource, uri=NAMES, name=NAMES), max_size=2).map(tuple),
)


def collections_of(
    items: st.SearchStrategy[Any], *, max_size: int = 6
) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return whole collections: some items in any order, each identity once."""
    return st.lists(items, max_size=max_size, unique_by=identity_of).map(tuple)


DESIRED: Final = st.builds(
    Desired,
    tenant_id=st.just(TENANT),
    key=st.just(KEY),
    name=NAMES,
    fields=st.fixed_dictionaries({"name": NAMES, "themeOptions": OBJECTS, "whitelist": ROLES}),
    variables=st.dictionaries(NAMES.map(str.upper), NAMES, max_size=2),
    routes=collections_of(ROUTES),
    menus=collections_of(MENUS, max_size=3),
    components=collections_of(COMPONENTS, max_size=3),
)
"""Declarations of one client that manage all collections, and the same fields."""


def ids(prefix: str = "") -> Callable[[], str]:
    """Return what gives one new id after the other."""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


def desired(**parts: Any) -> Desired:
    """Return a declaration of the client with these parts."""
    return Desired(tenant_id=TENANT, key=KEY, name="Shop", **parts)


def planned(
    state: ClientState | None, wanted: Desired, *, failures: Sequence[ItemFailure] = ()
) -> ClientPlan:
    """Return the plan for a declaration without people."""
    return plan_client(state, wanted, known={}, failures=failures, source="api")


def applied(
    state: ClientState | None,
    wanted: Desired,
    *,
    new_id: Callable[[], str],
    failures: Sequence[ItemFailure] = (),
    source: Source = "api",
) -> ClientState:
    """Return the state once `wanted` is applied, as it comes back from the log."""
    plan = planned(state, wanted, failures=failures)
    events = events_of(state, wanted, plan, new_id=new_id, sealed={}, source=source)
    return fold(state, [through_log(event) for event in events], tenant_id=TENANT)


def through_log(event: ClientEvent) -> ClientEvent:
    """Return the event as it is read again."""
    return msgspec.json.decode(msgspec.json.encode(event), type=type(event))


def values_of(state: ClientState) -> dict[str, Any]:
    """Return all that a state says, without ids and its history, as JSON."""
    collections: dict[str, Any] = {kind: _values(state.items_of(kind)) for kind in ITEM_KINDS}
    plain: dict[str, Any] = {"fields": state.fields, "variables": state.variables, **collections}
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(plain))
    return decoded


def ids_of(state: ClientState, kind: str) -> dict[str, str]:
    """Return the ids of a collection, by what the items are called."""
    return {identity_of(item.value): item.id for item in state.items_of(kind) or ()}


def _values(items: Sequence[Item[Value]] | None) -> list[Value] | None:
    return None if items is None else [item.value for item in items]
