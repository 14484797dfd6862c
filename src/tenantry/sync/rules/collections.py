"""The collections that a source has where it names none, and the order of any."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tenantry.sync.model import Collection, Phase


def _default(
    name: str, path: str, key: str, phase: Phase, *depends_on: str, is_single: bool = False
) -> Collection:
    # What is gone upstream goes here too: a user who was let go must not stay for want of a
    # deletion. Nothing is lost by it, since a row is only marked, and only after a complete pass
    # whose count was right.
    return Collection(
        name=name,
        phase=phase,
        key=(key,),
        depends_on=depends_on,
        deletes="deactivate",
        path=f"/tenants/{{tenant}}{path}",
        is_single=is_single,
    )


DEFAULT_COLLECTIONS: Final = (
    _default("tenants", "", "tenantId", "essential", is_single=True),
    _default("organizations", "/organizations", "orgCode", "essential"),
    _default("roles", "/roles", "roleId", "essential"),
    _default("users", "/users", "userId", "essential"),
    _default(
        "roleAssignments",
        "/role-assignments",
        "assignmentId",
        "essential",
        "users",
        "roles",
        "organizations",
    ),
    _default("employeeAssignments", "/employee-assignments", "assignmentId", "background"),
    _default("creditConfigs", "/credit-configs", "configId", "background"),
    # Upstream calls it entityId; what the original stored it under was entityIdString.
    _default("entityCredits", "/entity-credits", "entityId", "background"),
)
"""What the default upstream has. No key has the tenant in it: every row belongs to one anyway."""

DEFAULTS: Final[Mapping[str, Collection]] = {
    collection.name: collection for collection in DEFAULT_COLLECTIONS
}


def levels(collections: Sequence[Collection]) -> tuple[tuple[Collection, ...], ...]:
    """Return `collections` by levels: each depends only on those of levels before its own.

    Within a level they keep their order, and may be read side by side. A dependency on what is not
    among `collections` counts as met, so those of one phase can be ordered alone.
    """
    waiting = list(collections)
    ordered: list[tuple[Collection, ...]] = []
    while waiting:
        names = {collection.name for collection in waiting}
        level = tuple(one for one in waiting if names.isdisjoint(one.depends_on))
        if not level:
            raise ValueError(f"a cycle among {', '.join(sorted(names))}")
        ordered.append(level)
        waiting = [collection for collection in waiting if collection not in level]
    return tuple(ordered)


def cycle_among(collections: Iterable[Collection]) -> tuple[str, ...]:
    """Return the names along a cycle of dependencies, the first again at the end; () if none."""
    depends_on = {collection.name: collection.depends_on for collection in collections}
    done: set[str] = set()
    for first in depends_on:
        way: list[str] = []
        # Each name is entered once; with at most a hundred of them, the stack is no matter.
        if found := _cycle_from(first, depends_on, way, done):
            return found
    return ()


def _cycle_from(
    name: str, depends_on: Mapping[str, tuple[str, ...]], way: list[str], done: set[str]
) -> tuple[str, ...]:
    if name in way:
        return (*way[way.index(name) :], name)
    if name in done:
        return ()

    way.append(name)
    for other in depends_on.get(name, ()):
        if found := _cycle_from(other, depends_on, way, done):
            return found
    way.pop()
    done.add(name)
    return ()
