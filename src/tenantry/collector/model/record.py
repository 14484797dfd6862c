"""What is stored of events: a function of the set of events alone, in whatever order they came."""

from typing import Literal, NamedTuple, TypeAlias

import msgspec

POSTS = "app.bsky.feed.post"
LIKES = "app.bsky.feed.like"
REPOSTS = "app.bsky.feed.repost"
FOLLOWS = "app.bsky.graph.follow"
PROFILES = "app.bsky.actor.profile"


class Key(NamedTuple):
    """A record's place in the network. `rkey` first: mostly a TID, so new keys lie side by side."""

    collection: str
    rkey: str
    did: str


class Subject(NamedTuple):
    """A post that is liked, reposted, answered or quoted, or (`rkey` empty) a user followed."""

    did: str
    rkey: str = ""


class Mention(msgspec.Struct, frozen=True, gc=False):
    """A user who is named in a post."""

    did: str


class Hashtag(msgspec.Struct, frozen=True, gc=False):
    """A hashtag of a post, lower case and without the #."""

    tag: str


class Link(msgspec.Struct, frozen=True, gc=False):
    """A link in a post."""

    url: str
    domain: str


class Media(msgspec.Struct, frozen=True, gc=False):
    """A picture or a video of a post, with the text that describes it; sizes are in pixels."""

    kind: Literal["image", "video"]
    alt: str = ""
    mime: str | None = None
    cid: str | None = None
    width: int | None = None
    height: int | None = None


Part: TypeAlias = Mention | Hashtag | Link | Media


class Record(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A record as its latest event left it; one that was deleted keeps its key and `rev` alone.

    `at_us` is when that was, of the `rev` and so the same from every host. `subject` is whom or
    what it is about, `root` and `quoted` those of posts; `data` is the record's JSON. What does not
    fit its lexicon has its `data` and none of the rest.
    """

    collection: str
    rkey: str
    did: str
    rev: str
    at_us: int
    is_deleted: bool = False
    cid: str | None = None
    created_at: str | None = None
    subject: Subject | None = None
    subject_cid: str | None = None
    root: Subject | None = None
    quoted: Subject | None = None
    text: str | None = None
    langs: str | None = None
    data: bytes | None = None
    parts: tuple[Part, ...] = ()

    @property
    def key(self) -> Key:
        """Its place in the network."""
        return Key(self.collection, self.rkey, self.did)


class KnownRecord(NamedTuple):
    """What must be known of a stored record to fold later events into it."""

    rev: str
    at_us: int
    is_deleted: bool
    subject: Subject | None = None
    quoted: Subject | None = None


class KnownUser(NamedTuple):
    """When what is stored of a user was so, µs since 1970: the handle, and how the account is."""

    identity_at_us: int = 0
    account_at_us: int = 0


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user whose records were seen, by the latest identity and account events."""

    did: str
    handle: str | None = None
    identity_at_us: int = 0
    is_active: bool = True
    status: str = "active"
    account_at_us: int = 0
