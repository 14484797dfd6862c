"""The statements of the updater; those about rows go by table."""

from collections.abc import Callable
from typing import Any, Final

from tenantry.db import Transaction, load_statements
from tenantry.updater.model import TableName

_NAMES: Final[dict[TableName, str]] = {
    "business_records": "records",
    "customers": "customers",
    "technicians": "technicians",
    "equipment": "equipment",
    "business_record_activities": "activities",
    "service_tickets": "tickets",
    "service_ticket_updates": "ticket_updates",
}


def statements(tx: Transaction) -> Any:
    """Return those of the transaction's database."""
    return load_statements("tenantry.updater", tx.dialect)


def statement_of(tx: Transaction, pattern: str, *tables: TableName) -> Callable[..., Any]:
    """Return the statement about these tables: `insert_{}`, `{}_of_{}`."""
    name = pattern.format(*(_NAMES[table] for table in tables))
    found: Callable[..., Any] = getattr(statements(tx), name)
    return found
