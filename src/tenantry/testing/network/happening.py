"""What happens next: an endless stream of events in the mix that a real network has.

Likes 69 %, posts 12 %, reposts 10 %, follows 6 %, the rest everything else; of all events 95 % are
creates, 2.6 % deletes, 1.3 % updates, and 1.3 % identities and accounts. (Captured in 2026.)
"""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import msgspec

from tenantry.testing.network import records
from tenantry.testing.network.event import (
    Operation,
    Sent,
    SentAccount,
    SentCommit,
    SentIdentity,
    SentSync,
)
from tenantry.testing.network.people import Person
from tenantry.testing.network.posts import POSTS, Post
from tenantry.testing.network.records import Content, Ref
from tenantry.testing.network.spelling import made_cid, tid

LIKES: Final = "app.bsky.feed.like"
REPOSTS: Final = "app.bsky.feed.repost"
FOLLOWS: Final = "app.bsky.graph.follow"
PROFILES: Final = "app.bsky.actor.profile"
BLOCKS: Final = "app.bsky.graph.block"
LIST_ITEMS: Final = "app.bsky.graph.listitem"
GATES: Final = "app.bsky.feed.threadgate"
OTHERS: Final = "com.example.notes.note"

_CREATED: Final = {
    LIKES: 0.69,
    POSTS: 0.12,
    REPOSTS: 0.10,
    FOLLOWS: 0.06,
    BLOCKS: 0.012,
    LIST_ITEMS: 0.008,
    OTHERS: 0.005,
    PROFILES: 0.003,
    GATES: 0.002,
}
_DELETED: Final = {
    LIKES: 0.55,
    REPOSTS: 0.15,
    FOLLOWS: 0.15,
    POSTS: 0.10,
    BLOCKS: 0.02,
    GATES: 0.01,
    PROFILES: 0.01,
    OTHERS: 0.01,
}
_UPDATED: Final = {PROFILES: 0.80, POSTS: 0.10, OTHERS: 0.06, GATES: 0.04}

_NO_COMMIT: Final = 0.013
_DELETE: Final = 0.026
_UPDATE: Final = 0.013
_GONE_SHARE: Final = 20
_OF_A_FEED: Final = 0.005
_BEFORE: Final = 0.15
_HANDLE_TOLD: Final = 0.6
_AWAY: Final = ("deactivated", "deactivated", "takendown", "suspended", "deleted")

# A record is made a moment before its commit, and the commit a moment before the network hears.
_MAKING_US: Final = 40_000
_HEARING_US: Final = 150_000
_RECENT: Final = 2_000
_REMEMBERED: Final = 50_000

_Live = tuple[int, str]
"""Somebody's index, and the rkey of a record of theirs."""


class Happening:
    """Makes one event after another; `time_us` and every `rev` rise, so all of them differ."""

    def __init__(
        self,
        *,
        people: Sequence[Person],
        posts: Sequence[Post],
        seed: int,
        start_us: int,
        rate: float,
        sync_share: float,
    ) -> None:
        self._people = people
        self._chance = random.Random(f"{seed}:events")  # noqa: S311 - made-up people
        self._weights = list(accumulate(person.weight for person in people))
        self._time_us = start_us
        self._rate_us = rate / 1e6
        self._sync_share = sync_share
        self._away: dict[int, str] = {}
        self._told_at: dict[int, int] = {}
        self._live: dict[str, list[_Live]] = {name: [] for name in (*_CREATED, *_DELETED)}
        self._has_profile: set[int] = set()
        self._old = [_ref_of(one, posts) for one in posts]
        self._recent: list[Ref] = []
        self._recent_next = 0
        self._created = _Pick(_CREATED)
        self._deleted = _Pick(_DELETED)
        self._updated = _Pick(_UPDATED)

    def next(self) -> Sent:
        """Return what happens next."""
        self._time_us += 1 + int(self._chance.expovariate(self._rate_us))
        roll = self._chance.random()
        if roll < _NO_COMMIT:
            return self._identity() if roll < _NO_COMMIT / 2 else self._account()
        roll -= _NO_COMMIT
        if roll < _DELETE:
            event = self._delete(self._deleted.one(self._chance))
            if event is not None:
                return event
        elif roll < _DELETE + _UPDATE:
            event = self._update(self._updated.one(self._chance))
            if event is not None:
                return event
        elif self._sync_share and self._chance.random() < self._sync_share:
            return self._sync()
        return self._create(self._created.one(self._chance))

    def _create(self, collection: str) -> SentCommit:
        person = self._somebody()
        made_us = self._time_us - _HEARING_US - _MAKING_US
        rkey = tid(made_us, person.index)
        if collection == PROFILES:
            if person.index in self._has_profile:
                collection = BLOCKS
            else:
                rkey = "self"
                self._has_profile.add(person.index)
        if collection == GATES:
            gated = self._one_of(self._live[POSTS])
            if gated is None or gated in self._live[GATES]:
                collection = BLOCKS
            else:
                person, rkey = self._people[gated[0]], gated[1]
        content = self._content(collection, person, rkey, made_us)
        self._remember(collection, (person.index, rkey))
        commit = self._commit("create", person, collection, rkey, content)
        if collection == POSTS and commit.cid is not None:
            self._posted(Ref(person.did, rkey, commit.cid, _root_of(content)))
        return commit

    def _update(self, collection: str) -> SentCommit | None:
        made_us = self._time_us - _HEARING_US - _MAKING_US
        if collection == PROFILES:
            person, rkey = self._somebody(), "self"
            if person.index not in self._has_profile:
                # It was there before the stream began, and so may be deleted as any other.
                self._has_profile.add(person.index)
                self._remember(PROFILES, (person.index, rkey))
        else:
            found = self._one_of(self._live[collection])
            if found is None:
                return None
            person, rkey = self._people[found[0]], found[1]
        content = self._content(collection, person, rkey, made_us)
        return self._commit("update", person, collection, rkey, content)

    def _delete(self, collection: str) -> SentCommit | None:
        live = self._live[collection]
        if not live:
            return None
        place = self._chance.randrange(len(live))
        index, rkey = live[place]
        if index in self._away:
            return None
        live[place] = live[-1]
        live.pop()
        if collection == PROFILES:
            self._has_profile.discard(index)
        return self._commit("delete", self._people[index], collection, rkey, None)

    def _commit(
        self,
        operation: Operation,
        person: Person,
        collection: str,
        rkey: str,
        content: Content | None,
    ) -> SentCommit:
        record = None if content is None else msgspec.json.encode(content)
        return SentCommit(
            did=person.did,
            time_us=self._time_us,
            rev=tid(self._time_us - _HEARING_US, person.index),
            operation=operation,
            collection=collection,
            rkey=rkey,
            cid=None if record is None else made_cid(record),
            record=record,
        )

    def _content(self, collection: str, person: Person, rkey: str, made_us: int) -> Content:  # noqa: PLR0911 - one a collection
        match collection:
            case "app.bsky.feed.like":
                if self._chance.random() < _OF_A_FEED:
                    return records.like_of_feed(made_us, self._chance.choice(self._people))
                return records.like(made_us, self._subject())
            case "app.bsky.feed.repost":
                return records.repost(made_us, self._subject())
            case "app.bsky.feed.post":
                return records.post(
                    self._chance, made_us, people=self._people, parent=self._subject()
                )
            case "app.bsky.graph.follow" | "app.bsky.graph.block":
                return records.about_person(collection, made_us, self._other_than(person))
            case "app.bsky.actor.profile":
                return records.profile(self._chance, made_us, person)
            case "app.bsky.graph.listitem":
                return records.list_item(self._chance, made_us, person, self._other_than(person))
            case "app.bsky.feed.threadgate":
                return records.thread_gate(made_us, person, rkey)
            case _:
                return records.other(collection, made_us, self._chance)

    def _identity(self) -> SentIdentity:
        person = self._somebody()
        handle = None
        if self._chance.random() < _HANDLE_TOLD:
            name = person.handle.removesuffix(".example")
            handle = f"{name}-{self._chance.randrange(100)}.example"
        return SentIdentity(person.did, self._time_us, self._at_us(person.index), handle)

    def _account(self) -> SentAccount:
        back = [index for index, status in self._away.items() if status != "deleted"]
        if len(self._away) >= len(self._people) // _GONE_SHARE or self._chance.random() < 1 / 2:
            index = self._chance.choice(back) if back else self._somebody().index
            self._away.pop(index, None)
            did = self._people[index].did
            return SentAccount(did, self._time_us, self._at_us(index), is_active=True)
        person = self._somebody()
        status = self._away[person.index] = self._chance.choice(_AWAY)
        at_us = self._at_us(person.index)
        return SentAccount(person.did, self._time_us, at_us, is_active=False, status=status)

    def _sync(self) -> SentSync:
        person = self._somebody()
        rev = tid(self._time_us - _HEARING_US, person.index)
        return SentSync(person.did, self._time_us, self._at_us(person.index), rev)

    def _at_us(self, index: int) -> int:
        """Return when somebody's host said so: whole ms, later than what it said before."""
        at_us = (self._time_us - _HEARING_US) // 1000 * 1000
        at_us = max(at_us, self._told_at.get(index, 0) + 1000)
        self._told_at[index] = at_us
        return at_us

    def _somebody(self) -> Person:
        """Return somebody who is there, the more often the better known."""
        while True:
            person = self._chance.choices(self._people, cum_weights=self._weights)[0]
            if person.index not in self._away:
                return person

    def _other_than(self, person: Person) -> Person:
        other = self._chance.choices(self._people, cum_weights=self._weights)[0]
        return other if other is not person else self._people[person.index - 1]

    def _subject(self) -> Ref:
        """Return a post that is spoken of: mostly a recent one, also from before the stream."""
        is_old = not self._recent or (self._old and self._chance.random() < _BEFORE)
        if is_old and self._old:
            return self._chance.choice(self._old)
        if self._recent:
            return self._chance.choice(self._recent)
        return Ref(self._people[0].did, tid(self._time_us), made_cid(b"lost"))

    def _posted(self, ref: Ref) -> None:
        if len(self._recent) < _RECENT:
            self._recent.append(ref)
            return
        self._recent[self._recent_next] = ref
        self._recent_next = (self._recent_next + 1) % _RECENT

    def _remember(self, collection: str, live: _Live) -> None:
        known = self._live[collection]
        if len(known) < _REMEMBERED:
            known.append(live)
        else:
            known[self._chance.randrange(_REMEMBERED)] = live

    def _one_of(self, live: Sequence[_Live]) -> _Live | None:
        if not live:
            return None
        found = self._chance.choice(live)
        return None if found[0] in self._away else found


class _Pick:
    """Draws names by their shares."""

    def __init__(self, shares: dict[str, float]) -> None:
        self._names = tuple(shares)
        self._sums = list(accumulate(shares.values()))

    def one(self, chance: random.Random) -> str:
        return chance.choices(self._names, cum_weights=self._sums)[0]


def _ref_of(post: Post, posts: Sequence[Post]) -> Ref:
    root = None
    if post.root is not None:
        first = posts[post.root]
        root = Ref(first.did, first.rkey, first.cid)
    return Ref(post.did, post.rkey, post.cid, root)


def _root_of(content: Content) -> Ref | None:
    reply = content.get("reply")
    if reply is None:
        return None
    _, _, did, _, rkey = reply["root"]["uri"].split("/")
    return Ref(did, rkey, reply["root"]["cid"])
