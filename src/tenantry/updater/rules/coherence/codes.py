"""The rules that rows are held to: what each code means."""

from collections.abc import Mapping
from typing import Final

from tenantry.updater.model import Rule

_EVERY: Final = "every table"
_RECORDS: Final = "business_records"
_CUSTOMERS: Final = "customers"
_TECHNICIANS: Final = "technicians"
_EQUIPMENT: Final = "equipment"
_ACTIVITIES: Final = "business_record_activities"
_TICKETS: Final = "service_tickets"
_LINES: Final = "service_ticket_updates"

COHERENCE_RULES: Final[Mapping[str, Rule]] = {
    "row-twice": Rule(_EVERY, "two rows have the same id"),
    "row-unknown": Rule(_EVERY, "a row changes that there is none"),
    "column-type": Rule(_EVERY, "a value is not of the type of its column, or of no column"),
    "parent-missing": Rule(_EVERY, "a column names a row that there is none"),
    "parent-later": Rule(_EVERY, "a row is older than the row it belongs to"),
    "not-of-run": Rule(_EVERY, "a row begins in a run, and names another"),
    "outside-slot": Rule(_EVERY, "a row begins outside the time that its run is for"),
    "in-future": Rule(_EVERY, "something that happened lies in the future"),
    "changed-before-created": Rule(_EVERY, "a row has changed before it began"),
    "place": Rule(_EVERY, "city, state and postal code do not belong together"),
    "area-code": Rule(_EVERY, "a telephone number is of another place"),
    "email-person": Rule(_EVERY, "an e-mail address is not the person's or the company's"),
    "website-company": Rule(_RECORDS, "a website is not the company's"),
    "lead-state": Rule(_RECORDS, "record type, status and stage do not go together"),
    "lead-value": Rule(_RECORDS, "a value is none that the column may have"),
    "lead-times": Rule(
        _RECORDS, "stage or last contact lie before the record, or after its change"
    ),
    "follow-up-past": Rule(_RECORDS, "the next follow-up is not after the last contact"),
    "stage-probability": Rule(_RECORDS, "the probability is not that of the stage"),
    "lead-score": Rule(_RECORDS, "the score is not one of 0 to 100"),
    "revenue-size": Rule(_RECORDS, "the revenue is not one of a company of the size"),
    "deal-size": Rule(_RECORDS, "the deal is not one of a company of the size and industry"),
    "lost-reason": Rule(_RECORDS, "a lead is lost for no reason, or has a reason and is not lost"),
    "customer-dates": Rule(_RECORDS, "customer number and dates are not those of the record type"),
    "customer-number": Rule(_CUSTOMERS, "a customer's number is none, or somebody else's"),
    "customer-record": Rule(_CUSTOMERS, "a customer and its business record do not agree"),
    "technician-skills": Rule(_TECHNICIANS, "a technician has no skills or no capacity"),
    "technician-overload": Rule(_TECHNICIANS, "a technician has more tickets than capacity"),
    "equipment-model": Rule(_EQUIPMENT, "model, kind and serial number do not go together"),
    "serial-twice": Rule(_EQUIPMENT, "two machines have the same serial number"),
    "installed-later": Rule(_EQUIPMENT, "a machine is known before it stands there"),
    "activity-outcome": Rule(_ACTIVITIES, "the outcome is none that the type can have"),
    "activity-direction": Rule(_ACTIVITIES, "the direction does not go with the type"),
    "call-duration": Rule(_ACTIVITIES, "the duration is not that of such a call"),
    "next-step": Rule(_ACTIVITIES, "who was not reached has a next step"),
    "follow-up-date": Rule(
        _ACTIVITIES, "a follow-up is not later than the activity, or has no step"
    ),
    "completed-date": Rule(_ACTIVITIES, "what is completed is not so when it happened"),
    "contact-missed": Rule(_ACTIVITIES, "the record was last contacted before the activity"),
    "outside-hours": Rule(_EVERY, "work is done outside business hours"),
    "ticket-number": Rule(_TICKETS, "a ticket number is not ST- and digits, or another's"),
    "ticket-order": Rule(_TICKETS, "a ticket has a lower number than one that began before it"),
    "ticket-type": Rule(_TICKETS, "title, skills or parts are not those of the type"),
    "ticket-value": Rule(_TICKETS, "a value is none that the column may have"),
    "ticket-machine": Rule(_TICKETS, "such a thing cannot happen to such a machine"),
    "ticket-customer": Rule(_TICKETS, "machine, address or telephone are another customer's"),
    "ticket-state": Rule(_TICKETS, "a ticket lacks what its status needs, or has what it cannot"),
    "ticket-times": Rule(_TICKETS, "the times of a ticket are not in order"),
    "visit-planned": Rule(_TICKETS, "a visit is planned for a time before it was planned"),
    "labor-hours": Rule(_TICKETS, "the labor is not in quarters, or more than there was time for"),
    "parts-used": Rule(_TICKETS, "parts were used that the ticket does not need"),
    "technician-unfit": Rule(_TICKETS, "the technician lacks a skill that the ticket needs"),
    "line-values": Rule(_LINES, "the values of a line are not those of its type"),
    "line-after": Rule(_LINES, "a line is later than the last change of its ticket"),
    "line-chain": Rule(_LINES, "a line does not begin where the one before ended"),
    "line-end": Rule(_TICKETS, "a history does not end where the ticket is"),
}
"""Every rule of coherence, by its code."""
