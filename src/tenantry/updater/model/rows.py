"""The rows of a living tenant: what the three updaters write, table by table.

Instants are µs since 1970, money is whole US dollars, lists are kept as JSON. The order of the
fields is that of the tables' columns; every table has `tenant_id`, `edited_at` and `edited_by`
besides, which no updater writes. Nothing in a row can lead back to it, so that the
collector of cycles need not look at thousands of them.
"""

from typing import ClassVar, Final, Literal, TypeAlias

import msgspec

TableName: TypeAlias = Literal[
    "business_records",
    "customers",
    "technicians",
    "equipment",
    "business_record_activities",
    "service_tickets",
    "service_ticket_updates",
]

TABLES: Final[tuple[TableName, ...]] = (
    "business_records",
    "customers",
    "technicians",
    "equipment",
    "business_record_activities",
    "service_tickets",
    "service_ticket_updates",
)
"""All tables, parents before their children."""


class BusinessRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A lead, or the customer it has become."""

    table: ClassVar[TableName] = "business_records"

    id: str
    run_id: str
    record_type: Literal["lead", "customer", "former_customer"] = "lead"
    status: str = "new"
    company_name: str
    website: str
    industry: str
    company_size: str
    annual_revenue: int
    primary_contact_name: str
    primary_contact_email: str
    primary_contact_phone: str
    primary_contact_title: str
    address_line1: str
    city: str
    state: str
    postal_code: str
    country: str = "US"
    source: str
    interest_level: str
    sales_stage: str = "initial_contact"
    # When it entered the stage: how long it dwells there is drawn for exactly this.
    stage_entered_at: int
    estimated_deal_value: int
    probability: int
    lead_score: int
    priority: str = "medium"
    account_manager_id: str | None = None
    customer_number: str | None = None
    customer_since: int | None = None
    customer_until: int | None = None
    lost_reason: str | None = None
    last_contact_date: int | None = None
    next_follow_up_date: int | None = None
    created_by: str = "system-user"
    created_at: int
    updated_at: int


class Customer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Whom equipment stands with, and tickets are for; `cust-1` is always one."""

    table: ClassVar[TableName] = "customers"

    id: str
    run_id: str
    business_record_id: str | None
    name: str
    phone: str
    email: str
    address_line1: str
    city: str
    state: str
    postal_code: str
    created_at: int
    updated_at: int


class Technician(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who works on tickets; at most `capacity` of them at a time."""

    table: ClassVar[TableName] = "technicians"

    id: str
    run_id: str
    name: str
    email: str
    phone: str
    skills: tuple[str, ...]
    certifications: tuple[str, ...]
    capacity: int
    is_available: bool = True
    created_at: int
    updated_at: int


class Equipment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A machine at a customer's."""

    table: ClassVar[TableName] = "equipment"

    id: str
    run_id: str
    customer_id: str
    model: str
    kind: str
    serial_number: str
    installed_at: int
    created_at: int
    updated_at: int


class Activity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was done about a lead or a customer; durations are minutes."""

    table: ClassVar[TableName] = "business_record_activities"

    id: str
    run_id: str
    business_record_id: str
    activity_type: str
    subject: str
    description: str
    direction: str | None = None
    call_duration: int | None = None
    call_outcome: str | None = None
    outcome: str
    next_action: str | None = None
    follow_up_date: int | None = None
    completed_date: int | None = None
    created_by: str = "system-user"
    created_at: int
    updated_at: int


class Ticket(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A service request; durations are minutes, `labor_hours` is in quarters of an hour."""

    table: ClassVar[TableName] = "service_tickets"

    id: str
    run_id: str
    customer_id: str
    equipment_id: str | None
    ticket_number: str
    ticket_type: str
    title: str
    description: str
    priority: str
    status: Literal["open", "assigned", "in-progress", "completed", "cancelled"] = "open"
    reported_via: Literal["phone", "portal", "monitoring"]
    assigned_technician_id: str | None = None
    assigned_at: int | None = None
    scheduled_date: int | None = None
    started_at: int | None = None
    estimated_duration: int
    customer_address: str
    customer_phone: str
    required_skills: tuple[str, ...]
    required_parts: tuple[str, ...]
    parts_used: tuple[str, ...] = ()
    work_order_notes: str | None = None
    resolution_notes: str | None = None
    labor_hours: float | None = None
    resolved_at: int | None = None
    created_by: str = "system-user"
    created_at: int
    updated_at: int


class TicketUpdate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a ticket's history."""

    table: ClassVar[TableName] = "service_ticket_updates"

    id: str
    run_id: str
    ticket_id: str
    update_type: Literal["status_change", "assignment", "note", "customer_communication"]
    old_value: str | None = None
    new_value: str | None = None
    notes: str
    updated_by: str
    created_at: int


Row: TypeAlias = (
    BusinessRecord | Customer | Technician | Equipment | Activity | Ticket | TicketUpdate
)

ROW_TYPES: Final[dict[TableName, type[Row]]] = {
    "business_records": BusinessRecord,
    "customers": Customer,
    "technicians": Technician,
    "equipment": Equipment,
    "business_record_activities": Activity,
    "service_tickets": Ticket,
    "service_ticket_updates": TicketUpdate,
}

PARENTS: Final[dict[TableName, dict[str, TableName]]] = {
    "business_records": {},
    "customers": {"business_record_id": "business_records"},
    "technicians": {},
    "equipment": {"customer_id": "customers"},
    "business_record_activities": {"business_record_id": "business_records"},
    "service_tickets": {
        "customer_id": "customers",
        "equipment_id": "equipment",
        "assigned_technician_id": "technicians",
    },
    "service_ticket_updates": {"ticket_id": "service_tickets"},
}
"""Which column names a row of which other table."""
