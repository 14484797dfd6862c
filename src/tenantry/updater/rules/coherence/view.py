"""The world as it is after a batch, without changing it."""

from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec

from tenantry.updater.model import (
    TABLES,
    Row,
    TableName,
    Technician,
    TicketUpdate,
    Update,
    World,
)
from tenantry.updater.rules.coherence.loads import add_loads

STATE: Final = frozenset(
    {
        "status",
        "sales_stage",
        "stage_entered_at",
        "probability",
        "lead_score",
        "interest_level",
        "estimated_deal_value",
        "record_type",
        "customer_number",
        "customer_since",
        "customer_until",
        "lost_reason",
        "last_contact_date",
        "next_follow_up_date",
        "priority",
        "account_manager_id",
        "assigned_technician_id",
        "assigned_at",
        "scheduled_date",
        "started_at",
        "parts_used",
        "work_order_notes",
        "resolution_notes",
        "labor_hours",
        "resolved_at",
        "updated_at",
    }
)
"""The columns that move; a row in which only these have changed is still who it was."""


class View:
    """The rows that a batch begins or changes, laid over the world before it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[TableName, dict[str, Any]] = {table: {} for table in TABLES}
        # What changes as it was before; what is not here is new, or says somebody else.
        self.before: dict[tuple[TableName, str], Any] = {}
        self.lines: dict[str, list[TicketUpdate]] = {}

    def begin(self, row: Row) -> bool:
        """Take a row that begins; return whether there was none with its id."""
        table, row_id = row.table, row.id
        rows = self.rows[table]
        is_new = row_id not in rows and self.stored(table, row_id) is None
        rows[row_id] = row
        if table == "service_ticket_updates":
            self._begin_line(row)
        return is_new

    def change(self, update: Update) -> bool:
        """Take a row that changes; return whether there is one."""
        table, row_id = update.table, update.row_id
        rows = self.rows[table]
        known = rows.get(row_id)
        if known is None:
            known = self.stored(table, row_id)
            if known is None:
                return False
            self.before[table, row_id] = known
        rows[row_id] = msgspec.structs.replace(known, **update.values)
        if not STATE.issuperset(update.values):
            self.before.pop((table, row_id), None)
        return True

    def find(self, table: TableName, row_id: str) -> Any:
        """Return a row as it is after the batch; None where there is none."""
        return self.rows[table].get(row_id) or self.stored(table, row_id)

    def stored(self, table: TableName, row_id: str) -> Any:
        """Return a row as it was before the batch; None where there is none."""
        world = self.world
        if table == "business_records":
            return world.leads.get(row_id) or world.accounts.get(row_id)
        if table == "service_tickets":
            return world.tickets.get(row_id)
        if table == "customers":
            return world.customers.get(row_id)
        if table == "equipment":
            return world.equipment.get(row_id)
        return world.technicians.get(row_id) if table == "technicians" else None

    def loads(self, technician_ids: Iterable[str]) -> dict[str, int]:
        """Return how many tickets technicians have in hand after the batch."""
        loads = dict.fromkeys(technician_ids, 0)
        after = self.rows["service_tickets"]
        before = self.world.tickets.items()
        add_loads((ticket for ticket_id, ticket in before if ticket_id not in after), loads)
        add_loads(after.values(), loads)
        return loads

    def technicians(self, ids: Collection[str]) -> list[Technician]:
        """Return those of the technicians that there are."""
        found = (self.find("technicians", technician_id) for technician_id in sorted(ids))
        return [technician for technician in found if technician is not None]

    def _begin_line(self, row: Any) -> None:
        self.lines.setdefault(row.ticket_id, []).append(row)
