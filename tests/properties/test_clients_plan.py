"""Whatever two declarations say: the second one is what there is once it is applied."""

import random
from itertools import combinations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tenantry.clients.model import (
    ITEM_KINDS,
    ClientState,
    Desired,
    Item,
    ItemFailure,
    Menu,
    identity_of,
)
from tenantry.clients.rules import (
    adopt,
    desired_from,
    digest_of,
    drift,
    events_of,
    fold,
    owners_of,
    preview,
    revert,
)
from tenantry.clients.rules import after as after_event
from tenantry.clients.rules.comparing import is_same
from tenantry.clients.rules.order import moved_of, steps_of
from tests.support.client_values import (
    DESIRED,
    TENANT,
    applied,
    ids,
    ids_of,
    planned,
    through_log,
    values_of,
)

ORDERS = st.permutations(list("abcdefg"))


@given(a=DESIRED, b=DESIRED)
def test_what_is_applied_last_is_what_there_is_and_then_nothing_is_to_do(
    a: Desired, b: Desired
) -> None:
    state = applied(applied(None, a, new_id=ids("a")), b, new_id=ids("b"))

    assert values_of(state) == values_of(applied(None, b, new_id=ids("c")))
    assert is_same(values_of(state), values_of(applied(None, b, new_id=ids("c"))))
    assert planned(state, b).is_empty
    assert state.digest == digest_of(state)


@given(a=DESIRED, b=DESIRED)
def test_ids_of_what_stays_never_change(a: Desired, b: Desired) -> None:
    before = applied(None, a, new_id=ids("a"))
    state = applied(before, b, new_id=ids("b"))

    for kind in ITEM_KINDS:
        old, new = ids_of(before, kind), ids_of(state, kind)
        assert all(new[name] == item_id for name, item_id in old.items() if name in new)
        assert len(set(new.values())) == len(new)


@given(a=DESIRED, b=DESIRED)
def test_events_lead_to_the_preview(a: Desired, b: Desired) -> None:
    before = applied(None, a, new_id=ids("a"))
    plan = planned(before, b)
    events = events_of(before, b, plan, new_id=ids("b"), sealed={}, source="api")
    state = fold(before, map(through_log, events), tenant_id=TENANT)
    one_by_one: ClientState | None = before
    for version, event in enumerate(events, before.version + 1):
        one_by_one = after_event(one_by_one, event, tenant_id=TENANT, version=version)

    expected = preview(before, b)
    for kind in ITEM_KINDS:
        shown, stored = expected.items_of(kind) or (), state.items_of(kind) or ()
        assert [item.value for item in shown] == [item.value for item in stored]
        assert [item.id or "new" for item in shown] == [
            "new" if item.id.startswith("b") else item.id for item in stored
        ]
    assert values_of(expected) == values_of(state)
    assert one_by_one == state


@given(a=DESIRED, b=DESIRED)
def test_the_counts_add_up(a: Desired, b: Desired) -> None:
    state = applied(None, a, new_id=ids())
    plan = planned(state, b)

    for kind in ITEM_KINDS:
        counts = plan.collection(kind).counts
        stays = counts.updated + counts.moved + counts.unchanged
        assert stays + counts.removed == len(state.items_of(kind) or ())
        assert stays + counts.added == len(b.values_of(kind) or ())
        changes = plan.collection(kind).changes
        assert len(changes) == counts.added + counts.updated + counts.moved + counts.removed


@given(a=DESIRED, b=DESIRED)
def test_a_plan_says_the_same_in_any_process(a: Desired, b: Desired) -> None:
    one, other = applied(None, a, new_id=ids("x")), applied(None, a, new_id=ids("y"))

    assert planned(one, b).plan_hash == planned(other, b).plan_hash
    assert planned(one, a).plan_hash != planned(one, b).plan_hash or planned(one, b).is_empty


@given(a=DESIRED, b=DESIRED, c=DESIRED)
def test_going_back_restores_all_there_was(a: Desired, b: Desired, c: Desired) -> None:
    new_id = ids()
    first = applied(None, a, new_id=new_id)
    more = msgspec.structs.replace(c, fields={**c.fields, "mode": "prod"})
    last = applied(applied(first, b, new_id=new_id), more, new_id=new_id)

    state = applied(last, desired_from(first, last), new_id=new_id)

    assert values_of(state) == values_of(first)
    assert state.digest == first.digest


@given(before=ORDERS, after=ORDERS, data=st.data())
def test_moves_are_as_few_as_can_be_and_lead_to_the_order(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    kept = data.draw(st.sets(st.sampled_from(before)))
    after = [name for name in after if name in kept]
    before = [name for name in before if name in kept]

    moved = moved_of(before, after)

    places = [before.index(name) for name in after]
    longest = next(
        size
        for size in range(len(places), -1, -1)
        if any(list(run) == sorted(run) for run in combinations(places, size))
    )
    assert len(moved) == len(after) - longest
    items = [Item(name, Menu(key=name)) for name in after]
    order = list(before)
    for step in steps_of(items, moved=moved):
        order.remove(step.id)
        order.insert(order.index(step.after) + 1 if step.after else 0, step.id)
    assert order == after


@given(a=DESIRED, b=DESIRED, seed=st.integers(0, 100))
def test_what_could_not_be_read_is_never_removed(a: Desired, b: Desired, seed: int) -> None:
    state = applied(None, a, new_id=ids("a"))
    routes = list(b.routes or ())
    broken = random.Random(seed).sample(range(len(routes)), len(routes) // 2)
    failures = [
        ItemFailure(kind="routes", identity=identity_of(routes[index]), index=index)
        for index in broken
    ]
    readable = tuple(route for index, route in enumerate(routes) if index not in broken)
    wanted = msgspec.structs.replace(b, routes=readable)

    result = applied(state, wanted, new_id=ids("b"), failures=failures)

    old = {identity_of(item.value): item for item in state.routes or ()}
    expected = [
        identity_of(route)
        for index, route in enumerate(routes)
        if index not in broken or identity_of(route) in old
    ]
    assert [identity_of(item.value) for item in result.routes or ()] == expected
    for failure in failures:
        assert failure.identity not in old or old[failure.identity] in (result.routes or ())
    assert planned(result, wanted, failures=failures).is_empty
    assert result.digest == digest_of(result)


@given(a=DESIRED, b=DESIRED)
def test_what_has_drifted_can_be_reverted_or_adopted(a: Desired, b: Desired) -> None:
    base = applied(None, a, new_id=ids("a"), source="file")
    live = applied(base, b, new_id=ids("b"), source="ui")
    owners = owners_of([("file", None, base), ("ui", base, live)])

    found = drift(base, live, a, owners)

    assert found == drift(base, live, None, owners)
    assert found.is_empty == planned(live, a).is_empty
    assert all(change.kind == "changed_live" for change in found.changes)
    assert {change.owner for change in found.changes} <= {"ui"}
    paths = [change.path for change in found.changes]
    reverted = applied(live, revert(base, live, paths), new_id=ids("c"))
    assert values_of(reverted) == values_of(base)
    adopted = adopt(live, a, paths)
    assert planned(live, adopted).is_empty


@given(a=DESIRED, b=DESIRED, c=DESIRED)
def test_three_sides_agree_about_who_changed_what(a: Desired, b: Desired, c: Desired) -> None:
    base = applied(None, a, new_id=ids("a"))
    live = applied(base, b, new_id=ids("b"))

    found = drift(base, live, c, {})

    assert planned(live, c).is_empty == found.is_empty
    for change in found.changes:
        assert is_same(change.live, change.desired) == (change.kind == "same")
        assert is_same(change.base, change.desired) == (change.kind == "changed_live")
        assert is_same(change.base, change.live) == (change.kind == "changed_file")
    assert planned(live, adopt(live, c)).is_empty
    assert values_of(applied(live, revert(base, live), new_id=ids("c"))) == values_of(base)
