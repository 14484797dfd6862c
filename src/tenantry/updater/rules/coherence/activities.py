"""Activities: type, outcome, duration and what comes next go together."""

from typing import Final

from tenantry.updater.model import Activity, ActivityConfig, BusinessRecord
from tenantry.updater.rules.coherence.ages import check_after, check_age
from tenantry.updater.rules.coherence.finding import Findings
from tenantry.updater.rules.coherence.vocabulary import CALL_MINUTES, OUTCOMES, UNREACHED

ANY_MINUTES: Final = (1, 1_440)
"""What a call may take by any configuration."""
_WITH_DIRECTION: Final = frozenset({"call", "email"})
_DIRECTIONS: Final = frozenset({"inbound", "outbound"})


def check_activity(
    row: Activity, until: int, findings: Findings, *, minutes: tuple[int, int] = CALL_MINUTES
) -> None:
    """Find what does not go together in an activity; it did not happen behind `until`.

    `minutes` are the least and the most that a call takes.
    """
    outcomes = OUTCOMES.get(row.activity_type)
    if outcomes is None or row.outcome not in outcomes:
        findings.add(
            "activity-outcome",
            row,
            f"a {row.activity_type} is not {row.outcome}",
            activity_type=row.activity_type,
            outcome=row.outcome,
        )
    has_direction = row.direction in _DIRECTIONS
    if has_direction is not (row.activity_type in _WITH_DIRECTION):
        findings.add(
            "activity-direction",
            row,
            f"a {row.activity_type} has the direction {row.direction}",
            activity_type=row.activity_type,
            direction=row.direction,
        )
    if row.activity_type == "call":
        _check_call(row, minutes, findings)
    elif row.call_duration is not None or row.call_outcome is not None:
        _wrong_duration(row, findings)
    _check_times(row, until, findings)


def check_contact_of(row: Activity, record: BusinessRecord, findings: Findings) -> None:
    """Find an activity that is older than its record, or that the record does not know of."""
    known = record.last_contact_date
    if check_after(row, record, findings) and (known is None or known < row.created_at):
        findings.add(
            "contact-missed",
            row,
            f"the record was last contacted {known}, and this was {row.created_at}",
            created_at=row.created_at,
            last_contact_date=known,
        )


def call_minutes(config: ActivityConfig) -> tuple[int, int]:
    """Return the least and the most that a call may take."""
    least, most = CALL_MINUTES
    return min(least, config.max_duration_minutes), max(most, config.min_duration_minutes)


def _check_call(row: Activity, minutes: tuple[int, int], findings: Findings) -> None:
    if row.call_outcome != row.outcome:
        findings.add(
            "activity-outcome",
            row,
            f"the call is {row.call_outcome}, the activity {row.outcome}",
            call_outcome=row.call_outcome,
            outcome=row.outcome,
        )
    if row.outcome in UNREACHED:
        if row.call_duration:
            _wrong_duration(row, findings)
        if row.next_action is not None or row.follow_up_date is not None:
            findings.add(
                "next-step",
                row,
                f"the call is {row.outcome}, and what is next is {row.next_action}",
                outcome=row.outcome,
                next_action=row.next_action,
                follow_up_date=row.follow_up_date,
            )
    elif not minutes[0] <= (row.call_duration or 0) <= minutes[1]:
        _wrong_duration(row, findings)


def _wrong_duration(row: Activity, findings: Findings) -> None:
    findings.add(
        "call-duration",
        row,
        f"a {row.activity_type} that is {row.outcome} takes {row.call_duration} minutes of calling",
        activity_type=row.activity_type,
        outcome=row.outcome,
        call_duration=row.call_duration,
    )


def _check_times(row: Activity, until: int, findings: Findings) -> None:
    at = row.created_at
    follow_up = row.follow_up_date
    if follow_up is not None and (follow_up <= at or row.next_action is None):
        findings.add(
            "follow-up-date",
            row,
            f"{row.next_action} is planned for {follow_up}, and it is {at}",
            follow_up_date=follow_up,
            next_action=row.next_action,
            created_at=at,
        )
    if row.completed_date is not None and not at <= row.completed_date <= row.updated_at:
        findings.add(
            "completed-date",
            row,
            f"it is completed {row.completed_date}, and happened {at}",
            completed_date=row.completed_date,
            created_at=at,
        )
    check_age(row, until, findings)
