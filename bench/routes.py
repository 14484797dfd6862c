"""Two declarations of the same client, and how each side finds what differs in them."""

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import deepdiff
import diffsync
import diffsync.logging
import msgspec

from tenantry.clients.model import ClientState, Desired, Item, Route
from tenantry.clients.rules.planning import plan_client

CHANGED_EVERY = 100
"""One route in so many has another title and another prop."""

_ROLES = (["USER"], ["ADMIN", "USER"], ["ANON", "USER"], ["DEVELOPER", "ADMIN", "USER"])
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


class Measured(msgspec.Struct, frozen=True):
    """How long it took, and how far memory rose above what was there before."""

    seconds: float
    mebibytes: float


class RouteModel(diffsync.DiffSyncModel):
    """A route, as `diffsync` wants it."""

    _modelname: ClassVar[str] = "route"
    _identifiers: ClassVar[tuple[str, ...]] = ("key",)
    _attributes: ClassVar[tuple[str, ...]] = (
        "path",
        "title",
        "roles",
        "public",
        "componentFqn",
        "componentProps",
        "args",
    )

    key: str
    path: str
    title: str
    roles: list[str]
    public: bool
    componentFqn: str  # noqa: N815 - the name is that of the declaration
    componentProps: dict[str, Any]  # noqa: N815 - as above
    args: list[dict[str, Any]]


class Routes(diffsync.Adapter):
    """All routes of a client, as `diffsync` wants them."""

    route = RouteModel
    top_level: ClassVar[list[str]] = ["route"]


def declared(count: int, *, is_changed: bool) -> list[dict[str, Any]]:
    """Return the routes of a declaration: the same ones each time, or with some of them changed."""
    return [
        _declared(number, is_changed=is_changed and number % CHANGED_EVERY == 0)
        for number in range(count)
    ]


def ours(count: int) -> Measured:
    """Plan a client that is stored, and declared anew."""
    stored = [_route(each) for each in declared(count, is_changed=False)]
    state = ClientState(
        tenant_id="acme",
        key="bench",
        client_id="0",
        revision=1,
        version=3,
        routes=tuple(Item(f"id-{number}", route) for number, route in enumerate(stored)),
    )
    routes = tuple(_route(each) for each in declared(count, is_changed=True))
    desired = Desired(tenant_id="acme", key="bench", name="Bench", routes=routes)

    plan, measured = _measured(lambda: plan_client(state, desired, known={}, source="file"))
    assert plan.routes.counts.updated == len(plan.routes.changes) == _changed(count)
    assert plan.routes.counts.unchanged == count - _changed(count)
    return measured


def theirs(count: int) -> Measured:
    """Compare two adapters of `diffsync` that have loaded the same."""
    # It would tell of it on standard output, where the report stands.
    diffsync.logging.enable_console_logging(verbosity=0)
    before, after = _adapter(count, is_changed=False), _adapter(count, is_changed=True)

    found, measured = _measured(lambda: before.diff_to(after))
    assert found.summary()["update"] == _changed(count)
    return measured


def deeply(count: int) -> Measured:
    """Compare the same with `deepdiff`, as dicts by key, which is its quicker way."""
    before, after = (
        {each["key"]: each for each in declared(count, is_changed=is_changed)}
        for is_changed in (False, True)
    )

    found, measured = _measured(lambda: deepdiff.DeepDiff(before, after))
    assert len(found["values_changed"]) == 2 * _changed(count)
    return measured


def _measured(work: Callable[[], Any]) -> tuple[Any, Measured]:
    gc.collect()
    # 5 makes the peak what is there now.
    _CLEAR.write_text("5")
    before = _kibibytes("VmRSS")
    started_at = time.perf_counter()
    done = work()
    seconds = time.perf_counter() - started_at
    return done, Measured(seconds, (_kibibytes("VmHWM") - before) / 1024)


def _kibibytes(name: str) -> int:
    (line,) = [line for line in _STATUS.read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1])


def _adapter(count: int, *, is_changed: bool) -> Routes:
    adapter = Routes()
    for each in declared(count, is_changed=is_changed):
        adapter.add(RouteModel(**each))
    return adapter


def _route(each: dict[str, Any]) -> Route:
    return msgspec.convert(each, Route)


def _changed(count: int) -> int:
    return -(-count // CHANGED_EVERY)


def _declared(number: int, *, is_changed: bool) -> dict[str, Any]:
    """Return a page of the kind that real clients have."""
    return {
        "key": f"page-{number}",
        "title": f"Page {number}{', revised' if is_changed else ''}",
        "path": f"/section-{number % 50}/page-{number}/:id",
        "public": number % 9 == 0,
        "roles": sorted(_ROLES[number % len(_ROLES)]),
        "componentFqn": f"core.Page{number % 40}@1.0.0",
        "componentProps": {"slug": f"page-{number}", "size": 25 + is_changed, "compact": True},
        "args": [
            {"key": "theme", "value": {"type": "string", "theme": "light"}},
            {"key": "tabs", "value": {"type": "array", "tabs": ["all", "mine", number % 7]}},
        ],
    }
