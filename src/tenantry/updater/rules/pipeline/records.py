"""What changes of a record when something is done about it."""

from operator import attrgetter
from typing import Any, Final

import msgspec

from tenantry.updater.model import BusinessRecord, Range, Update
from tenantry.updater.rules.draw import Draw
from tenantry.updater.rules.pipeline.stages import LOST, PROBABILITIES, STATUSES

STATE: Final = (
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
)
"""The columns that move; an update has all of them."""
_state: Final = attrgetter(*STATE)

_WARMER: Final = {"cold": "warm", "warm": "hot", "hot": "hot", "qualified": "qualified"}
_PRIORITIES: Final = {"cold": "low", "warm": "medium", "hot": "high", "qualified": "high"}
_LATE_STAGES: Final = frozenset({"proposal", "negotiation"})
_MANAGERS: Final = tuple(f"account-manager-{number}" for number in range(1, 6))
# A lead that gets on becomes one step warmer in half of the cases, and gains 4 to 9 of 100 points.
_WARMS: Final = 5000
_GAINS: Final = (4, 9)


def update_of(record: BusinessRecord) -> Update:
    """Return the update that brings a record to this state."""
    return Update("business_records", record.id, dict(zip(STATE, _state(record), strict=True)))


def priority_of(interest: str, stage: str) -> str:
    """Return how urgent a lead is."""
    return "high" if stage in _LATE_STAGES else _PRIORITIES[interest]


def touched(record: BusinessRecord, at: int, follow_up_at: int | None) -> BusinessRecord:
    """Return the record after an activity that changes no stage."""
    return msgspec.structs.replace(
        record,
        status="contacted" if record.status == "new" else record.status,
        last_contact_date=at,
        next_follow_up_date=follow_up_at,
        updated_at=at,
    )


def advanced(
    record: BusinessRecord,
    stage: str,
    at: int,
    *,
    follow_up_at: int | None,
    draw: Draw,
    scores: Range,
) -> BusinessRecord:
    """Return the lead after an activity that brings it to `stage`, which may be `closed_won`."""
    interest = record.interest_level
    if draw.chance(_WARMS):
        interest = _WARMER[interest]
    gain = (scores.max - scores.min) * draw.between(*_GAINS) // 100
    changes: dict[str, Any] = {
        "status": STATUSES[stage],
        "sales_stage": stage,
        "stage_entered_at": at,
        "probability": PROBABILITIES[stage],
        "lead_score": max(scores.min, min(record.lead_score + gain, scores.max)),
        "interest_level": interest,
        "priority": priority_of(interest, stage),
        "account_manager_id": record.account_manager_id or draw.pick(_MANAGERS),
        "last_contact_date": at,
        "next_follow_up_date": follow_up_at,
        "updated_at": at,
    }
    return msgspec.structs.replace(record, **changes)


def won(record: BusinessRecord, customer_id: str) -> BusinessRecord:
    """Return the lead that has been brought to `closed_won` as the customer it is now."""
    return msgspec.structs.replace(
        record,
        record_type="customer",
        customer_number=customer_id,
        customer_since=record.stage_entered_at,
    )


def lost(
    record: BusinessRecord, reason: str, at: int, *, last_contact_at: int | None
) -> BusinessRecord:
    """Return the lead as one that is lost."""
    return msgspec.structs.replace(
        record,
        status=STATUSES[LOST],
        sales_stage=LOST,
        stage_entered_at=at,
        probability=PROBABILITIES[LOST],
        lost_reason=reason,
        priority="low",
        last_contact_date=last_contact_at,
        next_follow_up_date=None,
        updated_at=at,
    )


def churned(record: BusinessRecord, at: int) -> BusinessRecord:
    """Return the customer as one that is none any more."""
    return msgspec.structs.replace(
        record,
        record_type="former_customer",
        status="churned",
        customer_until=at,
        last_contact_date=at,
        next_follow_up_date=None,
        priority="low",
        updated_at=at,
    )
