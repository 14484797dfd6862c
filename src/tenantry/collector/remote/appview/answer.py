"""What the AT Protocol service answers, as far as it is used here."""

from typing import Generic, TypeAlias, TypeVar

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A user; the DID stays, the handle may change, and is None where none is valid.

    Counts are None in views that carry none: of all lists of users. `getProfiles` has them.
    """

    did: str
    handle: str | None = None
    display_name: str | None = None
    followers_count: int | None = None
    follows_count: int | None = None
    posts_count: int | None = None


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A post, who wrote it, and what it has got."""

    uri: str
    did: str
    handle: str | None = None
    cid: str | None = None
    text: str | None = None
    created_at: str | None = None
    like_count: int = 0
    repost_count: int = 0
    reply_count: int = 0
    quote_count: int = 0


T = TypeVar("T", bound=Profile | Post)


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Users or posts, each once; it may be short, or empty, and another one still follow.

    `cursor` asks for the next page, and is None where there is none: also where the service has
    answered with the very cursor that it was asked with. `skipped` entries could not be read.
    """

    items: tuple[T, ...] = ()
    cursor: str | None = None
    skipped: int = 0


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    """Users in the order in which they were asked for, and those that the service leaves out."""

    found: tuple[Profile, ...] = ()
    missing: tuple[str, ...] = ()


class NotOffered(msgspec.Struct, frozen=True):
    """The service does not do this for us at all, whoever it is about: `searchPosts`, mostly."""

    method: str
    status: int


class Declined(msgspec.Struct, frozen=True):
    """The service will not answer for this subject: it is unknown, gone, blocked or misspelt.

    `error` is the protocol's own word for it.
    """

    method: str
    error: str


Refusal: TypeAlias = NotOffered | Declined
