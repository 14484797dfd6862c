"""How far the stream is stored, as rows: cursors, covered stretches, gaps and paces."""

from collections.abc import Iterable
from itertools import starmap
from typing import Any

import msgspec

from tenantry.collector.model import Covered, Cursor, Gap, Pace
from tenantry.collector.store.statements import statements
from tenantry.db import Transaction


def cursors_of(tx: Transaction, tenant_id: str) -> list[Cursor]:
    """Return how far each host's stream is stored."""
    rows = statements(tx).cursors_of_tenant(tx.connection, tenant_id=tenant_id)
    return [
        Cursor(host=host, wire=wire, time_us=time_us, seq=seq) for host, wire, time_us, seq in rows
    ]


def keep_cursor(tx: Transaction, tenant_id: str, cursor: Cursor) -> None:
    """Store how far a host's stream is stored."""
    values = msgspec.structs.asdict(cursor)
    statements(tx).write_cursor(tx.connection, tenant_id=tenant_id, **values)


def forget_other_cursors(tx: Transaction, tenant_id: str, cursor: Cursor) -> None:
    """Delete the cursors of other hosts: what comes next is counted from this one's on."""
    statements(tx).delete_other_cursors(
        tx.connection, tenant_id=tenant_id, host=cursor.host, wire=cursor.wire
    )


def covered_of(tx: Transaction, tenant_id: str) -> list[Covered]:
    """Return the stretches that are covered, in the order in which they were begun."""
    rows = statements(tx).covered_of_tenant(tx.connection, tenant_id=tenant_id)
    return list(starmap(_covered, rows))


def keep_covered(tx: Transaction, tenant_id: str, covered: Covered) -> Covered:
    """Store a stretch as it is now; returns it with its id, which a new one (0) is given."""
    if covered.id == 0:
        last = statements(tx).last_covered(tx.connection, tenant_id=tenant_id)
        covered = msgspec.structs.replace(covered, id=int(last) + 1)
    values = msgspec.structs.asdict(covered)
    statements(tx).write_covered(tx.connection, tenant_id=tenant_id, **values)
    return covered


def forget_covered(tx: Transaction, tenant_id: str, ids: Iterable[int]) -> None:
    """Delete stretches that have become part of another."""
    for each in ids:
        statements(tx).delete_covered(tx.connection, tenant_id=tenant_id, id=each)


def gaps_of(tx: Transaction, tenant_id: str) -> list[Gap]:
    """Return all gaps, in the order in which they were opened."""
    rows = statements(tx).gaps_of_tenant(tx.connection, tenant_id=tenant_id)
    return list(starmap(_gap, rows))


def keep_gap(tx: Transaction, tenant_id: str, gap: Gap) -> Gap:
    """Store a gap as it is now; returns it with its id, which a new one (0) is given."""
    if gap.id == 0:
        last = statements(tx).last_gap(tx.connection, tenant_id=tenant_id)
        gap = msgspec.structs.replace(gap, id=int(last) + 1)
    values = msgspec.structs.asdict(gap)
    statements(tx).write_gap(tx.connection, tenant_id=tenant_id, **values)
    return gap


def paces_of(tx: Transaction, tenant_id: str) -> list[Pace]:
    """Return how fast each collection comes."""
    rows = statements(tx).paces_of_tenant(tx.connection, tenant_id=tenant_id)
    return [
        Pace(collection=collection, events=events, rate=rate, last_us=last_us)
        for collection, events, rate, last_us in rows
    ]


def _covered(*row: Any) -> Covered:
    return Covered(**dict(zip(Covered.__struct_fields__, row, strict=True)))


def _gap(*row: Any) -> Gap:
    return Gap(**dict(zip(Gap.__struct_fields__, row, strict=True)))
