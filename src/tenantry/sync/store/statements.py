"""The statements of sync."""

from typing import Any

from tenantry.db import Transaction, load_statements


def statements(tx: Transaction) -> Any:
    """Return those of the transaction's database."""
    return load_statements("tenantry.sync", tx.dialect)
