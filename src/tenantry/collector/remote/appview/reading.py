"""Reading bodies: what is wrong with one entry costs that entry, and never its page."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from tenantry.base.codec import check_depth
from tenantry.base.errors import Invalid
from tenantry.collector.errors import AppViewError
from tenantry.collector.remote.appview.answer import Page, Post, Profile, Profiles

MAX_CURSOR_CHARACTERS: Final = 4096

_DID: Final = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]{1,2000}")
_HANDLE: Final = re.compile(r"(?=.{1,253}\Z)(?:[a-zA-Z0-9-]{1,63}\.)+[a-zA-Z][a-zA-Z0-9-]{0,62}")
_INVALID_HANDLE: Final = "handle.invalid"
_ERROR: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
_REPOST: Final = "app.bsky.feed.defs#reasonRepost"
_FAILURES: Final = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)

T = TypeVar("T", bound=Profile | Post)


class _Profile(msgspec.Struct, frozen=True, rename="camel"):
    did: str
    handle: Any = None
    display_name: Any = None
    followers_count: Any = None
    follows_count: Any = None
    posts_count: Any = None


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    text: Any = None
    created_at: Any = None


class _Post(msgspec.Struct, frozen=True, rename="camel"):
    uri: str
    author: _Profile
    cid: Any = None
    record: _Record = _Record()
    like_count: Any = None
    repost_count: Any = None
    reply_count: Any = None
    quote_count: Any = None


class _Reason(msgspec.Struct, frozen=True, rename={"kind": "$type"}):
    kind: str = ""


class _FeedItem(msgspec.Struct, frozen=True):
    post: _Post
    reason: _Reason | None = None


class _Like(msgspec.Struct, frozen=True):
    actor: _Profile


class _Reply(msgspec.Struct, frozen=True):
    post: _Post


class _Thread(msgspec.Struct, frozen=True):
    post: _Post
    replies: list[msgspec.Raw] = []


class _Error(msgspec.Struct, frozen=True):
    error: str = ""


_ENVELOPE: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ANY: Final = msgspec.json.Decoder()


def is_actor(text: str) -> bool:
    """Whether a text can be asked about: a DID, or a handle that means somebody."""
    if text.startswith("did:"):
        return _DID.fullmatch(text) is not None
    return _HANDLE.fullmatch(text) is not None and text.lower() != _INVALID_HANDLE


def profiles_in(name: str, asked: str | None) -> Callable[[bytes], Page[Profile]]:
    """Return what reads a page of users, listed under `name`, that was asked for with a cursor."""
    return lambda body: _page(body, name, asked, _profile_of, key=lambda one: one.did)


def likers_in(asked: str | None) -> Callable[[bytes], Page[Profile]]:
    """Return what reads a page of likes: the users who like."""

    def read(entry: msgspec.Raw) -> Profile | None:
        return _profile(msgspec.json.decode(entry, type=_Like).actor)

    return lambda body: _page(body, "likes", asked, read, key=lambda one: one.did)


def posts_in(name: str, asked: str | None) -> Callable[[bytes], Page[Post]]:
    """Return what reads a page of posts, listed under `name`."""

    def read(entry: msgspec.Raw) -> Post | None:
        return _post(msgspec.json.decode(entry, type=_Post))

    return lambda body: _page(body, name, asked, read, key=lambda one: one.uri)


def feed_in(asked: str | None) -> Callable[[bytes], Page[Post]]:
    """Return what reads a page of somebody's feed: their posts, without what they repost."""

    def read(entry: msgspec.Raw) -> Post | None:
        item = msgspec.json.decode(entry, type=_FeedItem)
        is_repost = item.reason is not None and item.reason.kind == _REPOST
        return None if is_repost else _post(item.post)

    return lambda body: _page(body, "feed", asked, read, key=lambda one: one.uri)


def replies_in(body: bytes) -> Page[Post]:
    """Read a thread: the answers to its post; those that are blocked or gone are skipped."""
    thread = _envelope(body).get("thread", msgspec.Raw(b"null"))
    try:
        entries = msgspec.json.decode(thread, type=_Thread).replies
    except _FAILURES:
        raise _unreadable("thread") from None

    def read(entry: msgspec.Raw) -> Post | None:
        return _post(msgspec.json.decode(entry, type=_Reply).post)

    return _read(entries, read, key=lambda one: one.uri)


def found_in(asked: Sequence[str]) -> Callable[[bytes], Profiles]:
    """Return what reads the answer about several users, who were asked for by DIDs or handles."""

    def read(body: bytes) -> Profiles:
        page = _page(body, "profiles", None, _profile_of, key=lambda one: one.did)
        by_name = {one.did: one for one in page.items}
        by_name |= {one.handle: one for one in page.items if one.handle is not None}
        found = [by_name.get(_name_of(actor)) for actor in asked]
        return Profiles(
            found=tuple({one.did: one for one in found if one is not None}.values()),
            missing=tuple(actor for actor, one in zip(asked, found, strict=True) if one is None),
        )

    return read


def did_in(body: bytes) -> str:
    """Read the DID that a handle means."""
    did = _any(_envelope(body).get("did"))
    if not isinstance(did, str) or not _DID.fullmatch(did):
        raise _unreadable("did")
    return did


def error_in(body: bytes) -> str | None:
    """Return the protocol's word for what went wrong, None where the body is none of its own."""
    try:
        check_depth(body)
        error = msgspec.json.decode(body, type=_Error).error
    except (*_FAILURES, Invalid):
        return None
    return error if _ERROR.fullmatch(error) else None


def _page(
    body: bytes,
    name: str,
    asked: str | None,
    read: Callable[[msgspec.Raw], T | None],
    *,
    key: Callable[[T], str],
) -> Page[T]:
    envelope = _envelope(body)
    try:
        entries = _LIST.decode(envelope[name])
    except (KeyError, *_FAILURES):
        raise _unreadable(name) from None
    page = _read(entries, read, key=key)
    return msgspec.structs.replace(page, cursor=_cursor(envelope.get("cursor"), asked))


def _read(
    entries: Iterable[msgspec.Raw],
    read: Callable[[msgspec.Raw], T | None],
    *,
    key: Callable[[T], str],
) -> Page[T]:
    items: dict[str, T] = {}
    skipped = 0
    for entry in entries:
        try:
            item = read(entry)
        except _FAILURES:
            skipped += 1
            continue
        if item is not None:
            items.setdefault(key(item), item)
    return Page(items=tuple(items.values()), skipped=skipped)


def _envelope(body: bytes) -> dict[str, msgspec.Raw]:
    try:
        check_depth(body)
        return _ENVELOPE.decode(body)
    except (*_FAILURES, Invalid):
        # The decoder's own words could quote what stands there.
        raise _unreadable("body") from None


def _cursor(value: msgspec.Raw | None, asked: str | None) -> str | None:
    cursor = _any(value)
    if isinstance(cursor, int) and not isinstance(cursor, bool):
        cursor = str(cursor)
    if not isinstance(cursor, str) or not 1 <= len(cursor) <= MAX_CURSOR_CHARACTERS:
        return None
    return None if cursor == asked else cursor


def _any(value: msgspec.Raw | None) -> Any:
    try:
        return None if value is None else _ANY.decode(value)
    except _FAILURES:
        return None


def _profile_of(entry: msgspec.Raw) -> Profile:
    return _profile(msgspec.json.decode(entry, type=_Profile))


def _profile(seen: _Profile) -> Profile:
    if not _DID.fullmatch(seen.did):
        raise msgspec.ValidationError("no DID")
    return Profile(
        did=seen.did,
        handle=_handle(seen.handle),
        display_name=_text(seen.display_name),
        followers_count=_count(seen.followers_count),
        follows_count=_count(seen.follows_count),
        posts_count=_count(seen.posts_count),
    )


def _post(seen: _Post) -> Post:
    author = _profile(seen.author)
    if not seen.uri.startswith(f"at://{author.did}/"):
        raise msgspec.ValidationError("no post of its author")
    return Post(
        uri=seen.uri,
        did=author.did,
        handle=author.handle,
        cid=_text(seen.cid),
        text=_text(seen.record.text),
        created_at=_text(seen.record.created_at),
        like_count=_count(seen.like_count) or 0,
        repost_count=_count(seen.repost_count) or 0,
        reply_count=_count(seen.reply_count) or 0,
        quote_count=_count(seen.quote_count) or 0,
    )


def _handle(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) and is_actor(value) else None


def _name_of(actor: str) -> str:
    return actor if actor.startswith("did:") else actor.lower()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53
    return value if is_count else None


def _unreadable(name: str) -> AppViewError:
    return AppViewError(
        f"the service has answered with no {name} that can be read", retry_after_seconds=0.0
    )
