"""What a batch of events comes to: numbers that are added to those that are stored."""

from typing import Final, NamedTuple

import msgspec

from tenantry.collector.model.ledger import Covered, Cursor, Pace
from tenantry.collector.model.record import Key, KnownRecord, Record, Subject, User
from tenantry.collector.model.status import CollectionFigures

HOUR_US: Final = 3_600_000_000
DEAD_LETTERS: Final = "dead_letter"
"""What frames that are no event count under, among the figures of collections."""


class Engagement(NamedTuple):
    """What a post has got; negative where a batch has taken something away."""

    likes: int = 0
    reposts: int = 0
    replies: int = 0
    quotes: int = 0


class AuthorHour(NamedTuple):
    """An hour of a user, in hours since 1970: of the events about whom, not of the posts liked."""

    hour: int
    did: str


class Activity(NamedTuple):
    """What a user has posted in an hour, and got; negative where a batch has taken it away."""

    posts: int = 0
    likes: int = 0
    reposts: int = 0
    replies: int = 0
    quotes: int = 0
    followers: int = 0


class DeadFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that was no event, when it came (µs since 1970) and from where."""

    id: int = 0
    at: int
    host: str
    reason: str
    size: int
    frame: bytes


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """All that one transaction stores.

    `records` are those that are news, one of each key; `known` are the stored ones that they take
    the place of, by key. `engagement` and `author_hours` are what changes of either. `users` are
    those of identity and account events; authors need not be named.
    """

    records: tuple[Record, ...] = ()
    known: dict[Key, KnownRecord] = {}
    engagement: dict[Subject, Engagement] = {}
    author_hours: dict[AuthorHour, Activity] = {}
    figures: dict[str, CollectionFigures] = {}
    users: tuple[User, ...] = ()
    cursor: Cursor | None = None
    covered: Covered | None = None
    paces: tuple[Pace, ...] = ()
    dead_frames: tuple[DeadFrame, ...] = ()
