"""A tenant's rows, all of them, deleted."""

from typing import Final

from tenantry.collector.store.statements import statements
from tenantry.collector.store.strategies import delete_strategies
from tenantry.db import Transaction


def delete_all(tx: Transaction, tenant_id: str) -> None:
    """Delete everything that was collected for a tenant, and what tells of it."""
    for name in _TABLES:
        getattr(statements(tx), f"delete_all_{name}")(tx.connection, tenant_id=tenant_id)
    delete_strategies(tx, tenant_id)


_TABLES: Final = (
    "posts",
    "likes",
    "reposts",
    "follows",
    "records",
    "mentions",
    "hashtags",
    "links",
    "media",
    "engagement",
    "author_hours",
    "followed",
    "hours",
    "users",
    "cursors",
    "covered",
    "gaps",
    "paces",
    "figures",
    "dead_letters",
    "switches",
    "pulses",
)
