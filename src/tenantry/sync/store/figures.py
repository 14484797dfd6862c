"""What all runs together say, as rows."""

from typing import Any

from tenantry.db import Transaction
from tenantry.sync.model import CollectionFigure, RunFigure, StandingFigure
from tenantry.sync.store.statements import statements


def run_figures(
    tx: Transaction, tenant_id: str | None, *, since: int, limit: int
) -> list[RunFigure]:
    """Return what is measured of the newest runs, of one tenant or of all."""
    rows = statements(tx).runs_since(
        tx.connection, since=since, tenant_id=tenant_id or "", row_limit=limit
    )
    return [RunFigure(*row) for row in rows]


def run_counts(tx: Transaction, *, since: int, limit: int) -> dict[str, int]:
    """Return how many of the newest runs stand how, of all tenants."""
    rows: Any = statements(tx).run_counts(tx.connection, since=since, row_limit=limit)
    return {status: int(count) for status, count in rows}


def standings(tx: Transaction, tenant_id: str | None) -> list[StandingFigure]:
    """Return where each tenant stands, with its last run."""
    rows = statements(tx).standings(tx.connection, tenant_id=tenant_id or "")
    return [StandingFigure(*row) for row in rows]


def collection_figures(tx: Transaction, tenant_id: str | None) -> list[CollectionFigure]:
    """Return how many collections stand how, by name and status."""
    rows = statements(tx).collection_figures(tx.connection, tenant_id=tenant_id or "")
    return [
        CollectionFigure(name, status, count, int(total)) for name, status, count, total in rows
    ]


def due_tenants(tx: Transaction, *, now: int, limit: int) -> list[str]:
    """Return tenants that have a collection whose next attempt is due."""
    rows: Any = statements(tx).due_collections(tx.connection, now_us=now, row_limit=limit)
    return [tenant_id for (tenant_id,) in rows]


def deserted_runs(tx: Transaction, *, now: int, limit: int) -> list[tuple[str, str]]:
    """Return runs that are said to be under way and that nobody carries out."""
    rows: Any = statements(tx).deserted_runs(tx.connection, now_us=now, row_limit=limit)
    return [(tenant_id, correlation_id) for tenant_id, correlation_id in rows]


def forget(tx: Transaction, *, before: int) -> None:
    """Forget runs and timelines of before; a tenant's last run stays."""
    statements(tx).forget_timeline(tx.connection, before=before)
    statements(tx).forget_runs(tx.connection, before=before)
