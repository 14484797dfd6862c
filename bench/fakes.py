"""What Faker and Mimesis take for rows with the columns of ours; none agrees with any other."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from faker import Faker
from mimesis import Generic
from mimesis.locales import Locale

_SEED: Final = 1
_STAGES: Final = ("initial_contact", "qualified", "needs_analysis", "proposal", "negotiation")
_STATUSES: Final = ("open", "assigned", "in-progress", "completed", "cancelled")
_PRIORITIES: Final = ("low", "medium", "high", "urgent")
_TYPES: Final = ("call", "email", "meeting", "demo", "proposal", "task", "note")
_EARLIEST: Final = datetime(2025, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2025, 12, 31, tzinfo=UTC)

TABLES: Final = (
    "business_records",
    "business_record_activities",
    "service_tickets",
    "service_ticket_updates",
)

Row = dict[str, Any]
Makers = Mapping[str, Callable[[], Row]]


def faker(rows: Mapping[str, int]) -> float:
    """Return the seconds that Faker takes for so many rows of each table."""
    return _seconds(_of_faker(), rows)


def mimesis(rows: Mapping[str, int]) -> float:
    """Return the seconds that Mimesis takes for the same."""
    return _seconds(_of_mimesis(), rows)


def _seconds(makers: Makers, rows: Mapping[str, int]) -> float:
    for make in makers.values():
        make()
    started_at = time.perf_counter()
    for table, make in makers.items():
        for _ in range(rows[table]):
            make()
    return time.perf_counter() - started_at


def _of_faker() -> Makers:
    # Without weights it picks from its lists directly, which is its quicker way.
    fake = Faker("en_US", use_weighting=False)
    fake.seed_instance(_SEED)
    pick, number, text = fake.random_element, fake.random_int, fake.sentence

    def at() -> datetime:
        return fake.date_time_between(_EARLIEST, _LATEST, tzinfo=UTC)

    def record() -> Row:
        return {
            "id": fake.uuid4(), "status": pick(_STATUSES), "company_name": fake.company(),
            "website": fake.url(), "industry": fake.bs(), "company_size": pick(_PRIORITIES),
            "annual_revenue": number(100_000, 10_000_000), "primary_contact_name": fake.name(),
            "primary_contact_email": fake.safe_email(),
            "primary_contact_phone": fake.numerify("(###) 555-01##"),
            "primary_contact_title": fake.job(), "address_line1": fake.street_address(),
            "city": fake.city(), "state": fake.state_abbr(), "postal_code": fake.postcode(),
            "source": pick(_TYPES), "interest_level": pick(_PRIORITIES),
            "sales_stage": pick(_STAGES), "stage_entered_at": at(),
            "estimated_deal_value": number(1_000, 500_000), "probability": number(0, 100),
            "lead_score": number(10, 95), "priority": pick(_PRIORITIES),
            "account_manager_id": fake.uuid4(), "last_contact_date": at(),
            "next_follow_up_date": at(), "created_at": at(), "updated_at": at(),
        }  # fmt: skip

    def activity() -> Row:
        return {
            "id": fake.uuid4(), "business_record_id": fake.uuid4(), "activity_type": pick(_TYPES),
            "subject": text(5), "description": text(12), "direction": pick(_PRIORITIES),
            "call_duration": number(5, 120), "call_outcome": pick(_STATUSES),
            "outcome": text(8), "next_action": text(5), "follow_up_date": at(),
            "completed_date": at(), "created_at": at(), "updated_at": at(),
        }  # fmt: skip

    def ticket() -> Row:
        return {
            "id": fake.uuid4(), "customer_id": fake.uuid4(), "equipment_id": fake.uuid4(),
            "ticket_number": fake.numerify("ST-####"), "ticket_type": pick(_TYPES),
            "title": text(5), "description": text(12), "priority": pick(_PRIORITIES),
            "status": pick(_STATUSES), "reported_via": pick(_TYPES),
            "assigned_technician_id": fake.uuid4(), "assigned_at": at(), "scheduled_date": at(),
            "started_at": at(), "estimated_duration": number(30, 480),
            "customer_address": fake.address(),
            "customer_phone": fake.numerify("(###) 555-01##"), "required_skills": fake.words(2),
            "required_parts": fake.words(2), "parts_used": fake.words(2),
            "work_order_notes": text(12), "resolution_notes": text(12),
            "labor_hours": number(1, 32) / 4, "resolved_at": at(), "created_at": at(),
            "updated_at": at(),
        }  # fmt: skip

    def line() -> Row:
        return {
            "id": fake.uuid4(), "ticket_id": fake.uuid4(), "update_type": pick(_TYPES),
            "old_value": pick(_STATUSES), "new_value": pick(_STATUSES), "notes": text(10),
            "updated_by": fake.uuid4(), "created_at": at(),
        }  # fmt: skip

    return dict(zip(TABLES, (record, activity, ticket, line), strict=True))


def _of_mimesis() -> Makers:
    fake = Generic(Locale.EN, seed=_SEED)
    pick, number = fake.random.choice, fake.random.randint
    person, address, text, code = fake.person, fake.address, fake.text, fake.code
    uuid = fake.cryptographic.uuid

    def at() -> datetime:
        return fake.datetime.datetime(start=2025, end=2025)

    def words() -> list[str]:
        return text.words(quantity=2)

    def record() -> Row:
        return {
            "id": uuid(), "status": pick(_STATUSES), "company_name": fake.finance.company(),
            "website": fake.internet.url(), "industry": person.occupation(),
            "company_size": pick(_PRIORITIES), "annual_revenue": number(100_000, 10_000_000),
            "primary_contact_name": person.full_name(), "primary_contact_email": person.email(),
            "primary_contact_phone": person.phone_number(mask="(###) 555-01##"),
            "primary_contact_title": person.occupation(), "address_line1": address.address(),
            "city": address.city(), "state": address.state(abbr=True),
            "postal_code": address.postal_code(), "source": pick(_TYPES),
            "interest_level": pick(_PRIORITIES), "sales_stage": pick(_STAGES),
            "stage_entered_at": at(), "estimated_deal_value": number(1_000, 500_000),
            "probability": number(0, 100), "lead_score": number(10, 95),
            "priority": pick(_PRIORITIES), "account_manager_id": uuid(),
            "last_contact_date": at(), "next_follow_up_date": at(), "created_at": at(),
            "updated_at": at(),
        }  # fmt: skip

    def activity() -> Row:
        return {
            "id": uuid(), "business_record_id": uuid(), "activity_type": pick(_TYPES),
            "subject": text.title(), "description": text.sentence(),
            "direction": pick(_PRIORITIES), "call_duration": number(5, 120),
            "call_outcome": pick(_STATUSES), "outcome": text.sentence(),
            "next_action": text.title(), "follow_up_date": at(), "completed_date": at(),
            "created_at": at(), "updated_at": at(),
        }  # fmt: skip

    def ticket() -> Row:
        return {
            "id": uuid(), "customer_id": uuid(), "equipment_id": uuid(),
            "ticket_number": code.pin(mask="ST-####"), "ticket_type": pick(_TYPES),
            "title": text.title(), "description": text.sentence(),
            "priority": pick(_PRIORITIES), "status": pick(_STATUSES),
            "reported_via": pick(_TYPES), "assigned_technician_id": uuid(),
            "assigned_at": at(), "scheduled_date": at(), "started_at": at(),
            "estimated_duration": number(30, 480), "customer_address": address.address(),
            "customer_phone": person.phone_number(mask="(###) 555-01##"),
            "required_skills": words(), "required_parts": words(), "parts_used": words(),
            "work_order_notes": text.sentence(), "resolution_notes": text.sentence(),
            "labor_hours": number(1, 32) / 4, "resolved_at": at(), "created_at": at(),
            "updated_at": at(),
        }  # fmt: skip

    def line() -> Row:
        return {
            "id": uuid(), "ticket_id": uuid(), "update_type": pick(_TYPES),
            "old_value": pick(_STATUSES), "new_value": pick(_STATUSES),
            "notes": text.sentence(), "updated_by": uuid(), "created_at": at(),
        }  # fmt: skip

    return dict(zip(TABLES, (record, activity, ticket, line), strict=True))
