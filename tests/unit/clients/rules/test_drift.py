"""Who has changed what since a file was applied, and how it is undone."""

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from tenantry.base.errors import Invalid
from tenantry.clients.model import ClientState, Drift, DriftChange, Route
from tenantry.clients.rules import adopt, drift, owners_of, revert
from tests.support.client_values import applied, desired, ids, values_of


def _routes(*names: str, **fields: Any) -> tuple[Route, ...]:
    return tuple(Route(path=f"/{name}", key=name, **fields) for name in names)


def _kinds(found: Drift) -> dict[str, str]:
    return {change.path: change.kind for change in found.changes}


@pytest.fixture
def base() -> ClientState:
    """What the file made of the client."""
    fields = {"name": "Shop", "mode": "test", "siteUrl": "/"}
    wanted = desired(fields=fields, routes=_routes("a", "b", "c"))
    return applied(None, wanted, new_id=ids("f"), source="file")


@pytest.fixture
def live(base: ClientState) -> ClientState:
    """What somebody made of it: another mode, a title, one route more and one less."""
    routes = (*_routes("a", title="A"), *_routes("c", "d"))
    wanted = desired(fields={"mode": "live"}, routes=routes)
    return applied(base, wanted, new_id=ids("u"), source="ui")


def test_without_a_file_all_that_others_changed_is_drift(
    base: ClientState, live: ClientState
) -> None:
    owners = owners_of([("file", None, base), ("ui", base, live)])

    found = drift(base, live, None, owners)

    assert not found.is_empty
    assert (found.base_revision, found.revision) == (1, 2)
    assert found.changes == (
        DriftChange(
            path="mode",
            kind="changed_live",
            owner="ui",
            base="test",
            live="live",
            desired="test",
        ),
        DriftChange(
            path="routes[a].title",
            kind="changed_live",
            owner="ui",
            base="",
            live="A",
            desired="",
        ),
        DriftChange(
            path="routes[d]",
            kind="changed_live",
            owner="ui",
            live={"path": "/d", "key": "d"},
        ),
        DriftChange(
            path="routes[b]",
            kind="changed_live",
            owner="ui",
            base={"path": "/b", "key": "b"},
            desired={"path": "/b", "key": "b"},
        ),
    )


def test_three_sides_tell_who_changed_what(base: ClientState, live: ClientState) -> None:
    wanted = desired(
        fields={"mode": "prod", "siteUrl": "/shop"},
        routes=(*_routes("a", "b"), *_routes("c", title="C"), *_routes("d")),
    )

    assert _kinds(drift(base, live, wanted, {})) == {
        "mode": "both",
        "siteUrl": "changed_file",
        "routes[a].title": "changed_live",
        "routes[c].title": "changed_file",
        "routes[d]": "same",
        "routes[b]": "changed_live",
    }


def test_what_a_file_does_not_manage_is_no_drift(base: ClientState, live: ClientState) -> None:
    assert drift(base, live, desired(fields={"siteUrl": "/"}), {}).is_empty


def test_another_order_is_drift_of_its_own(base: ClientState) -> None:
    live = applied(base, desired(routes=_routes("c", "a", "b")), new_id=ids("u"))

    found = drift(base, live, None, owners_of([("file", None, base), ("api", base, live)]))

    assert found.changes == (
        DriftChange(
            path="routes",
            kind="changed_live",
            owner="api",
            base=["a", "b", "c"],
            live=["c", "a", "b"],
            desired=["a", "b", "c"],
        ),
    )
    reverted = applied(live, revert(base, live, ["routes"]), new_id=ids("r"))
    assert values_of(reverted) == values_of(base)


def test_a_renamed_item_is_one_item_and_keeps_its_owners(base: ClientState) -> None:
    titled = applied(
        base, desired(routes=(*_routes("a", title="A"), *_routes("b", "c"))), new_id=ids("t")
    )
    renamed = Route(path="/a", key="start", title="A")
    live = applied(titled, desired(routes=(renamed, *_routes("b", "c"))), new_id=ids("u"))

    owners = owners_of([("file", None, base), ("api", base, titled), ("ui", titled, live)])

    found = drift(base, live, None, owners)
    assert {(each.path, each.owner) for each in found.changes} == {
        ("routes[start].key", "ui"),
        ("routes[start].title", "api"),
    }
    assert values_of(applied(live, revert(base, live), new_id=ids("r"))) == values_of(base)


def test_an_item_that_got_the_name_of_another_is_not_that_one(base: ClientState) -> None:
    swapped = (Route(path="/b", key="a2"), Route(path="/a", key="b"), *_routes("c"))
    live = applied(base, desired(routes=swapped), new_id=ids("u"))

    assert values_of(applied(live, revert(base, live), new_id=ids("r"))) == values_of(base)


def test_only_what_is_asked_for_is_reverted(base: ClientState, live: ClientState) -> None:
    back = applied(live, revert(base, live, ["routes[b]", "mode"]), new_id=ids("r"))

    assert back.fields == base.fields
    assert [item.value for item in back.routes or ()] == [
        *_routes("a", title="A"),
        *_routes("b", "c", "d"),
    ]


def test_fields_that_were_not_there_are_removed(base: ClientState) -> None:
    live = applied(base, desired(fields={"theme": "dark"}), new_id=ids("u"))

    assert revert(base, live, ["theme"]).removed == ("theme",)


def test_what_is_live_is_taken_over_into_the_file(live: ClientState) -> None:
    wanted = desired(fields={"mode": "prod", "siteUrl": "/shop"}, routes=_routes("a", "b", "c"))

    adopted = adopt(live, wanted, ["mode", "routes[a].title", "routes[b]"])

    assert adopted.fields == {"mode": "live", "siteUrl": "/shop"}
    assert adopted.routes == (*_routes("a", title="A"), *_routes("c"))
    assert adopted.menus is None


def test_a_path_that_is_none_is_refused(base: ClientState, live: ClientState) -> None:
    with pytest.raises(Invalid, match=r"got 'routes\[x\]\.title'"):
        revert(base, live, ["mode", "routes[x].title"])


def test_a_client_that_no_file_made_has_only_conflicts(live: ClientState) -> None:
    wanted = desired(fields={"mode": "prod", "siteUrl": "/"})

    assert drift(None, live, None, {}).is_empty
    found = drift(None, live, wanted, {"mode": "ui"})
    assert found.changes == (
        DriftChange(path="mode", kind="both", owner="ui", base=UNSET, live="live", desired="prod"),
    )


def test_drift_can_be_shown(base: ClientState, live: ClientState) -> None:
    found = drift(base, live, None, {})

    assert msgspec.json.decode(msgspec.json.encode(found), type=Drift) == found
