"""What must hold of leads, customers and activities, told without the rules that make them."""

import re
from typing import Any, Final

from tenantry.updater.model import (
    Activity,
    Batch,
    BusinessRecord,
    Customer,
    Equipment,
    Ticket,
    TicketUpdate,
    Update,
)
from tenantry.updater.rules.identity import domain
from tenantry.updater.rules.run import Run

PROBABILITIES: Final = {
    "initial_contact": 10,
    "qualified": 25,
    "needs_analysis": 40,
    "proposal": 60,
    "negotiation": 80,
    "closed_won": 100,
    "closed_lost": 0,
}
STATES: Final = {
    ("lead", "new", "initial_contact"),
    ("lead", "contacted", "initial_contact"),
    ("lead", "qualified", "qualified"),
    ("lead", "qualified", "needs_analysis"),
    ("lead", "proposal", "proposal"),
    ("lead", "negotiation", "negotiation"),
    ("lead", "closed_lost", "closed_lost"),
    ("customer", "active", "closed_won"),
    ("former_customer", "churned", "closed_won"),
}
OUTCOMES: Final = {
    "call": {"answered", "no_answer", "busy", "voicemail"},
    "email": {"sent", "opened", "replied", "bounced"},
    "meeting": {"completed", "no_show", "rescheduled", "cancelled"},
    "demo": {"completed", "technical_issues", "rescheduled"},
    "proposal": {"sent", "draft", "approved", "rejected"},
    "task": {"completed", "in_progress", "pending", "cancelled"},
    "note": {"completed"},
}
STATE_COLUMNS: Final = {
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
    "updated_at",
}
_PHONE: Final = re.compile(r"\(\d{3}\) 555-01\d\d")


def check_batch(run: Run, batch: Batch, tables: dict[Any, dict[str, Any]]) -> None:
    """Check a batch that has just been taken into the tables."""
    for change in batch.changes:
        if isinstance(change, Update):
            assert change.table == "business_records"
            assert change.values.keys() == STATE_COLUMNS
            check_record(run, tables["business_records"][change.row_id])
            continue
        assert not isinstance(change, Ticket | TicketUpdate)
        assert change.run_id == run.slot.run_id
        assert run.since <= change.created_at <= change.updated_at <= run.slot.at
        if isinstance(change, BusinessRecord):
            check_record(run, change)
        elif isinstance(change, Activity):
            check_activity(run, change, tables["business_records"][change.business_record_id])
        elif isinstance(change, Customer):
            check_customer(change, tables["business_records"][change.business_record_id or ""])
        else:
            assert isinstance(change, Equipment)
            assert change.created_at >= tables["customers"][change.customer_id].created_at
    _check_order(batch, tables)


def check_record(run: Run, record: BusinessRecord) -> None:
    """Check that what a record says goes together, and that nothing of it is still to come."""
    stage = record.sales_stage
    assert (record.record_type, record.status, stage) in STATES
    assert record.probability == PROBABILITIES[stage]
    assert (record.lost_reason is not None) == (stage == "closed_lost")
    is_customer = record.record_type != "lead"
    assert (record.customer_number is not None) == is_customer
    assert (record.customer_since is not None) == is_customer
    assert (record.customer_until is not None) == (record.record_type == "former_customer")
    scores, revenues = run.config.leads.score_range, run.config.leads.revenue_range
    assert scores.min <= record.lead_score <= scores.max
    assert revenues.min <= record.annual_revenue <= revenues.max

    happened = (record.stage_entered_at, record.last_contact_date, record.customer_since)
    for at in happened:
        assert at is None or record.created_at <= at <= record.updated_at
    assert record.updated_at <= run.slot.at
    assert (record.status == "new") == (stage == "initial_contact" and not record.last_contact_date)
    planned = record.next_follow_up_date
    if planned is not None:
        assert planned > (record.last_contact_date or record.created_at)
        assert run.calendar.is_open(planned)
        assert stage != "closed_lost"

    host = domain(record.company_name)
    assert record.website.endswith(host)
    assert record.primary_contact_email == (
        record.primary_contact_name.lower().replace(" ", ".") + "@" + host
    )
    assert _PHONE.fullmatch(record.primary_contact_phone)


def check_activity(run: Run, activity: Activity, record: BusinessRecord) -> None:
    """Check that what an activity says goes together, and that its record knows of it."""
    kind, outcome = activity.activity_type, activity.outcome
    assert outcome in OUTCOMES[kind]
    assert (activity.direction is not None) == (kind in {"call", "email"})
    if run.config.activities.business_hours_only:
        assert run.calendar.is_open(activity.created_at)
    if kind == "call":
        config = run.config.activities
        assert activity.call_outcome == outcome
        if outcome == "answered":
            assert activity.call_duration is not None
            assert (
                config.min_duration_minutes <= activity.call_duration <= config.max_duration_minutes
            )
        else:
            assert activity.call_duration == 0
            assert activity.next_action is None
    else:
        assert activity.call_outcome is None
        assert activity.call_duration is None
    assert (activity.follow_up_date is None) == (activity.next_action is None)
    if activity.follow_up_date is not None:
        assert activity.follow_up_date > activity.created_at
        assert run.calendar.is_open(activity.follow_up_date)
    if activity.completed_date is not None:
        assert activity.completed_date == activity.created_at
    assert "{" not in activity.subject + activity.description
    assert record.last_contact_date is not None
    assert record.created_at <= activity.created_at <= record.last_contact_date


def check_customer(customer: Customer, record: BusinessRecord) -> None:
    """Check that a customer is the one that a record has become."""
    assert record.customer_number == customer.id
    assert record.customer_since == customer.created_at
    assert customer.name == record.company_name
    assert (customer.city, customer.state, customer.postal_code) == (
        record.city,
        record.state,
        record.postal_code,
    )


def _check_order(batch: Batch, tables: dict[Any, dict[str, Any]]) -> None:
    """Check that changes come in the order in which they happen."""
    times = [
        change.values["updated_at"] if isinstance(change, Update) else change.created_at
        for change in batch.changes
    ]
    assert times == sorted(times)
    assert all(
        change.row_id in tables[change.table]
        for change in batch.changes
        if isinstance(change, Update)
    )
