"""Figures, dead letters, the switch and the pulse, as rows."""

import msgspec

from tenantry.collector.model import (
    DEAD_LETTERS,
    CollectionFigures,
    DeadFrame,
    Figures,
    Pulse,
    Switch,
)
from tenantry.collector.store.statements import statements
from tenantry.db import Transaction


def figures_of(tx: Transaction, tenant_id: str) -> Figures:
    """Return what came of all events so far."""
    rows = statements(tx).figures_of_tenant(tx.connection, tenant_id=tenant_id)
    found = {
        name: CollectionFigures(
            events=events, stored=stored, duplicates=duplicates, deletes=deletes
        )
        for name, events, stored, duplicates, deletes in rows
    }
    dead = found.pop(DEAD_LETTERS, CollectionFigures())
    return Figures(
        events=sum(each.events for each in found.values()),
        stored=sum(each.stored for each in found.values()),
        duplicates=sum(each.duplicates for each in found.values()),
        deletes=sum(each.deletes for each in found.values()),
        dead_letters=dead.events,
        cursor=statements(tx).last_cursor(tx.connection, tenant_id=tenant_id),
        by_collection=found,
    )


def dead_letters_before(
    tx: Transaction, tenant_id: str, before: int, limit: int
) -> list[DeadFrame]:
    """Return the frames that were no event, the latest first, of those with a lesser id."""
    rows = statements(tx).dead_letters_before(
        tx.connection, tenant_id=tenant_id, before=before, row_limit=limit
    )
    return [
        DeadFrame(id=dead_id, at=at, host=host, reason=reason, size=size, frame=bytes(frame))
        for dead_id, at, host, reason, size, frame in rows
    ]


def find_switch(tx: Transaction, tenant_id: str) -> Switch | None:
    """Return whether the tenant wants its stream collected; None where nobody has said."""
    row = statements(tx).switch_of_tenant(tx.connection, tenant_id=tenant_id)
    if row is None:
        return None
    is_on, at, by = row
    return Switch(is_on=bool(is_on), at=at, by=by)


def keep_switch(tx: Transaction, tenant_id: str, switch: Switch) -> None:
    """Store whether the tenant wants its stream collected."""
    statements(tx).write_switch(
        tx.connection, tenant_id=tenant_id, is_on=int(switch.is_on), at=switch.at, by=switch.by
    )


def pulses_of(tx: Transaction, tenant_id: str) -> list[Pulse]:
    """Return what those who collect last said of themselves, the latest first."""
    rows = statements(tx).pulses_of_tenant(tx.connection, tenant_id=tenant_id)
    return [msgspec.json.decode(data, type=Pulse) for (data,) in rows]


def keep_pulse(tx: Transaction, tenant_id: str, pulse: Pulse, *, forget_before: int) -> None:
    """Store what a node says of itself, and forget those that were last heard before a time."""
    data = msgspec.json.encode(pulse).decode()
    statements(tx).write_pulse(
        tx.connection, tenant_id=tenant_id, node=pulse.node, at=pulse.at, data=data
    )
    statements(tx).forget_pulses(tx.connection, tenant_id=tenant_id, before=forget_before)
