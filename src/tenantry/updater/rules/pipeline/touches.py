"""One activity: what came of it, how long it took, what it says, and what is to be done next."""

from typing import Final

import msgspec

from tenantry.updater.model import Activity, ActivityConfig, BusinessRecord
from tenantry.updater.rules.corpus.touches import (
    ADVANCES,
    CHURNED,
    DESCRIPTIONS,
    LOSS_REASONS,
    NEXT_ACTIONS,
    SUBJECTS,
)
from tenantry.updater.rules.draw import WHOLE, Draw, Weights
from tenantry.updater.rules.pipeline.moments import planned_at
from tenantry.updater.rules.pipeline.stages import LOST, STAGES, WON
from tenantry.updater.rules.run import Run

_EARLY: Final = frozenset({"call", "email", "meeting", "task", "note"})
_MIDDLE: Final = _EARLY | {"demo"}
_ALL: Final = _MIDDLE | {"proposal"}
FITTING: Final = dict(zip(STAGES, (_EARLY, _MIDDLE, _ALL, _ALL, _ALL), strict=True))
"""Which types of activity make sense for a lead in a stage; a customer has all of them."""
KNOWN: Final = _ALL
"""The types there are words for; others are like tasks."""

ADVANCING: Final = {
    "qualified": frozenset({"call", "email", "meeting"}),
    "needs_analysis": frozenset({"call", "meeting", "demo"}),
    "proposal": frozenset({"proposal", "demo", "meeting"}),
    "negotiation": frozenset({"proposal", "call", "meeting", "email"}),
    WON: frozenset({"proposal", "call", "meeting", "email"}),
    LOST: frozenset({"call", "email", "meeting", "proposal"}),
}
"""Which types of activity bring a lead to a stage."""

DECIDING: Final = {"call": "answered", "email": "replied", "meeting": "completed"}
"""What comes of an activity in which somebody has told us something."""

_OUTCOMES: Final = {
    "call": Weights({"answered": 55, "no_answer": 20, "voicemail": 18, "busy": 7}),
    "email": Weights({"sent": 35, "opened": 35, "replied": 25, "bounced": 5}),
    "meeting": Weights({"completed": 75, "no_show": 6, "rescheduled": 13, "cancelled": 6}),
    "demo": Weights({"completed": 82, "technical_issues": 6, "rescheduled": 12}),
    "proposal": Weights({"sent": 60, "draft": 40}),
    "task": Weights({"completed": 60, "in_progress": 20, "pending": 15, "cancelled": 5}),
    "note": Weights({"completed": 1}),
}
_ANSWERS: Final = {"proposal": "sent", LOST: "rejected"}
_OTHER: Final = _OUTCOMES["task"]
_UNDONE: Final = frozenset(
    {
        "rescheduled",
        "cancelled",
        "no_show",
        "technical_issues",
        "draft",
        "in_progress",
        "pending",
    }
)
"""Outcomes of what has not been done, or not yet."""
_INBOUND: Final = {"call": {"answered": 2500}, "email": {"replied": WHOLE}}
"""How many of 10,000 with this outcome came from the other side."""
_CALL_MINUTES: Final = (2, 45)
_VISIT_MINUTES: Final = {"meeting": (30, 120), "demo": (45, 90)}
_RETRY_DAYS: Final = {"no_answer": (1, 3), "busy": (1, 2), "voicemail": (2, 4)}


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """An activity that has been decided on; `leads_to` is the stage that it brings a lead to."""

    activity_type: str
    at: int
    leads_to: str | None = None
    lost_reason: str | None = None
    is_churn: bool = False


def outcome_of(draw: Draw, touch: Touch) -> str:
    """Return what comes of an activity."""
    activity_type = touch.activity_type
    if touch.leads_to is None and not touch.is_churn:
        return draw.weighted(_OUTCOMES.get(activity_type, _OTHER))
    if activity_type == "proposal":
        return _ANSWERS.get(touch.leads_to or "", "approved")
    return DECIDING.get(activity_type, "completed")


def activity_of(
    draw: Draw, run: Run, record: BusinessRecord, touch: Touch
) -> tuple[Activity, int | None]:
    """Return an activity about a record, and when the record is to be followed up."""
    config = run.config.activities
    kind, at = touch.activity_type, touch.at
    outcome = outcome_of(draw, touch)
    next_action, follow_up_at = None, None
    is_over = touch.is_churn or touch.leads_to in {WON, LOST}
    planned = None if is_over else NEXT_ACTIONS.get(kind, {}).get(outcome)
    if planned is not None:
        next_action = planned.text
        follow_up_at = planned_at(draw, run.calendar, at, planned.min_days, planned.max_days)
    activity = Activity(
        id=draw.id(),
        run_id=run.slot.run_id,
        business_record_id=record.id,
        activity_type=kind,
        subject=_subject(draw, record, kind),
        description=_description(draw, record, touch, outcome, config),
        direction=_direction(draw, kind, outcome),
        call_duration=_call_minutes(draw, outcome, config) if kind == "call" else None,
        call_outcome=outcome if kind == "call" else None,
        outcome=outcome,
        next_action=next_action,
        follow_up_date=follow_up_at,
        completed_date=None if outcome in _UNDONE else at,
        created_at=at,
        updated_at=at,
    )
    if kind == "call" and outcome in _RETRY_DAYS:
        follow_up_at = planned_at(draw, run.calendar, at, *_RETRY_DAYS[outcome])
    return activity, follow_up_at


def _subject(draw: Draw, record: BusinessRecord, kind: str) -> str:
    subjects = SUBJECTS.get(kind, SUBJECTS["task"])
    stage = record.sales_stage if record.record_type == "lead" else "customer"
    return draw.pick(subjects.get(stage) or subjects["lead"])


def _description(
    draw: Draw, record: BusinessRecord, touch: Touch, outcome: str, config: ActivityConfig
) -> str:
    kind = touch.activity_type
    text = draw.pick(DESCRIPTIONS.get(kind, DESCRIPTIONS["task"])[outcome])
    if kind in _VISIT_MINUTES and outcome == "completed":
        text += f" It took {_minutes(draw, _VISIT_MINUTES[kind], config)} minutes."
    if touch.lost_reason is not None:
        text += " " + LOSS_REASONS[touch.lost_reason]
    elif touch.is_churn:
        text += " " + CHURNED
    elif touch.leads_to is not None:
        text += " " + draw.pick(ADVANCES[touch.leads_to])
    if "{" not in text:
        return text
    first = record.primary_contact_name.partition(" ")[0]
    return text.format(first=first, company=record.company_name)


def _direction(draw: Draw, kind: str, outcome: str) -> str | None:
    inbound = _INBOUND.get(kind)
    if inbound is None:
        return None
    return "inbound" if outcome in inbound and draw.chance(inbound[outcome]) else "outbound"


def _call_minutes(draw: Draw, outcome: str, config: ActivityConfig) -> int:
    return _minutes(draw, _CALL_MINUTES, config) if outcome == "answered" else 0


def _minutes(draw: Draw, usual: tuple[int, int], config: ActivityConfig) -> int:
    """Return a duration that is usual, as far as the configuration lets it be."""
    least, most = config.min_duration_minutes, config.max_duration_minutes
    return draw.between(min(max(usual[0], least), most), max(min(usual[1], most), least))
