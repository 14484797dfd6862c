"""Questions to what is collected, each answered from counts or from a bounded stretch of rows.

Hours are whole ones: a window of so many hours ends with the hour that `now_us` is in.
"""

from itertools import starmap
from typing import Any, Final

from tenantry.collector.model import (
    HOUR_US,
    GrowingUser,
    Leader,
    Mentioned,
    Network,
    TrendingUser,
)
from tenantry.collector.store.statements import statements
from tenantry.db import Transaction

DAY_HOURS: Final = 24


def trending(
    tx: Transaction, tenant_id: str, *, now_us: int, limit: int, hours: int = DAY_HOURS
) -> list[TrendingUser]:
    """Return who has gained the most followers in the last hours."""
    rows = statements(tx).trending(
        tx.connection, tenant_id=tenant_id, row_limit=limit, **_window(now_us, hours)
    )
    return [
        TrendingUser(did=did, handle=handle, gained=int(gained), followers=int(followers))
        for did, handle, gained, followers in rows
    ]


def growth(
    tx: Transaction,
    tenant_id: str,
    *,
    now_us: int,
    limit: int,
    hours: int = DAY_HOURS,
    least: int = 1,
) -> list[GrowingUser]:
    """Return who grows the fastest, of those who have gained `least` followers."""
    window = _window(now_us, hours)
    rows = statements(tx).growth(
        tx.connection, tenant_id=tenant_id, least=least, row_limit=limit, **window
    )
    return [
        GrowingUser(
            did=did,
            handle=handle,
            gained=int(gained),
            before=int(before),
            rate=int(gained) / max(int(before), 1),
        )
        for did, handle, gained, before in rows
    ]


def leaders(
    tx: Transaction, tenant_id: str, *, now_us: int, limit: int, hours: int = DAY_HOURS
) -> list[Leader]:
    """Return whose posts have got the most in the last hours."""
    rows = statements(tx).leaders(
        tx.connection, tenant_id=tenant_id, row_limit=limit, **_window(now_us, hours)
    )
    return list(starmap(_leader, rows))


def network(
    tx: Transaction,
    tenant_id: str,
    *,
    now_us: int,
    from_rkey: str,
    until_rkey: str,
    limit: int = 20,
) -> Network:
    """Return what there is. The two keys bound the posts whose words are counted.

    They are those of records of 24 hours ago and of now, for keys begin with their time.
    """
    named, window = statements(tx), _window(now_us, DAY_HOURS)
    keys = {"from_rkey": from_rkey, "until_rkey": until_rkey, "row_limit": limit}
    users, hidden = named.user_counts(tx.connection, tenant_id=tenant_id)
    records = list(named.live_records(tx.connection, tenant_id=tenant_id, **window))
    mentions = named.top_mentions(tx.connection, tenant_id=tenant_id, **keys)
    return Network(
        users=users,
        hidden_users=hidden,
        records={name: int(count) for name, count, _ in records if count},
        records_per_hour=sum(int(recent) for _, _, recent in records) / DAY_HOURS,
        hashtags=dict(named.top_hashtags(tx.connection, tenant_id=tenant_id, **keys)),
        domains=dict(named.top_domains(tx.connection, tenant_id=tenant_id, **keys)),
        mentions=tuple(
            Mentioned(did=did, handle=handle, uses=uses) for did, handle, uses in mentions
        ),
    )


def _window(now_us: int, hours: int) -> dict[str, int]:
    until = now_us // HOUR_US + 1
    return {"from_hour": until - hours, "until_hour": until}


def _leader(did: str, handle: str | None, *counts: Any) -> Leader:
    score, posts, likes, reposts, replies, quotes = map(int, counts)
    return Leader(
        did=did,
        handle=handle,
        score=score,
        posts=posts,
        likes=likes,
        reposts=reposts,
        replies=replies,
        quotes=quotes,
    )
