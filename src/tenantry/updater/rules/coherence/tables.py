"""The check of whole tables, as they are stored."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec

from tenantry.updater.model import (
    TABLES,
    Activity,
    BusinessRecord,
    Checked,
    Customer,
    Equipment,
    GenerationConfig,
    Row,
    TableName,
    Technician,
    Ticket,
    TicketUpdate,
)
from tenantry.updater.rules.coherence.activities import (
    ANY_MINUTES,
    call_minutes,
    check_activity,
    check_contact_of,
)
from tenantry.updater.rules.coherence.finding import Findings
from tenantry.updater.rules.coherence.history import (
    check_chain,
    check_line,
    check_line_of,
    is_move,
)
from tenantry.updater.rules.coherence.kinship import check_parents, check_ticket_parents
from tenantry.updater.rules.coherence.leads import check_record, check_revenue
from tenantry.updater.rules.coherence.loads import add_loads, check_loads
from tenantry.updater.rules.coherence.numbers import check_numbers, check_serials
from tenantry.updater.rules.coherence.parties import (
    check_customer,
    check_machine,
    check_record_of,
    check_technician,
)
from tenantry.updater.rules.coherence.tickets import check_ticket
from tenantry.updater.rules.safety import check_safety

_NOBODY: Final[Mapping[TableName, Collection[str]]] = {}
_STREAMED: Final = frozenset({"business_record_activities", "service_ticket_updates"})
"""Nothing names their rows, so that only their ids are kept."""


def check_tables(
    rows_by_table: Mapping[TableName, Iterable[Row]],
    now: int,
    *,
    edited: Mapping[TableName, Collection[str]] = _NOBODY,
    undone: Mapping[TableName, Collection[str]] = _NOBODY,
    config: GenerationConfig | None = None,
    config_since: int = 0,
) -> Checked:
    """Return what does not agree in the rows of a tenant, and what could reach anybody.

    `edited` has the ids of rows that a person has changed: they are held to no rule, and nothing is
    compared with them. `undone` has those that a run has touched which was undone since: each must
    still make sense by itself, but its history may have gaps. What a configuration decides is asked
    only where one is given, and of rows that began at `config_since` or later. Activities and lines
    are read once and need not fit into memory.
    """
    configured = _Configured(
        config or GenerationConfig(), now + 1 if config is None else config_since
    )
    return _Check(now, edited, undone, configured).run(rows_by_table)


class _Configured(msgspec.Struct, frozen=True):
    """A configuration, and since when it is that of the tenant."""

    config: GenerationConfig
    since: int


class _Check:
    """One check, which reads the tables parents first."""

    def __init__(
        self,
        now: int,
        edited: Mapping[TableName, Collection[str]],
        undone: Mapping[TableName, Collection[str]],
        configured: _Configured,
    ) -> None:
        self._now = now
        self._edited = {table: frozenset(edited.get(table, ())) for table in TABLES}
        self._undone = {table: frozenset(undone.get(table, ())) for table in TABLES}
        self._configured = configured
        self._minutes = call_minutes(configured.config.activities)
        self._findings = Findings()
        self._known: dict[TableName, dict[str, Any]] = {table: {} for table in TABLES}
        # Of lines only those that move a ticket are kept, by ticket; those of some have gaps.
        self._changes: dict[str, list[TicketUpdate]] = {}
        self._gaps = set(self._undone["service_tickets"])

    def run(self, rows_by_table: Mapping[TableName, Iterable[Row]]) -> Checked:
        """Read all tables."""
        counts: dict[TableName, int] = {}
        edited: dict[TableName, int] = {}
        for table in TABLES:
            counts[table], edited[table] = self._read(table, rows_by_table.get(table, ()))
        self._check_customers()
        self._check_tickets()
        return Checked(rows=counts, edited=edited, faults=tuple(self._findings.faults))

    def _read(self, table: TableName, rows: Iterable[Row]) -> tuple[int, int]:
        """Check the rows of a table each; return how many there are, and how many are edited."""
        known, edited = self._known[table], self._edited[table]
        is_kept = table not in _STREAMED
        count = edited_count = 0
        for row in rows:
            count += 1
            if row.id in known:
                self._findings.add("row-twice", row, f"there is a row {row.id} already")
            known[row.id] = row if is_kept else None
            if row.id in edited:
                edited_count += 1
                if isinstance(row, TicketUpdate):
                    self._gaps.add(row.ticket_id)
                continue
            self._check(row)
        return count, edited_count

    def _check(self, row: Row) -> None:
        self._findings.faults += check_safety(row)
        check_parents(row, self._stored, self._findings)
        if isinstance(row, Activity):
            self._check_activity(row)
        elif isinstance(row, TicketUpdate):
            self._check_line(row)
        elif isinstance(row, Ticket):
            check_ticket(row, self._now, self._findings)
            check_ticket_parents(row, self._find, self._findings)
        elif isinstance(row, BusinessRecord):
            check_record(row, self._now, self._findings)
            if row.created_at >= self._configured.since:
                check_revenue(row, self._configured.config.leads.revenue_range, self._findings)
        else:
            self._check_party(row)

    def _check_activity(self, row: Activity) -> None:
        is_configured = row.created_at >= self._configured.since
        minutes = self._minutes if is_configured else ANY_MINUTES
        check_activity(row, self._now, self._findings, minutes=minutes)
        record = self._find("business_records", row.business_record_id)
        if record is not None:
            check_contact_of(row, record, self._findings)

    def _check_party(self, row: Customer | Technician | Equipment) -> None:
        if isinstance(row, Customer):
            check_customer(row, self._now, self._findings)
            record = self._find("business_records", row.business_record_id or "")
            if record is not None and record.id not in self._undone["business_records"]:
                check_record_of(row, record, self._findings)
        elif isinstance(row, Technician):
            check_technician(row, self._now, self._findings)
        else:
            check_machine(row, self._now, self._findings)

    def _check_line(self, row: TicketUpdate) -> None:
        check_line(row, self._now, self._findings)
        ticket = self._find("service_tickets", row.ticket_id)
        if ticket is not None:
            check_line_of(row, ticket, self._findings)
        if is_move(row):
            self._changes.setdefault(row.ticket_id, []).append(row)

    def _check_customers(self) -> None:
        """Find customers among the records that are none, and machines that are there twice."""
        customers = self._known["customers"]
        for record in self._of_simulation("business_records"):
            number = record.customer_number
            is_undone = record.id in self._undone["business_records"]
            if number is not None and number not in customers and not is_undone:
                self._findings.add(
                    "customer-record",
                    record,
                    f"there is no customer {number}",
                    customer_number=number,
                )
        check_serials(self._of_simulation("equipment"), self._findings)

    def _check_tickets(self) -> None:
        """Find what tickets say together: histories, numbers, and who has how many of them."""
        tickets = [*self._of_simulation("service_tickets")]
        for ticket in tickets:
            if ticket.id not in self._gaps:
                check_chain(ticket, self._changes.get(ticket.id, ()), self._findings)
        check_numbers(tickets, self._findings)
        undone = self._undone["service_tickets"]
        loads = dict.fromkeys(self._known["technicians"], 0)
        add_loads((ticket for ticket in tickets if ticket.id not in undone), loads)
        check_loads(loads, self._of_simulation("technicians"), self._findings)

    def _of_simulation(self, table: TableName) -> list[Any]:
        edited = self._edited[table]
        return [row for row_id, row in self._known[table].items() if row_id not in edited]

    def _stored(self, table: TableName, row_id: str) -> Any:
        return self._known[table].get(row_id)

    def _find(self, table: TableName, row_id: str) -> Any:
        return None if row_id in self._edited[table] else self._known[table].get(row_id)
