"""Rows of a living tenant as short as they can be, and runs of them."""

from typing import Any

from tenantry.updater.model import (
    Activity,
    Batch,
    BusinessRecord,
    Change,
    Customer,
    Equipment,
    Row,
    RunRecord,
    Technician,
    Ticket,
    TicketUpdate,
    Update,
)

SLOT = 1_700_000_000_000_000


def record(id_: str, **values: Any) -> BusinessRecord:
    given: dict[str, Any] = {
        "run_id": "run", "company_name": "Acme", "website": "https://acme.example",
        "industry": "legal", "company_size": "1-10", "annual_revenue": 1_000_000,
        "primary_contact_name": "Ann", "primary_contact_email": "ann@acme.example",
        "primary_contact_phone": "(212) 555-0100", "primary_contact_title": "Owner",
        "address_line1": "1 Main St", "city": "New York", "state": "NY", "postal_code": "10001",
        "source": "website", "interest_level": "warm", "stage_entered_at": SLOT,
        "estimated_deal_value": 5_000, "probability": 10, "lead_score": 50, "created_at": SLOT,
        "updated_at": SLOT,
    }  # fmt: skip
    return BusinessRecord(id=id_, **given | values)


def customer(id_: str, business_record_id: str | None = None, **values: Any) -> Customer:
    given: dict[str, Any] = {
        "run_id": "run", "name": "Acme", "phone": "(212) 555-0100", "email": "it@acme.example",
        "address_line1": "1 Main St", "city": "New York", "state": "NY", "postal_code": "10001",
        "created_at": SLOT, "updated_at": SLOT,
    }  # fmt: skip
    return Customer(id=id_, business_record_id=business_record_id, **given | values)


def technician(id_: str, **values: Any) -> Technician:
    given: dict[str, Any] = {
        "run_id": "run", "name": "Tom", "email": "tom@tenant.example", "phone": "(212) 555-0101",
        "skills": ("network", "mechanical_repair"), "certifications": (), "capacity": 3,
        "created_at": SLOT, "updated_at": SLOT,
    }  # fmt: skip
    return Technician(id=id_, **given | values)


def machine(id_: str, customer_id: str, **values: Any) -> Equipment:
    given: dict[str, Any] = {
        "run_id": "run", "model": "M 1", "kind": "printer", "serial_number": "S1",
        "installed_at": SLOT, "created_at": SLOT, "updated_at": SLOT,
    }  # fmt: skip
    return Equipment(id=id_, customer_id=customer_id, **given | values)


def activity(id_: str, business_record_id: str, **values: Any) -> Activity:
    given: dict[str, Any] = {
        "run_id": "run", "activity_type": "call", "subject": "A call", "description": "A call.",
        "outcome": "answered", "created_at": SLOT, "updated_at": SLOT,
    }  # fmt: skip
    return Activity(id=id_, business_record_id=business_record_id, **given | values)


def ticket(id_: str, customer_id: str, number: int, **values: Any) -> Ticket:
    given: dict[str, Any] = {
        "run_id": "run", "equipment_id": None, "ticket_type": "paper_jam", "title": "Jammed",
        "description": "It is jammed.", "priority": "low", "reported_via": "phone",
        "estimated_duration": 60, "customer_address": "1 Main St",
        "customer_phone": "(212) 555-0100", "required_skills": ("mechanical_repair",),
        "required_parts": (), "created_at": SLOT, "updated_at": SLOT,
    }  # fmt: skip
    return Ticket(id=id_, customer_id=customer_id, ticket_number=f"ST-{number}", **given | values)


def line(id_: str, ticket_id: str, **values: Any) -> TicketUpdate:
    given: dict[str, Any] = {
        "run_id": "run", "update_type": "note", "notes": "Noted.", "updated_by": "system-user",
        "created_at": SLOT,
    }  # fmt: skip
    return TicketUpdate(id=id_, ticket_id=ticket_id, **given | values)


def everything() -> tuple[Row, ...]:
    """Return a row of each table, and what it refers to."""
    return (
        record("r-1"),
        customer("cust-1", "r-1"),
        technician("t-1"),
        machine("m-1", "cust-1"),
        activity("a-1", "r-1"),
        ticket("s-1", "cust-1", 1000, equipment_id="m-1", assigned_technician_id="t-1"),
        line("l-1", "s-1"),
    )


def run_of(tenant_id: str, number: int, *changes: Change, **values: Any) -> tuple[RunRecord, Batch]:
    """Return a run, and what it does."""
    batch = Batch(changes)
    given: dict[str, Any] = {
        "run_id": f"run-{number}", "updater": "service_tickets", "slot_at": SLOT + number,
        "slot_key": str(number), "kind": "scheduled", "corpus_version": "1",
        "triggered_by": "schedule", "started_at": SLOT, "finished_at": SLOT + number,
        "duration_us": number * 1_000,
        "row_count": len(batch.rows), "update_count": len(batch.updates),
    }  # fmt: skip
    return RunRecord(tenant_id=tenant_id, number=number, **given | values), batch


def update(row: Row, **values: Any) -> Update:
    return Update(row.table, row.id, values)
