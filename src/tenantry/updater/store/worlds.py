"""How far simulations are, and what a step begins with."""

from typing import Any, Final

import msgspec

from tenantry.db import Transaction
from tenantry.updater.model import (
    Batch,
    Row,
    RowName,
    StoredWorld,
    TableName,
    World,
)
from tenantry.updater.store.columns import encode, rows_from
from tenantry.updater.store.statements import statements

_NUMBERS: Final = msgspec.json.Decoder(dict[str, int])
_KNOWN: Final[tuple[tuple[str, TableName], ...]] = (
    ("records_under_way", "business_records"),
    ("all_customers", "customers"),
    ("all_equipment", "equipment"),
    ("all_technicians", "technicians"),
    ("open_tickets", "service_tickets"),
)


def find_world(tx: Transaction, tenant_id: str) -> StoredWorld | None:
    """Return how far a tenant's simulation is; None where it has never begun."""
    found = statements(tx).world_of_tenant(tx.connection, tenant_id=tenant_id)
    return None if found is None else _world(*found)


def insert_world(tx: Transaction, world: StoredWorld) -> bool:
    """Store a simulation that begins; False where there is one."""
    done = statements(tx).insert_world(tx.connection, **_columns(world))
    return done is not None


def keep_world(tx: Transaction, world: StoredWorld) -> bool:
    """Store how far a simulation is, as the revision behind `world.revision`.

    False, and nothing stored, where somebody else has gone on from that revision. Whether it runs,
    or has a history made, stays what it is.
    """
    done = statements(tx).keep_world(
        tx.connection,
        tenant_id=world.tenant_id,
        corpus_version=world.corpus_version,
        revision=world.revision,
        numbers=encode(world.numbers),
        slots=encode(world.slots),
    )
    return done is not None


def set_running(
    tx: Transaction,
    tenant_id: str,
    *,
    is_dry_run: bool,
    log_level: str | None,
    at: int,
    by: str,
) -> str | None:
    """Store that a simulation runs, and return its log level; None where it does already."""
    found: str | None = statements(tx).set_running(
        tx.connection,
        tenant_id=tenant_id,
        is_running=1,
        is_dry_run=int(is_dry_run),
        log_level=log_level,
        started_at=at,
        started_by=by,
    )
    return found


def set_stopped(tx: Transaction, tenant_id: str) -> bool:
    """Store that a simulation runs no more; False where it did not."""
    done = statements(tx).set_running(
        tx.connection,
        tenant_id=tenant_id,
        is_running=0,
        is_dry_run=None,
        log_level=None,
        started_at=None,
        started_by=None,
    )
    return done is not None


def set_backfill(tx: Transaction, tenant_id: str, *, since: int, until: int) -> None:
    """Store which history is being made."""
    statements(tx).set_backfill(
        tx.connection, tenant_id=tenant_id, backfill_from=since, backfill_until=until
    )


def end_backfill(tx: Transaction, tenant_id: str, *, until: int) -> bool:
    """Store that a history is complete; False where that was told, or it is another one's."""
    done = statements(tx).end_backfill(tx.connection, tenant_id=tenant_id, backfill_until=until)
    return done is not None


def load_world(tx: Transaction, stored: StoredWorld) -> tuple[World, list[RowName]]:
    """Return what a step is computed from, and the rows that are left out of it.

    Those are customers, machines and technicians that a person has edited: what he has written
    there is his own, and nothing is made of it. Read in the unit that has read `stored`.
    """
    world = World(seed=stored.seed, slots=dict(stored.slots), numbers=dict(stored.numbers))
    rows = list[Row]()
    edited = list[RowName]()
    for name, table in _KNOWN:
        found = getattr(statements(tx), name)(tx.connection, tenant_id=stored.tenant_id)
        for each in rows_from(table, found):
            if each.edited_at is None:
                rows.append(each.row)
            else:
                edited.append(RowName(table, each.row.id))
    world.take(Batch(rows))
    return world, edited


def worlds_under_way(tx: Transaction) -> list[str]:
    """Return the tenants, by id, whose simulation runs or is being backfilled."""
    return [tenant_id for (tenant_id,) in statements(tx).worlds_under_way(tx.connection)]


def _columns(world: StoredWorld) -> dict[str, Any]:
    return msgspec.structs.asdict(world) | {
        "seed": str(world.seed),
        "numbers": encode(world.numbers),
        "slots": encode(world.slots),
        "is_running": int(world.is_running),
        "is_dry_run": int(world.is_dry_run),
    }


def _world(*columns: Any) -> StoredWorld:
    values = dict(zip(StoredWorld.__struct_fields__, columns, strict=True))
    return StoredWorld(
        **values
        | {
            "seed": int(values["seed"]),
            "numbers": _NUMBERS.decode(values["numbers"]),
            "slots": _NUMBERS.decode(values["slots"]),
            "is_running": bool(values["is_running"]),
            "is_dry_run": bool(values["is_dry_run"]),
        }
    )
