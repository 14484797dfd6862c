"""Rows of the log to values; the only module besides the two inserters that names its tables."""

from itertools import starmap
from typing import Any

from tenantry.base.errors import Unavailable
from tenantry.db import Transaction, load_statements
from tenantry.eventlog.event import Head, RecordedEvent, Unchanged


def statements(tx: Transaction) -> Any:
    """Return the log's named statements in the transaction's dialect."""
    return load_statements("tenantry.eventlog", tx.dialect)


def read_head(tx: Transaction) -> Head:
    """Return the end of the log as the database keeps it."""
    position, hash_, recorded_at = statements(tx).head(tx.connection)
    return Head(position=position, hash=bytes(hash_), recorded_at=recorded_at)


def touch_head(tx: Transaction) -> int:
    """Return the last position, having read the hash of its event; raises `Unavailable`."""
    head = read_head(tx)
    found = read_hash(tx, head.position) if head.position else head.hash
    if found != head.hash:
        raise Unavailable(
            f"the log has no event like its head, at position {head.position}",
            code="log_truncated",
        )
    return head.position


def read_page(tx: Transaction, after: int, limit: int) -> list[RecordedEvent]:
    """Return up to `limit` events behind position `after`, in order."""
    rows = statements(tx).page(tx.connection, after=after, limit=limit)
    return list(starmap(RecordedEvent, rows))


def read_window(  # noqa: PLR0917 - a window of positions, two tenants and two bounds
    tx: Transaction,
    after: int,
    positions: int,
    tenant_ids: tuple[str, str],
    start: str,
    until: str,
) -> list[RecordedEvent]:
    """Return what two tenants have in the `positions` places behind `after`, between two names."""
    rows = statements(tx).window_of_tenants(
        tx.connection,
        after=after,
        positions=positions,
        tenant_id=tenant_ids[0],
        other_tenant_id=tenant_ids[1],
        start=start,
        until=until,
    )
    return list(starmap(RecordedEvent, rows))


def read_briefs(
    tx: Transaction, tenant_id: str | None, after: int, until: int, max_bytes: int
) -> list[RecordedEvent]:
    """Return the events behind `after` and not behind `until`, of one tenant or of all.

    One whose data are more than `max_bytes` comes with none.
    """
    named, bounds = statements(tx), {"after": after, "until": until, "max_bytes": max_bytes}
    if tenant_id is None:
        rows = named.briefs(tx.connection, **bounds)
    else:
        rows = named.briefs_of_tenant(tx.connection, tenant_id=tenant_id, **bounds)
    return [
        RecordedEvent(position, tenant, stream, version, type_, data or b"", metadata, recorded_at)
        for position, tenant, stream, version, type_, data, metadata, recorded_at in rows
    ]


def read_stream_page(
    tx: Transaction, tenant_id: str, stream: str, after: int, limit: int
) -> list[RecordedEvent]:
    """Return up to `limit` events of one stream behind version `after`, in order."""
    rows = statements(tx).stream_page(
        tx.connection, tenant_id=tenant_id, stream=stream, after=after, limit=limit
    )
    return list(starmap(RecordedEvent, rows))


def read_last_at(
    tx: Transaction, tenant_id: str, stream: str, position: int
) -> RecordedEvent | None:
    """Return the last event of one stream at or before `position`."""
    row = statements(tx).last_of_stream_at(
        tx.connection, tenant_id=tenant_id, stream=stream, position=position
    )
    return RecordedEvent(*row) if row else None


def read_lasts_at(  # noqa: PLR0917 - a keyset page between two bounds
    tx: Transaction, tenant_id: str, start: str, until: str, position: int, limit: int
) -> list[RecordedEvent]:
    """Return the last event at or before `position` of up to `limit` streams between two names."""
    rows = statements(tx).last_of_streams_at(
        tx.connection,
        tenant_id=tenant_id,
        start=start,
        until=until,
        position=position,
        limit=limit,
    )
    return list(starmap(RecordedEvent, rows))


def read_hash(tx: Transaction, position: int) -> bytes | None:
    """Return the hash of one event, None where there is none."""
    found = statements(tx).hash_at(tx.connection, position=position)
    return None if found is None else bytes(found)


def find_position_at(tx: Transaction, instant: int) -> int:
    """Return the last position recorded at or before `instant` (µs), 0 where there is none.

    Positions and times rise together, so a binary search over the primary key does it: twenty
    look-ups in a million events, and no second index to keep on every append.
    """
    low, high = 0, read_head(tx).position
    named = statements(tx)

    while low < high:
        middle = (low + high + 1) // 2
        if named.time_at(tx.connection, position=middle) <= instant:
            low = middle
        else:
            high = middle - 1

    return low


def find_append(
    tx: Transaction, tenant_id: str, key: str, now_us: int
) -> tuple[bytes, int, int] | None:
    """Return request digest, first and last position of an idempotency key that has not expired."""
    row = statements(tx).append_of_key(tx.connection, tenant_id=tenant_id, key=key, now_us=now_us)
    return (bytes(row[0]), row[1], row[2]) if row else None


def has_changed(tx: Transaction, unchanged: Unchanged) -> bool:
    """Whether a stream that `unchanged` is about has grown behind its position."""
    found = statements(tx).has_changed(
        tx.connection,
        after=unchanged.after,
        any_tenant=unchanged.tenant_id is None,
        tenant_id=unchanged.tenant_id,
        start=unchanged.prefix,
        until=unchanged.until,
    )
    return bool(found)


def forget_expired_keys(tx: Transaction, now_us: int) -> None:
    """Delete the idempotency keys whose time is over."""
    statements(tx).forget_expired_keys(tx.connection, now_us=now_us)
