"""Folding: the same events come to the same, in any order, however often, however they are cut."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.collector.model import (
    FOLLOWS,
    HOUR_US,
    LIKES,
    POSTS,
    REPOSTS,
    Activity,
    AuthorHour,
    Commit,
    Engagement,
    Key,
    KnownRecord,
    Record,
    Subject,
)
from tenantry.collector.rules import fold, record_of, settle, tid_of
from tests.support.counts import search_count
from tests.support.jetstream_frames import ANNA, BEN, CID, NOON_US, commit_of, like, post

pytestmark = pytest.mark.soak

COUNT = settings(max_examples=search_count(2_000), deadline=None)
DIDS = (ANNA, BEN, "did:web:carla.example")
RKEYS = ("3ka", "3kb", "self")
COLLECTIONS = (LIKES, REPOSTS, POSTS, FOLLOWS, "com.example.thing")


class State:
    """What a store holds: records, and counts that only ever have changes added to them."""

    def __init__(self) -> None:
        self.records: dict[Key, Record] = {}
        self.engagement: Counter[tuple[Any, ...]] = Counter()
        self.hours: Counter[tuple[Any, ...]] = Counter()
        self.figures: Counter[tuple[str, str]] = Counter()

    def take(self, events: Sequence[Commit]) -> None:
        folded = fold(events)
        known = {
            key: KnownRecord(each.rev, each.at_us, each.is_deleted, each.subject, each.quoted)
            for key, each in self.records.items()
            if key in folded.records
        }
        settled = settle(folded, known)
        for record in settled.records:
            self.records[record.key] = record
        for subject, change in settled.engagement.items():
            self._add(self.engagement, subject, change)
        for hour, activity in settled.author_hours.items():
            self._add(self.hours, hour, activity)
        for collection, figures in settled.figures.items():
            for name, value in msgspec.structs.asdict(figures).items():
                self.figures[collection, name] += value

    def stored(self) -> Any:
        return self.records, +self.engagement, +self.hours

    @staticmethod
    def _add(counts: Counter[tuple[Any, ...]], key: Any, change: Any) -> None:
        for name, value in change._asdict().items():
            counts[key, name] += value
            assert counts[key, name] >= 0


def recount(records: dict[Key, Record]) -> Any:
    """Count the live records anew."""
    engagement: Counter[tuple[Any, ...]] = Counter()
    hours: Counter[tuple[Any, ...]] = Counter()

    def about(subject: Subject | None, record: Record, name: str) -> None:
        if subject is not None:
            if name in Engagement._fields:
                engagement[subject, name] += 1
            assert name in Activity._fields
            hours[AuthorHour(record.at_us // HOUR_US, subject.did), name] += 1

    for record in records.values():
        if record.is_deleted:
            continue
        match record.collection:
            case "app.bsky.feed.like":
                about(record.subject, record, "likes")
            case "app.bsky.feed.repost":
                about(record.subject, record, "reposts")
            case "app.bsky.graph.follow":
                about(record.subject, record, "followers")
            case "app.bsky.feed.post":
                about(Subject(record.did), record, "posts")
                about(record.subject, record, "replies")
                about(record.quoted, record, "quotes")
            case _:
                assert record.subject is None
    return records, engagement, hours


def record_value(collection: str, did: str, rkey: str, *, is_reply: bool) -> dict[str, Any]:
    uri = f"at://{did}/{POSTS}/{rkey}"
    if collection in (LIKES, REPOSTS):
        return like(uri)
    if collection == FOLLOWS:
        return {"subject": did, "createdAt": "2026"}
    ref = {"uri": uri, "cid": CID}
    quote = {"$type": "app.bsky.embed.record", "record": ref}
    rest: dict[str, Any] = {"reply": {"root": ref, "parent": ref}} if is_reply else {"embed": quote}
    return post(**rest)


@st.composite
def events_of_a_network(draw: st.DrawFn) -> list[Commit]:
    """Events, each record's of different revs: no two events of a network are of one rev."""
    events: dict[tuple[Key, str], Commit] = {}
    for _ in range(draw(st.integers(1, 25))):
        collection, did = draw(st.sampled_from(COLLECTIONS)), draw(st.sampled_from(DIDS))
        rkey = draw(st.sampled_from(RKEYS))
        rev = tid_of(NOON_US + draw(st.integers(0, 6)) * HOUR_US // 3)
        subject = (draw(st.sampled_from(DIDS)), draw(st.sampled_from(RKEYS)))
        record = record_value(collection, *subject, is_reply=draw(st.booleans()))
        value: Any = draw(st.sampled_from([record, record, None, b'{"fits":"nothing"}']))
        commit = commit_of(value, collection=collection, did=did, rkey=rkey, rev=rev)
        events[Key(collection, rkey, did), rev] = commit
    return list(events.values())


@COUNT
@given(events_of_a_network(), st.randoms(use_true_random=False))
def test_what_is_stored_is_a_function_of_the_set_of_events(
    events: list[Commit], rng: random.Random
) -> None:
    one, other = State(), State()
    one.take(events)

    again = [*events, *rng.choices(events, k=rng.randrange(10))]
    rng.shuffle(again)
    while again:
        size = rng.randint(1, len(again))
        other.take(again[:size])
        again = again[size:]

    assert other.stored() == one.stored()
    assert one.stored() == recount(one.records)


@COUNT
@given(events_of_a_network(), st.randoms(use_true_random=False))
def test_the_latest_event_of_a_record_is_what_is_stored(
    events: list[Commit], rng: random.Random
) -> None:
    latest: dict[Key, Commit] = {}
    for event in sorted(events, key=lambda each: each.rev):
        latest[Key(event.collection, event.rkey, event.did)] = event

    rng.shuffle(events)
    state = State()
    state.take(events)

    assert state.records == {key: record_of(event) for key, event in latest.items()}


@COUNT
@given(events_of_a_network(), st.randoms(use_true_random=False))
def test_batches_that_are_cut_differently_count_the_same(
    events: list[Commit], rng: random.Random
) -> None:
    stream = rng.choices(events, k=len(events) * 2)
    whole, single = State(), State()
    whole.take(stream)
    for event in stream:
        single.take([event])

    assert single.figures == whole.figures
    names = ("stored", "duplicates", "deletes")
    for collection in {event.collection for event in stream}:
        total = sum(whole.figures[collection, name] for name in names)
        assert total == whole.figures[collection, "events"]


@COUNT
@given(events_of_a_network())
def test_what_is_told_again_is_all_duplicates(events: list[Commit]) -> None:
    state = State()
    state.take(events)
    before = state.stored(), state.figures.copy()

    state.take(events)

    assert (state.stored()) == before[0]
    for (collection, name), count in state.figures.items():
        again = count - before[1][collection, name]
        times = sum(event.collection == collection for event in events)
        assert again == (times if name in ("events", "duplicates") else 0)
