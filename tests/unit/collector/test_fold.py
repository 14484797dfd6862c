"""Events as one change: what is news, and whom it is about."""

import pytest

from tenantry.collector.model import (
    FOLLOWS,
    HOUR_US,
    LIKES,
    POSTS,
    REPOSTS,
    Account,
    Activity,
    AuthorHour,
    CollectionFigures,
    Commit,
    Engagement,
    Identity,
    Key,
    KnownRecord,
    Subject,
    User,
)
from tenantry.collector.rules import fold, score, settle, tid_of, users_of
from tests.support.jetstream_frames import (
    ANNA,
    BEN,
    CID,
    CREATED_AT,
    NOON_US,
    POST_URI,
    RKEY,
    commit_of,
    like,
    post,
)

HOUR = NOON_US // HOUR_US
SUBJECT = Subject(BEN, RKEY)
LIKE = Key(LIKES, RKEY, ANNA)
FIRST, SECOND, THIRD = (tid_of(NOON_US + step) for step in range(3))


def known(rev: str, *, is_deleted: bool = False) -> dict[Key, KnownRecord]:
    return {LIKE: KnownRecord(rev, NOON_US - HOUR_US, is_deleted, SUBJECT)}


def figures(events: int, stored: int, duplicates: int, deletes: int) -> CollectionFigures:
    return CollectionFigures(events=events, stored=stored, duplicates=duplicates, deletes=deletes)


def test_the_greatest_rev_of_a_record_wins() -> None:
    events = [commit_of(like(), rev=rev) for rev in (SECOND, THIRD, FIRST)]

    settled = settle(fold(events), {})

    assert [record.rev for record in settled.records] == [THIRD]
    assert settled.engagement == {SUBJECT: Engagement(likes=1)}
    assert settled.figures == {LIKES: figures(3, 2, 1, 0)}


@pytest.mark.parametrize("rev", [SECOND, THIRD])
def test_what_is_stored_already_changes_nothing(rev: str) -> None:
    settled = settle(fold([commit_of(like(), rev=SECOND)]), known(rev))
    assert (settled.records, settled.engagement, settled.author_hours) == ((), {}, {})
    assert settled.figures == {LIKES: figures(1, 0, 1, 0)}


def test_a_deletion_takes_away_what_there_was_in_the_hour_in_which_it_was() -> None:
    settled = settle(fold([commit_of(None, rev=SECOND)]), known(FIRST))

    assert [record.is_deleted for record in settled.records] == [True]
    assert settled.engagement == {SUBJECT: Engagement(likes=-1)}
    assert settled.author_hours == {AuthorHour(HOUR - 1, BEN): Activity(likes=-1)}
    assert settled.figures == {LIKES: figures(1, 0, 0, 1)}


def test_a_late_create_does_not_bring_back_what_was_deleted() -> None:
    assert (
        settle(fold([commit_of(like(), rev=FIRST)]), known(SECOND, is_deleted=True)).records == ()
    )

    both = settle(fold([commit_of(None, rev=SECOND), commit_of(like(), rev=FIRST)]), {})
    assert [record.is_deleted for record in both.records] == [True]
    assert both.engagement == {}


def test_an_update_that_changes_nothing_of_the_count_moves_the_hour() -> None:
    settled = settle(fold([commit_of(like(), rev=SECOND)]), known(FIRST))
    assert settled.engagement == {}
    assert settled.author_hours == {
        AuthorHour(HOUR - 1, BEN): Activity(likes=-1),
        AuthorHour(HOUR, BEN): Activity(likes=1),
    }


def test_an_event_is_news_only_where_it_is_later_than_what_is_known() -> None:
    events = [
        commit_of(like(), rev=FIRST),
        commit_of(None, rev=SECOND),
        commit_of(like(), rev=THIRD),
    ]
    assert settle(fold(events), known(FIRST)).figures == {LIKES: figures(3, 1, 1, 1)}


def test_each_collection_counts_for_whom_it_is_about() -> None:
    ref = {"uri": POST_URI, "cid": CID}
    quote = {"$type": "app.bsky.embed.record", "record": ref}
    reply = post(reply={"root": ref, "parent": ref}, embed=quote)
    events = [
        commit_of(like()),
        commit_of(like(), collection=REPOSTS),
        commit_of(reply, collection=POSTS),
        commit_of({"subject": BEN, "createdAt": CREATED_AT}, collection=FOLLOWS),
        commit_of({"anything": 1}, collection="com.example.thing"),
    ]

    settled = settle(fold(events), {})

    assert settled.engagement == {SUBJECT: Engagement(1, 1, 1, 1)}
    assert settled.author_hours == {
        AuthorHour(HOUR, BEN): Activity(0, 1, 1, 1, 1, 1),
        AuthorHour(HOUR, ANNA): Activity(posts=1),
    }
    assert score(Engagement(1, 10, 100, 1000)) == 1 + 20 + 300 + 2000


def test_the_same_event_twice_is_one_and_a_duplicate() -> None:
    event: Commit = commit_of(like())
    assert settle(fold([event, event]), {}).figures == {LIKES: figures(2, 1, 1, 0)}


def test_of_a_user_the_latest_of_either_kind_counts() -> None:
    events: list[Identity | Account] = [
        Identity(ANNA, 1, 20, "new.example"),
        Identity(ANNA, 2, 10, "old.example"),
        Identity(ANNA, 3, 20, "same.example"),
        Account(BEN, 4, 5, is_active=True),
        Account(BEN, 5, 9, is_active=False, status="suspended"),
        Account(ANNA, 6, 7, is_active=False, status="deleted"),
    ]
    assert users_of(events) == (
        User(
            did=ANNA,
            handle="new.example",
            identity_at_us=20,
            is_active=False,
            status="deleted",
            account_at_us=7,
        ),
        User(did=BEN, is_active=False, status="suspended", account_at_us=9),
    )
