"""A batch as its statements take it: JSON, made outside of the unit, for it takes time.

The rows of a statement are in the order of their table, so that neighbours are written together.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from tenantry.collector.model import (
    DEAD_LETTERS,
    FOLLOWS,
    HOUR_US,
    LIKES,
    POSTS,
    REPOSTS,
    Activity,
    Batch,
    CollectionFigures,
    Covered,
    Cursor,
    DeadFrame,
    Hashtag,
    Link,
    Media,
    Mention,
    Part,
    Record,
    User,
)

FRAME_KEPT: Final = 64 * 1024
"""So many bytes are kept of a frame that was no event."""

Rows = list[tuple[Any, ...]]


class Call(msgspec.Struct, frozen=True):
    """A statement and its rows."""

    name: str
    rows: str


class EncodedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as it is written: `calls` in their order, then what is one row."""

    calls: tuple[Call, ...]
    dead_frames: str | None
    dead_frame_count: int
    cursor: Cursor | None
    covered: Covered | None


def encode_batch(batch: Batch) -> EncodedBatch:
    """Return what one write stores."""
    calls = [*_records(batch), *_parts(batch), *_counts(batch), *_others(batch)]
    frames = [_frame_row(each) for each in batch.dead_frames]
    return EncodedBatch(
        calls=tuple(calls),
        dead_frames=encode_rows(frames) if frames else None,
        dead_frame_count=len(frames),
        cursor=batch.cursor,
        covered=batch.covered,
    )


def encode_rows(rows: Rows) -> str:
    """Return rows as JSON, without the one character that PostgreSQL has no place for."""
    encoded = msgspec.json.encode(rows)
    if b"\\u0000" in encoded:
        encoded = msgspec.json.encode([tuple(map(_without_nul, row)) for row in rows])
    return encoded.decode()


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _records(batch: Batch) -> Iterable[Call]:
    tables: dict[str, Rows] = {name: [] for name in _TABLES}
    for record in batch.records:
        name, row_of = _ROWS_OF.get(record.collection, _OTHER_ROWS)
        tables[name].append(row_of(record))
    return (_sorted(f"write_{name}", rows) for name, rows in tables.items() if rows)


def _post_row(record: Record) -> tuple[Any, ...]:
    reply, root, quoted, data = record.subject, record.root, record.quoted, record.data
    return (
        record.rkey,
        record.did,
        record.rev,
        record.at_us,
        int(record.is_deleted),
        record.cid,
        record.created_at,
        record.text,
        record.langs,
        *((None, None) if reply is None else reply),
        *((None, None) if root is None else root),
        *((None, None) if quoted is None else quoted),
        None if data is None else data.decode(),
    )


def _subject_row(record: Record) -> tuple[Any, ...]:
    subject, data = record.subject, record.data
    return (
        record.rkey,
        record.did,
        record.rev,
        record.at_us,
        int(record.is_deleted),
        record.cid,
        record.created_at,
        *((None, None) if subject is None else subject),
        record.subject_cid,
        None if data is None else data.decode(),
    )


def _follow_row(record: Record) -> tuple[Any, ...]:
    subject, data = record.subject, record.data
    return (
        record.rkey,
        record.did,
        record.rev,
        record.at_us,
        int(record.is_deleted),
        record.cid,
        record.created_at,
        None if subject is None else subject.did,
        None if data is None else data.decode(),
    )


def _other_row(record: Record) -> tuple[Any, ...]:
    data = record.data
    return (
        record.collection,
        record.rkey,
        record.did,
        record.rev,
        record.at_us,
        int(record.is_deleted),
        record.cid,
        None if data is None else data.decode(),
    )


_TABLES: Final = ("posts", "likes", "reposts", "follows", "records")
_ROWS_OF: Final[dict[str, tuple[str, Callable[[Record], tuple[Any, ...]]]]] = {
    POSTS: ("posts", _post_row),
    LIKES: ("likes", _subject_row),
    REPOSTS: ("reposts", _subject_row),
    FOLLOWS: ("follows", _follow_row),
}
_OTHER_ROWS: Final = ("records", _other_row)


def _parts(batch: Batch) -> Iterable[Call]:
    posts = [record for record in batch.records if record.collection == POSTS]
    known = batch.known
    replaced: Rows = [
        (post.rkey, post.did)
        for post in posts
        if known and (before := known.get(post.key)) is not None and not before.is_deleted
    ]
    if replaced:
        keys = encode_rows(sorted(replaced))
        yield from (Call(f"delete_{name}", keys) for name in _PART_TABLES.values())

    tables: dict[str, Rows] = {name: [] for name in _PART_TABLES.values()}
    for post in posts:
        for position, part in enumerate(post.parts):
            row = (post.rkey, post.did, position, *msgspec.structs.astuple(part))
            tables[_PART_TABLES[type(part)]].append(row)
    yield from (_sorted(f"insert_{name}", rows) for name, rows in tables.items() if rows)


_PART_TABLES: Final[dict[type[Part], str]] = {
    Mention: "mentions",
    Hashtag: "hashtags",
    Link: "links",
    Media: "media",
}


def _counts(batch: Batch) -> Iterable[Call]:
    engagement: Rows = [
        (subject.rkey, subject.did, *change)
        for subject, change in batch.engagement.items()
        if subject.rkey and any(change)
    ]
    yield from _added("engagement", engagement, key_length=2)

    followed: dict[str, int] = {}
    hours: Rows = []
    for hour, change in batch.author_hours.items():
        if any(change):
            hours.append((*hour, *change))
        if gained := Activity(*change).followers:
            followed[hour[1]] = followed.get(hour[1], 0) + gained
    yield from _added("author_hours", hours, key_length=2)
    yield from _added("followed", [each for each in followed.items() if each[1]], key_length=1)
    yield from _added("hours", _live_by_hour(batch), key_length=2)


def _live_by_hour(batch: Batch) -> Rows:
    """Count the live records that come and those that go, by the hour of their latest event."""
    known = batch.known
    counts: dict[tuple[int, str], int] = {}
    for record in batch.records:
        if not record.is_deleted:
            key = (record.at_us // HOUR_US, record.collection)
            counts[key] = counts.get(key, 0) + 1
        before = known.get(record.key) if known else None
        if before is not None and not before.is_deleted:
            key = (before.at_us // HOUR_US, record.collection)
            counts[key] = counts.get(key, 0) - 1
    return [(*key, count) for key, count in counts.items() if count]


def _added(name: str, rows: Rows, *, key_length: int) -> Iterable[Call]:
    """Add to counts, and delete those that this may leave with nothing but zeros."""
    if not rows:
        return
    yield _sorted(f"add_{name}", rows)
    shrunk = [row[:key_length] for row in rows if min(row[key_length:]) < 0]
    if shrunk:
        yield _sorted(f"prune_{name}", shrunk)


def _others(batch: Batch) -> Iterable[Call]:
    told = {user.did for user in batch.users}
    authors = {record.did for record in batch.records}
    if authors - told:
        yield Call("add_users", encode_rows([(did,) for did in sorted(authors - told)]))
    if batch.users:
        yield _sorted("write_users", [_user_row(user) for user in batch.users])

    figures = dict(batch.figures)
    if batch.dead_frames:
        figures[DEAD_LETTERS] = CollectionFigures(events=len(batch.dead_frames))
    if figures:
        yield _sorted("add_figures", [(name, *_figures(each)) for name, each in figures.items()])
    if batch.paces:
        paces: Rows = [(p.collection, p.events, p.rate, p.last_us) for p in batch.paces]
        yield _sorted("write_paces", paces)


def _user_row(user: User) -> tuple[Any, ...]:
    return (
        user.did,
        user.handle,
        user.identity_at_us,
        int(user.is_active),
        user.status,
        user.account_at_us,
    )


def _figures(figures: CollectionFigures) -> tuple[int, ...]:
    return (figures.events, figures.stored, figures.duplicates, figures.deletes)


def _frame_row(frame: DeadFrame) -> tuple[Any, ...]:
    return (frame.at, frame.host, frame.reason, frame.size, frame.frame[:FRAME_KEPT].hex())


def _sorted(name: str, rows: Rows) -> Call:
    # Keys come first and are unique, so what follows them is never compared.
    rows.sort()
    return Call(name, encode_rows(rows))
