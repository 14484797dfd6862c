"""Events are small enough for the log, and folding them takes no longer than there are."""

import time
from typing import Any

import msgspec
import pytest

from tenantry.base.codec import encode_json
from tenantry.clients.model import (
    ClientApplied,
    ClientEvent,
    ClientRegistered,
    ClientState,
    Counts,
    Desired,
    FieldsChanged,
    Menu,
    MenuEntry,
    MenusChanged,
    Moved,
    Route,
    RoutesChanged,
)
from tenantry.clients.rules import desired_from, digest_of, events_of, fold
from tests.support.client_values import TENANT, applied, desired, ids, planned, values_of


def _routes(count: int, **fields: Any) -> tuple[Route, ...]:
    return tuple(Route(path=f"/{number}", **fields) for number in range(count))


def _events(state: ClientState | None, wanted: Desired, **more: Any) -> tuple[ClientEvent, ...]:
    parts: dict[str, Any] = {"new_id": ids("n"), "sealed": {}, "source": "api", **more}
    return events_of(state, wanted, planned(state, wanted), **parts)


def test_a_first_apply_registers_the_client_and_ends_with_its_revision() -> None:
    wanted = desired(fields={"name": "Shop"}, routes=_routes(1), menus=())

    events = _events(None, wanted, users={"u1": ("USER",)}, reason="first", source="file")

    plan = planned(None, wanted)
    assert [type(event) for event in events] == [
        ClientRegistered,
        FieldsChanged,
        RoutesChanged,
        MenusChanged,
        ClientApplied,
    ]
    applied_event = events[-1]
    assert isinstance(applied_event, ClientApplied)
    assert applied_event.revision == 1
    assert applied_event.plan_hash == plan.plan_hash
    assert applied_event.counts.routes == Counts(added=1)
    state = fold(None, events, tenant_id=TENANT)
    assert (state.version, state.revision, state.file_revision) == (5, 1, 1)
    assert (state.users, state.client_id, state.menus) == ({"u1": ("USER",)}, "n1", ())
    assert state.digest == digest_of(state) == plan.digest


def test_items_are_told_in_parts_of_a_thousand() -> None:
    events = _events(None, desired(routes=_routes(2_500)))

    changed = [event for event in events if isinstance(event, RoutesChanged)]
    assert [len(event.added) for event in changed] == [1_000, 1_000, 500]
    assert [event.is_managed for event in changed] == [True, False, False]


def test_no_event_is_longer_than_the_log_takes() -> None:
    wanted = desired(
        routes=_routes(100, title="x" * 5_000),
        fields={f"field{number}": "x" * 70_000 for number in range(5)},
    )

    events = _events(None, wanted, sealed={f"{n:064x}": "s" * 200 for n in range(3_000)})

    assert max(len(encode_json(event)) for event in events) < 256 * 1024
    assert max(len(encode_json(event)) for event in events) < 202_000
    state = fold(None, events, tenant_id=TENANT)
    assert values_of(state)["fields"] == wanted.fields
    assert len(state.secrets) == 3_000


def test_removals_updates_moves_and_additions_may_be_told_in_parts() -> None:
    before = applied(None, desired(routes=_routes(4_000)), new_id=ids("a"))
    kept = [Route(path=f"/{n}", title="even" if n % 2 else "") for n in range(1_500, 4_000)]
    new = [Route(path=f"/new/{number}") for number in range(1_500)]
    wanted = desired(routes=(*kept[1_300:], *new, *kept[:1_300]))

    events = _events(before, wanted)

    assert len(events) > 4
    assert fold(before, events, tenant_id=TENANT) == applied(before, wanted, new_id=ids("n"))
    assert planned(fold(before, events, tenant_id=TENANT), wanted).is_empty


def test_one_item_that_goes_to_the_end_is_one_move() -> None:
    before = applied(None, desired(routes=_routes(5)), new_id=ids())
    routes = _routes(5)

    events = _events(before, desired(routes=(*routes[1:], routes[0])))

    moved = RoutesChanged(moved=(Moved(id="2", after="6"),))
    assert events[0] == moved


def test_folding_many_events_takes_as_long_as_there_are_items() -> None:
    state = applied(None, desired(routes=_routes(20_000)), new_id=ids("a"))
    started = time.process_time()
    fold(state, [RoutesChanged()], tenant_id=TENANT)
    once = time.process_time() - started

    events = [
        RoutesChanged(moved=(Moved(id=f"a{2 + number}", after="a1000"),)) for number in range(900)
    ]
    started = time.process_time()
    fold(state, events, tenant_id=TENANT)

    # Each by itself would go through all of the items again: 900 times as long.
    assert time.process_time() - started < 100 * max(once, 0.001)


def test_only_new_secrets_are_told_and_none_is_forgotten() -> None:
    first = fold(
        None,
        _events(None, desired(fields={"salt": "sealed:a"}), sealed={"a": "A"}),
        tenant_id=TENANT,
    )
    events = _events(first, desired(fields={"salt": "sealed:b"}), sealed={"a": "A", "b": "B"})

    assert events[0] == FieldsChanged(fields={"salt": "sealed:b"}, secrets={"b": "B"})
    assert fold(first, events, tenant_id=TENANT).secrets == {"a": "A", "b": "B"}


def test_a_rollback_removes_fields_and_says_where_it_went() -> None:
    first = applied(None, desired(fields={"name": "Shop"}), new_id=ids())
    last = applied(
        first, desired(fields={"mode": "x"}, routes=_routes(2), variables={"A": "1"}), new_id=ids()
    )

    wanted = desired_from(first, last)
    events = _events(last, wanted, rolled_back_to=1, held_back=("digest",))
    state = fold(last, events, tenant_id=TENANT)

    assert events[0] == FieldsChanged(removed=("mode",), variables={})
    assert isinstance(events[-1], ClientApplied)
    assert events[-1].rolled_back_to == 1
    assert (state.fields, state.routes, state.held_back) == ({"name": "Shop"}, (), ("digest",))
    assert state.digest == first.digest


def test_what_was_held_back_no_longer_is_once_it_is_applied() -> None:
    state = applied(None, desired(), new_id=ids())
    state = msgspec.structs.replace(state, held_back=("a", "b"))

    other = fold(state, _events(state, desired(source_digest="c")), tenant_id=TENANT)
    same = fold(state, _events(state, desired(source_digest="a")), tenant_id=TENANT)

    assert other.held_back == ("a", "b")
    assert same.held_back == ("b",)


@pytest.mark.parametrize("text", ['{"title":"x"}', '{"title":"x","ordinal":0}'])
def test_an_ordinal_of_zero_has_one_normal_form(text: str) -> None:
    entry = msgspec.json.decode(text, type=MenuEntry)
    given = desired(menus=(Menu(key="m", entries=(entry,)),))
    stored = applied(
        None, desired(menus=(Menu(key="m", entries=(MenuEntry(title="x"),)),)), new_id=ids()
    )

    assert planned(stored, given).is_empty
    assert planned(stored, given).digest == stored.digest
