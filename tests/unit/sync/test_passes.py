"""From where on a collection is read, and whether what came can be right."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from tenantry.sync.errors import ValidationError
from tenantry.sync.model import Collection, CollectionState
from tenantry.sync.rules import Pass, check_steady, check_total, next_pass, retry_at
from tenantry.sync.rules.passes import RESUMABLE_US, RETRY_MOST_US, WHOLE_EVERY_US

NOW = 1_800_000_000_000_000
THINGS = Collection(name="things", phase="essential", key=("id",), cursor="at")


def known(**changes: Any) -> CollectionState:
    complete: dict[str, Any] = {
        "tenant_id": "acme",
        "collection": "things",
        "status": "completed",
        "source": "s",
        "pass_id": 4,
        "page": 3,
        "etag": "e",
        "since": "7",
        "row_count": 9,
        "whole_at": NOW - 1,
        "synced_at": NOW - 1,
        "total": 9,
    }
    return CollectionState(**{**complete, **changes})


def broken_off(**changes: Any) -> CollectionState:
    return known(**{"status": "running", "token": "t", "pass_at": NOW - 1, **changes})


def read(state: CollectionState | None, **options: Any) -> Pass:
    collection = options.pop("collection", THINGS)
    return next_pass(
        collection,
        state,
        tenant_id="acme",
        correlation_id="c",
        **{"source": "s", "now": NOW, **options},
    )


def test_what_was_never_read_is_read_from_the_beginning() -> None:
    begun = read(None)

    assert not begun.is_resumed
    assert (begun.position.token, begun.position.etag, begun.position.since) == (None, None, None)
    assert (begun.state.pass_id, begun.state.page, begun.state.status) == (1, 0, "running")


def test_what_is_complete_is_asked_for_by_what_it_was_answered_with() -> None:
    begun = read(known())

    assert (begun.position.etag, begun.position.since) == ("e", "7")
    assert (begun.state.pass_id, begun.state.page, begun.state.total) == (5, 0, None)


def test_without_a_cursor_nothing_is_asked_for_since() -> None:
    collection = msgspec.structs.replace(THINGS, cursor=None)

    assert read(known(), collection=collection).position.since is None


@pytest.mark.parametrize(
    "options, changes",
    [
        ({"is_anew": True}, {}),
        ({"source": "other"}, {}),
        ({}, {"whole_at": NOW - WHOLE_EVERY_US}),
        ({}, {"whole_at": 0}),
    ],
    ids=["anew", "another source", "a day later", "never whole"],
)
def test_a_whole_pass_asks_for_everything(options: dict[str, Any], changes: dict[str, Any]) -> None:
    begun = read(known(**changes), **options)

    assert (begun.position.etag, begun.position.since, begun.state.is_whole) == (None, None, True)


def test_another_source_knows_neither_etag_nor_cursor() -> None:
    begun = read(known(), source="other")

    assert (begun.state.source, begun.state.etag, begun.state.since) == ("other", None, None)


@pytest.mark.parametrize("status", ["running", "failed"])
def test_a_pass_that_was_broken_off_goes_on(status: str) -> None:
    begun = read(broken_off(status=status))

    assert begun.is_resumed
    assert begun.position.token == "t"
    assert (begun.state.pass_id, begun.state.page, begun.state.total) == (4, 3, 9)
    # Or no page of it could be written.
    assert begun.state.status == "running"
    assert begun.state.correlation_id == "c"


@pytest.mark.parametrize(
    "options, changes",
    [
        ({"is_anew": True}, {}),
        ({"source": "other"}, {}),
        ({}, {"page": 0}),
        ({}, {"token": None}),
        ({}, {"pass_at": NOW - RESUMABLE_US}),
    ],
    ids=["anew", "another source", "no page", "at its end", "too old"],
)
def test_a_pass_that_is_not_worth_going_on_with_begins_again(
    options: dict[str, Any], changes: dict[str, Any]
) -> None:
    begun = read(broken_off(**changes), **options)

    assert not begun.is_resumed
    assert (begun.state.pass_id, begun.state.page, begun.state.token) == (5, 0, None)


@pytest.mark.parametrize("total", [None, 9])
def test_a_total_that_is_met_is_right(total: int | None) -> None:
    check_total(THINGS, total=total, seen=9)


@pytest.mark.parametrize("total", [8, 10, 0])
def test_a_total_that_is_not_met_is_wrong(total: int) -> None:
    with pytest.raises(ValidationError, match=f"{total} rows, and its pages had 9") as error:
        check_total(THINGS, total=total, seen=9)
    assert (error.value.details or {})["collection"] == "things"


def test_a_total_that_changes_is_wrong() -> None:
    check_steady(THINGS, first=9, last=9)
    check_steady(THINGS, first=9, last=None)
    check_steady(THINGS, first=None, last=9)
    with pytest.raises(ValidationError, match="9 rows on its first page and 10 on its last"):
        check_steady(THINGS, first=9, last=10)


def test_each_attempt_is_twice_as_far_off_as_the_one_before_up_to_an_hour() -> None:
    waits = [retry_at(attempts, now=NOW) - NOW for attempts in range(1, 200)]

    assert waits[0] == 60_000_000
    assert all(second == min(2 * first, RETRY_MOST_US) for first, second in pairwise(waits))
    assert waits[-1] == RETRY_MOST_US
