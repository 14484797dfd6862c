"""Many events as the one change they make to what is stored: the greatest `rev` of a record wins.

What comes of it is the same in whatever order events come, however often, and however they are cut
into batches: the stored records, and the counts of those that live. Only whether an event was news
or a duplicate depends on what came before it; the sum of both does not.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Final

import msgspec

from tenantry.collector.model import (
    FOLLOWS,
    HOUR_US,
    LIKES,
    POSTS,
    REPOSTS,
    Activity,
    AuthorHour,
    CollectionFigures,
    Commit,
    Engagement,
    Key,
    KnownRecord,
    Record,
    Subject,
)
from tenantry.collector.rules.reading import record_of

# What a named tuple's own constructor does, without the function written in Python around it.
_key: Final[Callable[[tuple[str, str, str]], Key]] = partial(tuple.__new__, Key)
_engagement: Final[Callable[[list[int]], Engagement]] = partial(tuple.__new__, Engagement)
_activity: Final[Callable[[list[int]], Activity]] = partial(tuple.__new__, Activity)
_author_hour: Final[Callable[[tuple[int, str]], AuthorHour]] = partial(tuple.__new__, AuthorHour)
_COLLECTION: Final = attrgetter("collection")
_LIKES, _REPOSTS, _REPLIES, _QUOTES = range(4)
_OF: Final = {LIKES: _LIKES, REPOSTS: _REPOSTS}


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """The latest record of each key among some events, and how many there were by collection.

    `steps` has the events of keys that have several: each later than those before it.
    """

    records: dict[Key, Record]
    events: dict[str, int]
    steps: dict[Key, list[Commit]]


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What some events change of what is stored; counts are to be added to those there are.

    An activity is that of the user whom a record is about, in the hour of that record.
    """

    records: tuple[Record, ...]
    engagement: dict[Subject, Engagement]
    author_hours: dict[AuthorHour, Activity]
    figures: dict[str, CollectionFigures]


def fold(events: Sequence[Commit]) -> Folded:
    """Return the latest of `events`, in whatever order they are, by key."""
    latest: dict[Key, Commit] = {}
    steps: dict[Key, list[Commit]] = {}
    for commit in events:
        key = _key((commit.collection, commit.rkey, commit.did))
        before = latest.setdefault(key, commit)
        if before is not commit and commit.rev > before.rev:
            steps.setdefault(key, [before]).append(commit)
            latest[key] = commit
    return Folded(
        records={key: record_of(commit) for key, commit in latest.items()},
        events=Counter(map(_COLLECTION, events)),
        steps=steps,
    )


def settle(folded: Folded, known: Mapping[Key, KnownRecord]) -> Settled:
    """Return what `folded` changes where `known` is stored of its keys.

    An event that is not later than what is known, or than one before it, is a duplicate.
    """
    tally = _Tally()
    records: list[Record] = []
    stored: dict[str, int] = dict.fromkeys(folded.events, 0)
    deletes = stored.copy()
    for key, record in folded.records.items():
        before = known.get(key)
        if before is not None and record.rev <= before.rev:
            continue

        records.append(record)
        if key in folded.steps:
            for step in folded.steps[key]:
                if before is None or step.rev > before.rev:
                    count = stored if step.record is not None else deletes
                    count[key.collection] += 1
        elif record.is_deleted:
            deletes[record.collection] += 1
        else:
            stored[record.collection] += 1
        if before is not None and not before.is_deleted:
            tally.count(key, before, -1)
        if not record.is_deleted:
            tally.count(key, record, 1)
    return Settled(
        records=tuple(records),
        engagement=tally.engagement(),
        author_hours=tally.author_hours(),
        figures={
            name: CollectionFigures(
                events=events,
                stored=stored[name],
                duplicates=events - stored[name] - deletes[name],
                deletes=deletes[name],
            )
            for name, events in folded.events.items()
        },
    )


def forgotten(known: Mapping[Key, KnownRecord]) -> Settled:
    """Return what it changes when nothing but the keys and revs of some records is kept.

    They are as if their own latest event had deleted them: an older one does not bring them back.
    """
    tally = _Tally()
    for key, before in known.items():
        if not before.is_deleted:
            tally.count(key, before, -1)
    return Settled(
        records=tuple(
            Record(
                collection=key.collection,
                rkey=key.rkey,
                did=key.did,
                rev=before.rev,
                at_us=before.at_us,
                is_deleted=True,
            )
            for key, before in known.items()
        ),
        engagement=tally.engagement(),
        author_hours=tally.author_hours(),
        figures={},
    )


class _Tally:
    """Counts of live records, by what they are about; what is counted twice over may cancel."""

    def __init__(self) -> None:
        self._engagement: dict[Subject, list[int]] = {}
        self._hours: dict[tuple[int, str], list[int]] = {}

    def count(self, key: Key, record: Record | KnownRecord, sign: int) -> None:
        """Count `record` of `key` as one that comes (1) or goes (-1)."""
        collection, subject, hour = key.collection, record.subject, record.at_us // HOUR_US
        if collection in _OF:
            if subject is not None:
                self._about(subject, hour, _OF[collection], sign)
        elif collection == FOLLOWS:
            if subject is not None:
                self._hour(hour, subject.did)[-1] += sign
        elif collection == POSTS:
            self._hour(hour, key.did)[0] += sign
            if subject is not None:
                self._about(subject, hour, _REPLIES, sign)
            if record.quoted is not None:
                self._about(record.quoted, hour, _QUOTES, sign)

    def engagement(self) -> dict[Subject, Engagement]:
        """Return the changes of posts."""
        found = self._engagement.items()
        return {subject: _engagement(counts) for subject, counts in found if any(counts)}

    def author_hours(self) -> dict[AuthorHour, Activity]:
        """Return the changes of users, by hour."""
        found = self._hours.items()
        return {_author_hour(key): _activity(counts) for key, counts in found if any(counts)}

    def _about(self, subject: Subject, hour: int, what: int, sign: int) -> None:
        counts = self._engagement.get(subject)
        if counts is None:
            counts = self._engagement[subject] = [0] * 4
        counts[what] += sign
        # An activity has the posts before what is counted of a post, and the followers behind.
        self._hour(hour, subject.did)[what + 1] += sign

    def _hour(self, hour: int, did: str) -> list[int]:
        counts = self._hours.get((hour, did))
        if counts is None:
            counts = self._hours[hour, did] = [0] * 6
        return counts
