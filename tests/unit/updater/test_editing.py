"""What a person may write into a row, and what the simulation knows of it then."""

from typing import Any

import msgspec
import pytest

from tenantry.base.errors import Invalid
from tenantry.updater.model import Row, RowName, StoredRow, TableName
from tenantry.updater.model.undo import Delta, History
from tenantry.updater.rules import edited_values, remembered
from tests.support.living import customer, technician


@pytest.mark.parametrize(
    "table, column, value",
    [
        ("technicians", "capacity", 2**63),
        ("technicians", "capacity", -(10**400)),
        ("technicians", "capacity", 1.5),
        ("technicians", "skills", ["network\0"]),
        ("technicians", "skills", ["\ud800"]),
        ("technicians", "skills", ["x" * 10_001]),
        ("technicians", "skills", ["x"] * 101),
        ("technicians", "name", "\udfff"),
        ("technicians", "name", "x" * 10_001),
        ("service_tickets", "labor_hours", float("nan")),
        ("service_tickets", "labor_hours", float("inf")),
        ("service_tickets", "resolved_at", 5),
        ("service_tickets", "ticket_number", "ST-1"),
        ("service_tickets", "customer_id", "cust-2"),
        ("customers", "\ud800", 1),
    ],
)
def test_what_no_column_keeps_is_refused_by_its_name(
    table: TableName, column: str, value: Any
) -> None:
    with pytest.raises(Invalid) as refused:
        edited_values(table, {column: value})
    details = refused.value.details or {}
    assert details["field"] == column
    assert len(str(details["got"])) < 100


def test_what_a_person_has_written_is_not_what_the_simulation_knows() -> None:
    row = customer("cust-1")
    edited = msgspec.structs.replace(row, phone="+1 202 456 1111", name="Somebody real")

    assert remembered(_history(row, edited)) == row


def test_that_a_technician_is_not_there_is_all_that_is_taken_from_a_person() -> None:
    row = technician("t-1")
    edited = msgspec.structs.replace(row, is_available=False, capacity=10**9, name="Ann")

    assert remembered(_history(row, edited)) == msgspec.structs.replace(row, is_available=False)


def test_nothing_is_known_of_a_row_that_no_run_has_made() -> None:
    row = customer("cust-1")
    history = History(name=RowName(row.table, row.id), deltas=(), stored=StoredRow(row=row))

    assert remembered(history) is None


def _history(row: Row, edited: Row) -> History:
    begun = Delta(run_id="run", is_begun=True, is_undone=False, values=msgspec.structs.asdict(row))
    stored = StoredRow(row=edited, edited_at=1, edited_by="ann")
    return History(name=RowName(row.table, row.id), deltas=(begun,), stored=stored)
