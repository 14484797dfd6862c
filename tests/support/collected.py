"""Records, and what they come to, for tests of what the collector stores."""

from typing import Any

from tenantry.collector.model import (
    FOLLOWS,
    HOUR_US,
    LIKES,
    POSTS,
    REPOSTS,
    Activity,
    AuthorHour,
    Batch,
    Engagement,
    Hashtag,
    Link,
    Media,
    Mention,
    Record,
    Subject,
)

HOUR = 497_000
AT_US = HOUR * HOUR_US
ANN = "did:plc:ann"
BOB = "did:plc:bob"
EVE = "did:plc:eve"
PARTS = (
    Mention(did=BOB),
    Hashtag(tag="art"),
    Link(url="https://news.example/a", domain="news.example"),
    Media(kind="image", alt="a cat", mime="image/png", cid="bafy", width=3, height=4),
)
BLOCKS = "app.bsky.graph.block"


def post(rkey: str, did: str = ANN, **values: Any) -> Record:
    """Return a post that is live."""
    return _record(POSTS, rkey, did, {"text": "hi", "langs": "en"} | values)


def like(rkey: str, of: Subject, did: str = BOB, **values: Any) -> Record:
    """Return a like of a post."""
    return _record(LIKES, rkey, did, {"subject": of, "subject_cid": "bafy"} | values)


def repost(rkey: str, of: Subject, did: str = BOB, **values: Any) -> Record:
    """Return a repost of a post."""
    return _record(REPOSTS, rkey, did, {"subject": of, "subject_cid": "bafy"} | values)


def follow(rkey: str, of: str, did: str = BOB, **values: Any) -> Record:
    """Return a follow of a user."""
    return _record(FOLLOWS, rkey, did, {"subject": Subject(of)} | values)


def block(rkey: str, did: str = BOB, **values: Any) -> Record:
    """Return a record of a collection that has no table of its own."""
    return _record(BLOCKS, rkey, did, {"data": b'{"subject":"x"}'} | values)


def deleted(record: Record, rev: str = "9") -> Record:
    """Return what is left of a record when it is deleted."""
    return Record(
        collection=record.collection,
        rkey=record.rkey,
        did=record.did,
        rev=rev,
        at_us=record.at_us + 1,
        is_deleted=True,
    )


def everything() -> Batch:
    """Return a batch of every kind of record, and what they come to."""
    subject = Subject(ANN, "p1")
    records = (
        post("p1", parts=PARTS),
        post("p2", BOB, subject=subject, root=subject, quoted=subject),
        like("l1", subject),
        repost("r1", subject),
        follow("f1", ANN),
        block("b1"),
    )
    return Batch(
        records=records,
        engagement={subject: Engagement(likes=1, reposts=1, replies=1, quotes=1)},
        author_hours={
            AuthorHour(HOUR, ANN): Activity(1, 1, 1, 1, 1, 1),
            AuthorHour(HOUR, BOB): Activity(posts=1),
        },
    )


def _record(collection: str, rkey: str, did: str, values: dict[str, Any]) -> Record:
    common: dict[str, Any] = {
        "rev": "1",
        "at_us": AT_US,
        "cid": "bafy",
        "created_at": "2026-11-27T01:00:00Z",
    }
    return Record(collection=collection, rkey=rkey, did=did, **(common | values))
