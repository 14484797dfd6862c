"""What the database server says of itself."""

from typing import Any

from tenantry.db import Transaction, load_statements


def read_server(tx: Transaction) -> tuple[str, int | None]:
    """Return its version, and its time in microseconds since 1970; None where it is no server."""
    version, now_us = _statements(tx).server(tx.connection)
    return version, now_us


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.operations", tx.dialect)
