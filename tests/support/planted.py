"""Faults to be planted into a coherent tenant, one for each rule: what is done, and who has it."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import msgspec

from tenantry.updater.rules.calendar import SECOND
from tests.support.coherent import Tables, changed, the_first

Planted: TypeAlias = Callable[[Tables, int], str]
"""Plants a fault into tables as of an instant, and returns the id of the row that has it."""

_RECORDS: Final = "business_records"
_ACTIVITIES: Final = "business_record_activities"
_TICKETS: Final = "service_tickets"
_LINES: Final = "service_ticket_updates"


def _with(table: Any, is_wanted: Callable[[Any], object], **values: Any) -> Planted:
    """Return what gives columns of the first row that is as it is wanted other values.

    A value that can be called is given the row.
    """

    def plant(tables: Tables, now: int) -> str:
        del now
        row = the_first(tables[table].values(), is_wanted)
        return str(changed(tables, row, **_given(row, values)).id)

    return plant


def _given(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {name: value(row) if callable(value) else value for name, value in values.items()}


def _any(row: Any) -> bool:
    return bool(row)


def _another(table: Any, **values: Any) -> Planted:
    """Return what puts a copy of a row beside it, with other values."""

    def plant(tables: Tables, now: int) -> str:
        del now
        row = next(iter(tables[table].values()))
        row = msgspec.structs.replace(row, **_given(row, values))
        tables[table]["another"] = row
        return str(row.id)

    return plant


def _ticket_numbers_exchanged(tables: Tables, now: int) -> str:
    del now
    first, second = list(tables[_TICKETS].values())[3:5]
    changed(tables, first, ticket_number=second.ticket_number)
    changed(tables, second, ticket_number=first.ticket_number)
    return str(first.id)


def _ticket_number_taken(tables: Tables, now: int) -> str:
    del now
    first, second = list(tables[_TICKETS].values())[3:5]
    return str(changed(tables, second, ticket_number=first.ticket_number).id)


def _line_left_out(tables: Tables, now: int) -> str:
    """The line that says that work has begun does not follow from any other."""
    del now
    started = the_first(tables[_LINES].values(), lambda row: row.new_value == "in-progress")
    triaged = the_first(
        tables[_LINES].values(),
        lambda row: row.ticket_id == started.ticket_id and row.new_value == "assigned",
    )
    del tables[_LINES][triaged.id]
    return str(started.id)


def _last_line_left_out(tables: Tables, now: int) -> str:
    del now
    last = the_first(tables[_LINES].values(), lambda row: row.new_value == "completed")
    del tables[_LINES][last.id]
    return str(last.ticket_id)


def _line_after_all(tables: Tables, now: int) -> str:
    del now
    last = the_first(tables[_LINES].values(), lambda row: row.new_value == "completed")
    ticket = tables[_TICKETS][last.ticket_id]
    return str(changed(tables, last, created_at=ticket.updated_at + SECOND).id)


def _work_for_the_unskilled(tables: Tables, now: int) -> str:
    del now
    line = the_first(tables[_LINES].values(), lambda row: row.update_type == "assignment")
    ticket = tables[_TICKETS][line.ticket_id]
    unfit = the_first(
        tables["technicians"].values(),
        lambda row: not set(ticket.required_skills) <= set(row.skills),
    )
    changed(tables, line, new_value=unfit.id)
    return str(changed(tables, ticket, assigned_technician_id=unfit.id).id)


def _technician_with_too_much(tables: Tables, now: int) -> str:
    del now
    in_hand = Counter(
        row.assigned_technician_id
        for row in tables[_TICKETS].values()
        if row.status in {"assigned", "in-progress"}
    )
    technician_id, count = in_hand.most_common(1)[0]
    assert count > 1
    technician = tables["technicians"][technician_id]
    return str(changed(tables, technician, capacity=count - 1).id)


def _contact_forgotten(tables: Tables, now: int) -> str:
    del now
    last = list(tables[_ACTIVITIES].values())[-1]
    record = tables[_RECORDS][last.business_record_id]
    changed(tables, record, last_contact_date=last.created_at - SECOND)
    return str(last.id)


def _customer_of_somebody_else(tables: Tables, now: int) -> str:
    del now
    customer = the_first(tables["customers"].values(), lambda row: row.business_record_id)
    lead = the_first(tables[_RECORDS].values(), lambda row: row.record_type == "lead")
    return str(changed(tables, customer, business_record_id=lead.id).id)


def _activity_before(tables: Tables, now: int) -> str:
    del now
    row = the_first(tables[_ACTIVITIES].values(), lambda row: row.call_outcome == "busy")
    record = tables[_RECORDS][row.business_record_id]
    return str(changed(tables, row, created_at=record.created_at - SECOND).id)


def _in_the_future(tables: Tables, now: int) -> str:
    row = list(tables[_ACTIVITIES].values())[-1]
    return str(changed(tables, row, updated_at=now + SECOND).id)


def _is_lead(row: Any) -> bool:
    return bool(row.sales_stage == "qualified")


def _is_unreached(row: Any) -> bool:
    return bool(row.outcome == "no_answer")


def _is_done(row: Any) -> bool:
    return bool(row.status == "completed" and row.parts_used)


def _before_created(row: Any) -> int:
    return int(row.created_at - SECOND)


PLANTED: Final[dict[str, dict[str, Planted]]] = {
    "row-twice": {"a technician": _another("technicians")},
    "parent-missing": {
        "an activity about nobody": _with(_ACTIVITIES, _any, business_record_id="nobody"),
        "a line of no ticket": _with(
            _LINES, lambda row: row.update_type == "note", ticket_id="none"
        ),
        "a machine with nobody": _another(
            "equipment", id="x", customer_id="y", serial_number=lambda row: row.serial_number + "0"
        ),
    },
    "parent-later": {
        "an activity before its lead": _activity_before,
    },
    "in-future": {"an activity": _in_the_future},
    "changed-before-created": {
        "a technician": _with("technicians", _any, updated_at=_before_created),
    },
    "place": {"a postal code of elsewhere": _with(_RECORDS, _any, postal_code="99501")},
    "area-code": {
        "a lead": _with(_RECORDS, _any, primary_contact_phone="(907) 555-0100"),
    },
    "email-person": {
        "a contact": _with(_RECORDS, _any, primary_contact_email="a.b@c.example"),
        "a technician": _with("technicians", _any, email="a.b@field-service.example"),
    },
    "website-company": {"a lead": _with(_RECORDS, _any, website="https://www.c.example")},
    "lead-state": {
        "a status of another stage": _with(_RECORDS, _is_lead, status="proposal"),
        "a new lead in negotiation": _with(
            _RECORDS, _is_lead, status="new", sales_stage="negotiation"
        ),
    },
    "lead-value": {"interest": _with(_RECORDS, _any, interest_level="lukewarm")},
    "lead-times": {
        "a stage entered before the lead": _with(
            _RECORDS, _is_lead, stage_entered_at=_before_created
        ),
    },
    "follow-up-past": {
        "planned for the contact": _with(
            _RECORDS,
            lambda row: row.next_follow_up_date and row.last_contact_date,
            next_follow_up_date=lambda row: row.last_contact_date,
        ),
    },
    "stage-probability": {"a qualified lead": _with(_RECORDS, _is_lead, probability=90)},
    "lead-score": {"more than all": _with(_RECORDS, _any, lead_score=101)},
    "revenue-size": {"too little": _with(_RECORDS, _any, annual_revenue=99_999)},
    "deal-size": {"too much": _with(_RECORDS, _any, estimated_deal_value=9_999_999)},
    "lost-reason": {
        "none": _with(_RECORDS, lambda row: row.status == "closed_lost", lost_reason=None),
        "not lost": _with(_RECORDS, _is_lead, lost_reason="price"),
    },
    "customer-dates": {
        "since when": _with(
            _RECORDS, lambda row: row.record_type == "customer", customer_since=None
        ),
        "a lead since": _with(_RECORDS, _is_lead, customer_since=lambda row: row.updated_at),
    },
    "customer-number": {
        "a word": _another("customers", id="the-first", business_record_id=None),
    },
    "customer-record": {"another's": _customer_of_somebody_else},
    "technician-skills": {"none": _another("technicians", id="unskilled", skills=())},
    "technician-overload": {"one too many": _technician_with_too_much},
    "equipment-model": {
        "another maker's": _another("equipment", id="x", serial_number="ZZ99-12345678"),
    },
    "serial-twice": {"the same": _another("equipment", id="another")},
    "installed-later": {
        "after it was known": _with(
            "equipment", _any, installed_at=lambda row: row.created_at + SECOND
        ),
    },
    "activity-outcome": {
        "a meeting that is answered": _with(
            _ACTIVITIES, lambda row: row.activity_type == "meeting", outcome="answered"
        ),
        "a call with two outcomes": _with(
            _ACTIVITIES, lambda row: row.outcome == "busy", call_outcome="voicemail"
        ),
    },
    "activity-direction": {
        "a note that comes in": _with(
            _ACTIVITIES, lambda row: row.activity_type == "note", direction="inbound"
        ),
    },
    "call-duration": {
        "45 minutes of no answer": _with(_ACTIVITIES, _is_unreached, call_duration=45),
        "two hours": _with(_ACTIVITIES, lambda row: row.outcome == "answered", call_duration=120),
        "nothing": _with(_ACTIVITIES, lambda row: row.outcome == "answered", call_duration=None),
    },
    "next-step": {"of no answer": _with(_ACTIVITIES, _is_unreached, next_action="Send offer")},
    "follow-up-date": {
        "at once": _with(
            _ACTIVITIES,
            lambda row: row.follow_up_date,
            follow_up_date=lambda row: row.created_at,
        ),
    },
    "completed-date": {
        "before it happened": _with(
            _ACTIVITIES, lambda row: row.completed_date, completed_date=_before_created
        ),
    },
    "contact-missed": {"the last activity": _contact_forgotten},
    "ticket-number": {
        "not ST-": _with(
            _TICKETS, _any, ticket_number=lambda row: row.ticket_number.replace("-", "_")
        ),
        "taken": _ticket_number_taken,
    },
    "ticket-order": {"exchanged": _ticket_numbers_exchanged},
    "ticket-type": {
        "a title of nothing": _with(_TICKETS, _any, title="Something"),
        "one part more": _with(
            _TICKETS, _any, required_parts=lambda row: (*row.required_parts, "hammer")
        ),
    },
    "ticket-value": {"priority": _with(_TICKETS, _any, priority="asap")},
    "ticket-machine": {
        "another machine": _with(
            _TICKETS, lambda row: row.equipment_id, description="The other one is broken."
        ),
    },
    "ticket-customer": {
        "another's telephone": _with(_TICKETS, _any, customer_phone="(907) 555-0100"),
        "another's address": _with(_TICKETS, _any, customer_address="1 Elsewhere Street"),
    },
    "ticket-state": {
        "completed without a word": _with(_TICKETS, _is_done, resolution_notes=None),
        "completed at no time": _with(_TICKETS, _is_done, resolved_at=None),
        "completed without labor": _with(_TICKETS, _is_done, labor_hours=None),
        "a visit to an open one": _with(
            _TICKETS,
            lambda row: row.status == "open",
            scheduled_date=lambda row: row.created_at + SECOND,
        ),
        "parts in an open one": _with(
            _TICKETS,
            lambda row: row.status != "completed" and row.required_parts,
            parts_used=lambda row: row.required_parts,
        ),
    },
    "ticket-times": {
        "worked on before assigned": _with(
            _TICKETS, _is_done, started_at=lambda row: row.assigned_at - SECOND
        ),
    },
    "visit-planned": {
        "for the past": _with(
            _TICKETS, _is_done, scheduled_date=lambda row: row.assigned_at - SECOND
        ),
    },
    "labor-hours": {
        "not in quarters": _with(_TICKETS, _is_done, labor_hours=0.3),
        "more than a week": _with(_TICKETS, _is_done, labor_hours=1_000.0),
        "none": _with(_TICKETS, _is_done, labor_hours=0.0),
    },
    "parts-used": {"a hammer": _with(_TICKETS, _is_done, parts_used=("hammer",))},
    "technician-unfit": {"another technician": _work_for_the_unskilled},
    "line-values": {
        "a note that changes": _with(
            _LINES, lambda row: row.update_type == "note", new_value="completed"
        ),
        "no words": _with(_LINES, lambda row: row.update_type == "note", notes=""),
    },
    "line-after": {"the end": _line_after_all},
    "line-chain": {"a line left out": _line_left_out},
    "line-end": {"the last left out": _last_line_left_out},
    "unsafe-email": {
        "under .com": _with(
            "technicians", _any, email=lambda row: row.email.replace(".example", ".com")
        ),
    },
    "unsafe-phone": {"somebody's": _with("technicians", _any, phone="(212) 867-5309")},
    "unsafe-domain": {
        "in a description": _with(_ACTIVITIES, _any, description="See shop.com for more."),
    },
    "unsafe-ip": {"in a note": _with(_LINES, _any, notes="Pinged 8.8.8.8 twice.")},
    "unsafe-text": {"a hidden character": _with(_LINES, _any, notes="Done\u200b.")},
}
"""Faults by the code of the rule that finds them."""
