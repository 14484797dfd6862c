"""What nobody does by mistake is refused, with the numbers."""

from typing import Any

import msgspec
import pytest

from tenantry.clients.model import (
    Access,
    AccessDiff,
    ClientState,
    Component,
    Guard,
    ItemFailure,
    Menu,
    Route,
)
from tenantry.clients.rules import guards_of
from tests.support.client_values import applied, desired, ids, planned


def _routes(*numbers: int, **fields: Any) -> tuple[Route, ...]:
    return tuple(Route(path=f"/{number}", **fields) for number in numbers)


def _stored(**parts: Any) -> ClientState:
    return applied(None, desired(**parts), new_id=ids())


@pytest.mark.parametrize(
    "kind, item",
    [
        ("routes", Route(path="/")),
        ("menus", Menu(key="left")),
        ("components", Component(name_space="core", name="X", version="1.0.0")),
    ],
)
def test_a_collection_that_would_become_empty_wants_force(kind: str, item: Any) -> None:
    plan = planned(_stored(**{kind: (item,)}), desired(**{kind: ()}))

    message = f"{kind}: all 1 would be removed, and none would be left"
    assert plan.guards == (Guard(code="would_empty", message=message, option="--force"),)


def test_more_than_thirty_percent_and_more_than_ten_want_force() -> None:
    state = _stored(routes=_routes(*range(36)))

    few = planned(state, desired(routes=_routes(*range(10, 36))))
    many = planned(state, desired(routes=_routes(*range(11, 36))))

    assert few.guards == ()
    message = "routes: 11 of 36 would be removed, which is more than 10 and more than 30 %"
    assert many.guards == (Guard(code="too_many_removed", message=message, option="--force"),)


def test_more_than_ten_of_many_are_fine() -> None:
    state = _stored(routes=_routes(*range(40)))

    assert planned(state, desired(routes=_routes(*range(12, 40)))).guards == ()


def test_what_is_protected_is_never_removed() -> None:
    state = _stored(routes=(*_routes(1, 2, protected=True), *_routes(3)))

    plan = planned(state, desired(routes=_routes(3)))

    message = "routes: 2 of those that would be removed are protected: /1, /2"
    assert plan.guards == (Guard(code="protected", message=message),)


def test_what_is_protected_may_change() -> None:
    state = _stored(routes=_routes(1, protected=True))

    assert planned(state, desired(routes=_routes(1, title="One"))).guards == ()


def test_what_becomes_public_wants_to_be_allowed_but_not_in_a_first_revision() -> None:
    state = _stored(routes=_routes(1))
    page = Access(kind="page", key="/1", target="/1", becomes_public=True)
    access = AccessDiff(public=(page,) * 7)
    wanted = desired(routes=_routes(1, public=True))

    later = msgspec.structs.replace(planned(state, wanted), access=access)
    first = msgspec.structs.replace(planned(None, wanted), access=access)

    message = "routes: 7 would become public: /1, /1, /1, /1, /1 and 2 more"
    expected = Guard(code="becomes_public", message=message, option="--allow-public")
    assert guards_of(state, later) == (expected,)
    assert guards_of(None, first) == ()


def test_what_could_not_be_read_counts_as_left() -> None:
    state = _stored(routes=_routes(1, 2))
    failures = (ItemFailure(kind="routes", identity="/2", index=0),)

    assert planned(state, desired(routes=()), failures=failures).guards == ()
