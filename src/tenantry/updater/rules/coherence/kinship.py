"""What a row says of the rows that it names."""

from collections.abc import Callable
from typing import Any, TypeAlias

from tenantry.updater.model import PARENTS, Row, TableName, Ticket
from tenantry.updater.rules.coherence.finding import Findings
from tenantry.updater.rules.coherence.tickets import (
    check_customer_of,
    check_machine_of,
    check_technician_of,
)

Find: TypeAlias = Callable[[TableName, str], Any]
"""Returns the row of a table with an id, None where there is none that can be compared."""


def check_parents(row: Row, find: Find, findings: Findings) -> None:
    """Find a row that names another one that there is none."""
    for column, table in PARENTS[row.table].items():
        parent_id = getattr(row, column)
        if parent_id is not None and find(table, parent_id) is None:
            findings.add(
                "parent-missing",
                row,
                f"{column} {parent_id} is none",
                column=column,
                value=parent_id,
            )


def check_ticket_parents(row: Ticket, find: Find, findings: Findings) -> None:
    """Find a ticket that does not agree with its customer, its machine or its technician."""
    customer = find("customers", row.customer_id)
    if customer is not None:
        check_customer_of(row, customer, findings)
    machine = find("equipment", row.equipment_id) if row.equipment_id is not None else None
    if machine is not None:
        check_machine_of(row, machine, findings)
    check_assignment(row, find, findings)


def check_assignment(row: Ticket, find: Find, findings: Findings) -> None:
    """Find a technician who cannot do what the ticket needs."""
    if row.assigned_technician_id is not None:
        technician = find("technicians", row.assigned_technician_id)
        if technician is not None:
            check_technician_of(row, technician, findings)
