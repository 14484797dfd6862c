"""Where tenants stand, as rows."""

import msgspec

from tenantry.db import Transaction
from tenantry.sync.model import TenantState
from tenantry.sync.store.statements import statements


def find_tenant(tx: Transaction, tenant_id: str) -> TenantState | None:
    """Return where a tenant stands; None where nothing was ever synchronised."""
    row = statements(tx).tenant_of_id(tx.connection, tenant_id=tenant_id)
    if row is None:
        return None
    ready_at, source, correlation_id, attempts, retry_at = row
    return TenantState(
        tenant_id=tenant_id,
        ready_at=ready_at,
        source=source,
        correlation_id=correlation_id,
        attempts=attempts,
        retry_at=retry_at,
    )


def keep_tenant(tx: Transaction, state: TenantState) -> None:
    """Store where a tenant stands."""
    statements(tx).keep_tenant(tx.connection, **msgspec.structs.asdict(state))


def tenants_behind(tx: Transaction, after: str, limit: int) -> list[str]:
    """Return the next tenants, by id, of which anything was ever synchronised."""
    rows = statements(tx).tenants_behind(tx.connection, after=after, row_limit=limit)
    return [tenant_id for (tenant_id,) in rows]


def delete_all(tx: Transaction, tenant_id: str) -> None:
    """Delete everything that was synchronised of a tenant, and what tells of it."""
    for name in (
        "delete_rows_of_tenant",
        "delete_collections_of_tenant",
        "delete_pages_of_tenant",
        "delete_timeline_of_tenant",
        "delete_runs_of_tenant",
        "delete_tenant",
    ):
        getattr(statements(tx), name)(tx.connection, tenant_id=tenant_id)
