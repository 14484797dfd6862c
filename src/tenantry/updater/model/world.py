"""The world of a tenant: what its simulation knows when it goes on."""

from typing import Any

import msgspec

from tenantry.updater.model.batch import Batch, Update
from tenantry.updater.model.rows import (
    BusinessRecord,
    Customer,
    Equipment,
    Row,
    TableName,
    Technician,
    Ticket,
)


class World(msgspec.Struct, kw_only=True):
    """What a slot is computed from; `take` brings it to after a batch.

    Read from the tables it is the same as carried on in memory, but for the order of its mappings:
    whoever lets an order matter sorts. It has the leads that are under way, the customers there
    are, and the tickets that are not over. What a person has edited is not in it as a lead, an
    account or a ticket, so that nothing moves it. `numbers` are counters that never go back, not
    even by an undo.
    """

    seed: int
    # The last slot of each updater, µs; what happens in a slot happens behind the one before.
    slots: dict[str, int] = msgspec.field(default_factory=dict)
    numbers: dict[str, int] = msgspec.field(default_factory=dict)
    leads: dict[str, BusinessRecord] = msgspec.field(default_factory=dict)
    accounts: dict[str, BusinessRecord] = msgspec.field(default_factory=dict)
    customers: dict[str, Customer] = msgspec.field(default_factory=dict)
    equipment: dict[str, Equipment] = msgspec.field(default_factory=dict)
    technicians: dict[str, Technician] = msgspec.field(default_factory=dict)
    tickets: dict[str, Ticket] = msgspec.field(default_factory=dict)

    def take(self, batch: Batch) -> None:
        """Bring the world to after `batch`."""
        for change in batch.changes:
            if isinstance(change, Update):
                self._update(change)
            else:
                self._begin(change)

    def number(self, kind: str, first: int) -> int:
        """Return the next number of a kind, which is nobody's any more from now on."""
        value = self.numbers.get(kind, first)
        self.numbers[kind] = value + 1
        return value

    def _begin(self, row: Row) -> None:
        if isinstance(row, BusinessRecord):
            self._place(row)
        elif isinstance(row, Ticket):
            if is_open(row):
                self.tickets[row.id] = row
        elif isinstance(row, Customer):
            self.customers[row.id] = row
        elif isinstance(row, Equipment):
            self.equipment[row.id] = row
        elif isinstance(row, Technician):
            self.technicians[row.id] = row

    def _update(self, update: Update) -> None:
        known = self._find(update.table, update.row_id)
        if known is None:
            return
        row: Any = msgspec.structs.replace(known, **update.values)
        if isinstance(row, BusinessRecord):
            self._place(row)
        elif isinstance(row, Ticket) and not is_open(row):
            del self.tickets[row.id]
        else:
            self._begin(row)

    def _place(self, record: BusinessRecord) -> None:
        if is_lead(record):
            self.leads[record.id] = record
            return
        self.leads.pop(record.id, None)
        if record.record_type == "customer":
            self.accounts[record.id] = record
        else:
            self.accounts.pop(record.id, None)

    def _find(self, table: TableName, row_id: str) -> Row | None:
        if table == "business_records":
            return self.leads.get(row_id) or self.accounts.get(row_id)
        by_table: dict[str, dict[str, Any]] = {
            "customers": self.customers,
            "equipment": self.equipment,
            "technicians": self.technicians,
            "service_tickets": self.tickets,
        }
        found: Row | None = by_table.get(table, {}).get(row_id)
        return found


def is_lead(record: BusinessRecord) -> bool:
    """Whether a record is a lead that is under way: neither won nor lost."""
    return record.record_type == "lead" and record.status != "closed_lost"


def is_open(ticket: Ticket) -> bool:
    """Whether a ticket is not over."""
    return ticket.status not in {"completed", "cancelled"}
