"""The statements of the collector."""

from typing import Any

import msgspec

from tenantry.db import Transaction, load_statements


def statements(tx: Transaction) -> Any:
    """Return those of the transaction's database."""
    return load_statements("tenantry.collector", tx.dialect)


def encode(value: Any) -> str:
    """Return `value` as a statement takes it that is called once for many rows."""
    return msgspec.json.encode(value).decode()
