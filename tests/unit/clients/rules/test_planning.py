"""What a plan says about items, fields and people; Q1, Q2, Q3 and Q13 are none of ours."""

from typing import Any

import msgspec
import pytest

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import (
    ClientPlan,
    ClientState,
    Component,
    Counts,
    DeclaredUser,
    FieldChange,
    Finding,
    ItemChange,
    ItemFailure,
    Menu,
    Route,
    identity_of,
)
from tenantry.clients.rules import KnownUser, hash_of, masked_email, plan_client
from tests.support.client_values import applied, desired, ids, ids_of, planned, values_of


def _routes(*names: str, **fields: Any) -> tuple[Route, ...]:
    return tuple(Route(path=f"/{name}", key=name, **fields) for name in names)


def _stored(**parts: Any) -> ClientState:
    return applied(None, desired(**parts), new_id=ids("old"))


def _actions(plan: ClientPlan, kind: str = "routes") -> list[tuple[str, str]]:
    return [(change.action, change.identity) for change in plan.collection(kind).changes]


def test_q1_what_is_unchanged_is_unchanged_and_keeps_its_id() -> None:
    routes = (*_routes("home", "about", roles=("ADMIN",)), Route(path="/*"))
    state = _stored(routes=routes)
    read_anew = msgspec.json.decode(msgspec.json.encode(routes), type=tuple[Route, ...])

    plan = planned(state, desired(routes=read_anew))

    assert plan.is_empty
    assert plan.routes.counts == Counts(unchanged=3)
    again = applied(state, desired(routes=read_anew), new_id=ids("new"))
    assert ids_of(again, "routes") == ids_of(state, "routes")


def test_q2_a_route_without_a_key_is_known_by_its_path_and_counted_once() -> None:
    state = _stored(routes=(Route(path="/"), Route(path="/gone")))

    plan = planned(state, desired(routes=(Route(path="/", title="Home"),)))

    assert _actions(plan) == [("updated", "/"), ("removed", "/gone")]
    assert plan.routes.counts == Counts(updated=1, removed=1)


def test_q3_a_key_that_is_there_twice_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidClient, match="'home' is declared more than once") as caught:
        planned(None, desired(routes=_routes("home", "about", "home")))

    assert [(e.path, e.item_key, e.code) for e in caught.value.errors] == [
        ("$.routes[2]", "home", "duplicate-key")
    ]


@pytest.mark.parametrize("kind", ["routes", "menus", "components"])
def test_q13_what_is_absent_stays_and_what_is_empty_goes_whatever_it_is(kind: str) -> None:
    parts: dict[str, Any] = {
        "routes": _routes("home"),
        "menus": (Menu(key="left"),),
        "components": (Component(name_space="core", name="X", version="1.0.0"),),
    }
    state = _stored(**parts)

    absent = planned(state, desired())
    empty = planned(state, desired(**{kind: ()}))

    assert absent.is_empty
    assert absent.collection(kind).is_managed is False
    assert absent.collection(kind).counts == Counts(unchanged=1)
    assert empty.collection(kind).counts == Counts(removed=1)
    others = {"routes", "menus", "components"} - {kind}
    assert not any(empty.collection(other).changes for other in others)


def test_q13_a_field_that_is_absent_stays() -> None:
    state = _stored(fields={"name": "Shop", "mode": "test"})

    assert planned(state, desired(fields={"mode": "test"})).is_empty
    assert planned(state, desired(fields={"mode": "prod"})).fields == (
        FieldChange(path="mode", before="test", after="prod"),
    )


def test_a_collection_that_is_declared_as_empty_for_the_first_time_is_something_to_do() -> None:
    state = _stored(routes=())

    plan = planned(state, desired(menus=()))

    assert not plan.is_empty
    assert plan.menus.becomes_managed
    state = applied(state, desired(menus=()), new_id=ids())
    assert state.menus == ()
    assert planned(state, desired(menus=())).is_empty


def test_changes_are_in_the_order_of_the_result_and_removals_are_last() -> None:
    state = _stored(routes=_routes("a", "b", "c", "d"))
    wanted = (*_routes("new", "d", "a"), Route(path="/c", key="c", title="C"))

    plan = planned(state, desired(routes=wanted))

    assert _actions(plan) == [
        ("added", "new"),
        ("moved", "d"),
        ("updated", "c"),
        ("removed", "b"),
    ]
    assert plan.routes.counts == Counts(added=1, updated=1, moved=1, removed=1, unchanged=1)
    assert plan.routes.changes[0].fields == (
        FieldChange(path="path", after="/new"),
        FieldChange(path="key", after="new"),
    )


def test_what_moves_and_changes_counts_as_updated() -> None:
    state = _stored(routes=_routes("a", "b", "c"))
    wanted = (Route(path="/c", key="c", title="C"), *_routes("a", "b"))

    plan = planned(state, desired(routes=wanted))

    assert [(c.action, c.is_moved) for c in plan.routes.changes] == [("updated", True)]
    assert plan.routes.counts == Counts(updated=1, unchanged=2)


def test_a_route_with_another_key_is_renamed_and_keeps_its_id() -> None:
    state = _stored(routes=_routes("home", "about", component_fqn="core.X@1.0.0"))
    renamed = Route(path="/home", key="start", component_fqn="core.X@1.0.0", title="Start")
    wanted = desired(routes=(renamed, state.routes[1].value if state.routes else renamed))

    plan = planned(state, wanted)

    assert plan.routes.changes == (
        ItemChange(
            action="updated",
            identity="start",
            id=ids_of(state, "routes")["home"],
            renamed_from="home",
            fields=(
                FieldChange(path="key", before="home", after="start"),
                FieldChange(path="title", before="", after="Start"),
            ),
        ),
    )
    after = applied(state, wanted, new_id=ids("new"))
    assert ids_of(after, "routes")["start"] == ids_of(state, "routes")["home"]


def test_a_route_that_gets_a_key_is_renamed() -> None:
    state = _stored(routes=(Route(path="/home"),))

    plan = planned(state, desired(routes=(Route(path="/home", key="home"),)))

    assert [(c.action, c.renamed_from) for c in plan.routes.changes] == [("updated", "/home")]


def test_nothing_is_renamed_where_two_could_be_meant() -> None:
    state = _stored(routes=(Route(path="/", key="in"), Route(path="/", key="out")))
    wanted = desired(routes=(Route(path="/", key="one"), Route(path="/", key="two")))

    assert planned(state, wanted).routes.counts == Counts(added=2, removed=2)


def test_a_route_without_a_key_on_another_path_is_another_route() -> None:
    state = _stored(routes=(Route(path="/a", component_fqn="core.X@1.0.0"),))
    wanted = desired(routes=(Route(path="/b", component_fqn="core.X@1.0.0"),))

    assert planned(state, wanted).routes.counts == Counts(added=1, removed=1)


def test_what_could_not_be_read_keeps_its_stored_version_and_its_place() -> None:
    state = _stored(routes=_routes("a", "b", "c"))
    wanted = desired(routes=_routes("new", "c"))
    failures = (
        ItemFailure(kind="routes", identity="never-stored", index=0),
        ItemFailure(kind="routes", identity="b", index=2),
    )

    plan = planned(state, wanted, failures=failures)
    after = applied(state, wanted, new_id=ids("new"), failures=failures)

    assert _actions(plan) == [("added", "new"), ("removed", "a")]
    assert [identity_of(item.value) for item in after.routes or ()] == ["new", "b", "c"]


def test_nothing_is_removed_while_an_item_cannot_even_be_named() -> None:
    state = _stored(routes=_routes("a", "b", "c"))
    wanted = desired(routes=_routes("c"))
    failures = (ItemFailure(kind="routes", identity="", index=0),)

    plan = planned(state, wanted, failures=failures)

    assert plan.is_empty
    assert plan.routes.counts == Counts(unchanged=3)


def test_a_variable_goes_once_nothing_can_use_it_any_more() -> None:
    fields = {"siteUrl": "https://${HOST}/", "email": "${MAIL:x}", "mode": "test"}
    state = _stored(fields=fields, variables={"HOST": "1", "MAIL": "2"})

    fewer = applied(state, desired(fields={"siteUrl": "/", "email": "y"}), new_id=ids())
    partly = applied(state, desired(fields={"email": "y"}), new_id=ids())
    newer = applied(
        state,
        desired(fields={"email": "${MAIL:x}"}, variables={"MAIL": "3"}),
        new_id=ids(),
    )

    assert fewer.variables == {}
    assert partly.variables == {"HOST": "1"}
    assert newer.variables == {"HOST": "1", "MAIL": "3"}


def test_a_variable_stays_while_something_sealed_may_use_it() -> None:
    state = _stored(
        fields={"password": f"sealed:{'0' * 64}", "mode": "${MODE}"}, variables={"MODE": "1"}
    )

    after = applied(state, desired(fields={"mode": "test"}), new_id=ids())

    assert after.variables == {"MODE": "1"}


def test_the_hash_is_of_what_the_plan_does_and_not_of_what_is_shown() -> None:
    state = _stored(routes=_routes("a"))
    plan = planned(state, desired(routes=_routes("a", "b"), origin="a.yaml", source_digest="1"))
    finding = Finding(code="dead-link", severity="error", client="shop", path="$", message="!")

    shown = msgspec.structs.replace(plan, findings=(finding,), origin="", source_digest="2")
    later = msgspec.structs.replace(plan, base_version=plan.base_version + 1)

    assert len(plan.plan_hash) == 64
    assert hash_of(shown) == plan.plan_hash
    assert hash_of(later) != plan.plan_hash
    assert planned(state, desired(routes=_routes("a", "c"))).plan_hash != plan.plan_hash


def _user(email: str, *roles: str) -> DeclaredUser:
    return DeclaredUser(email=email, first_name="Ada", last_name="Lovelace", roles=roles)


def test_people_are_added_or_join_and_never_leave() -> None:
    users = tuple(_user(f"{name}@example.com", "ADMIN") for name in ("new", "other", "old", "same"))
    known = {
        "other@example.com": KnownUser(user_id="1", is_member=False),
        "old@example.com": KnownUser(user_id="2", is_member=True, roles=("USER",)),
        "same@example.com": KnownUser(user_id="3", is_member=True, roles=("USER", "ADMIN")),
        "gone@example.com": KnownUser(user_id="4", is_member=True, roles=("USER",)),
    }

    plan = plan_client(None, desired(users=users), known=known, source="file").users

    roles = ["ADMIN", "USER"]
    assert plan.counts == Counts(added=1, updated=2, unchanged=1)
    assert plan.changes == (
        ItemChange(
            action="added",
            identity="n***@example.com",
            fields=(FieldChange(path="roles", after=roles),),
        ),
        ItemChange(
            action="updated",
            identity="o***@example.com",
            id="1",
            fields=(FieldChange(path="roles", after=roles),),
            note="existing user: only the membership is added",
        ),
        ItemChange(
            action="updated",
            identity="o***@example.com",
            id="2",
            fields=(FieldChange(path="roles", before=["USER"], after=roles),),
            note="existing user: only the roles in this client change",
        ),
    )


def test_who_is_nothing_but_anonymous_is_no_user() -> None:
    plan = plan_client(None, desired(users=(_user("a@b.c", "ANON"),)), known={}, source="api")

    assert plan.users.changes[0].fields == (FieldChange(path="roles", after=["ANON"]),)


@pytest.mark.parametrize(
    "email, shown",
    [
        ("ada@example.com", "a***@example.com"),
        ("a@example.com", "a***@example.com"),
        ("no address", "n***"),
        ("", "***"),
    ],
)
def test_an_address_shows_its_first_letter_and_its_domain(email: str, shown: str) -> None:
    assert masked_email(email) == shown


def test_a_new_client_is_planned_from_nothing() -> None:
    plan = planned(None, desired(fields={"name": "Shop"}, routes=_routes("a")))

    assert (plan.base_version, plan.base_revision, plan.guards) == (0, 0, ())
    assert plan.fields == (FieldChange(path="name", after="Shop"),)
    state = applied(None, desired(fields={"name": "Shop"}, routes=_routes("a")), new_id=ids())
    assert values_of(state)["menus"] is None
