"""Posts that were collected, as strategies look through them: the newest first, page by page."""

import re
from typing import Final

from tenantry.collector.model.record import POSTS
from tenantry.collector.model.strategy_step import Page, PostSeen
from tenantry.collector.store.statements import encode, statements
from tenantry.db import Transaction

SCANNED: Final = 5_000
"""Hashtags, or mentions, that a page goes through, whatever it finds: a unit stays short."""

_NEWEST: Final = ("~", "")
_WORD: Final = re.compile(r"\w+")
_HASHTAG: Final = re.compile(r"#(\w+)")


def tags_of(query: str) -> tuple[str, ...]:
    """Return the hashtags that stand for a query: those in it, or else its words."""
    found = _HASHTAG.findall(query) or _WORD.findall(query)
    return tuple(dict.fromkeys(each.lower() for each in found))


def collected_by_tags(
    tx: Transaction, tenant_id: str, query: str, cursor: str | None, scanned: int = SCANNED
) -> Page:
    """Return posts with a hashtag of the query, and where the next page begins."""
    before = _place(cursor)
    of_page = {"tenant_id": tenant_id, "rkey": before[0], "did": before[1]}
    end = statements(tx).end_of_hashtags(tx.connection, **of_page, row_limit=scanned)
    if end is None:
        return Page()
    rows = statements(tx).collected_of_tags(
        tx.connection,
        **of_page,
        end_rkey=end[0],
        end_did=end[1],
        tags=encode(tags_of(query)),
    )
    posts = tuple(
        PostSeen(uri=_uri(did, rkey), did=did, handle=handle, like_count=likes)
        for rkey, did, handle, likes in rows
    )
    return Page(posts=posts, cursor=f"{end[0]} {end[1]}")


def collected_mentions(
    tx: Transaction, tenant_id: str, did: str, cursor: str | None, scanned: int = SCANNED
) -> Page:
    """Return posts that mention a user, and where the next page begins."""
    before = _place(cursor)
    of_page = {"tenant_id": tenant_id, "rkey": before[0], "did": before[1]}
    end = statements(tx).end_of_mentions(tx.connection, **of_page, row_limit=scanned)
    if end is None:
        return Page()
    rows = statements(tx).collected_mentions(
        tx.connection, **of_page, end_rkey=end[0], end_did=end[1], mentioned_did=did
    )
    posts = tuple(
        PostSeen(uri=_uri(author, rkey), did=author, handle=handle) for rkey, author, handle in rows
    )
    return Page(posts=posts, cursor=f"{end[0]} {end[1]}")


def _place(cursor: str | None) -> tuple[str, str]:
    if cursor is None:
        return _NEWEST
    rkey, _, did = cursor.partition(" ")
    return rkey, did


def _uri(did: str, rkey: str) -> str:
    return f"at://{did}/{POSTS}/{rkey}"
