"""Durations: how long leads stay in a stage, and tickets in a state, in business hours."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Final

from tenantry.updater.model import Dwell, GenerationConfig, Hours, Verdict
from tenantry.updater.rules.calendar import BusinessCalendar
from tenantry.updater.rules.desk.pace import OF_ESTIMATE, TRIAGE, VISIT
from tenantry.updater.rules.dwell import SIGMAS
from tenantry.updater.rules.fidelity.statistics import (
    LEVELS,
    log_normal,
    log_normal_age,
    quantiles,
)
from tenantry.updater.rules.pipeline.stages import MEDIANS, STAGES

ACTIVITIES: Final = "Activities"
REPORTED: Final = "Tickets reported"
_HOUR: Final = 3600
_MINUTES: Final = 60
_QUARTER: Final = 0.25
_LEAST: Final = 30
_FARTHEST: Final = 0.25


def lead_dwells(records: Iterable[Any], calendar: BusinessCalendar, now: int) -> list[Dwell]:
    """Return since when the leads that are under way are in their stage."""
    ages: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for record in records:
        if record.sales_stage in ages and record.stage_entered_at <= now:
            seconds = calendar.between(record.stage_entered_at, now)
            ages[record.sales_stage].append(seconds / _HOUR)
    return [
        dwell(
            f"Open leads: in {stage} since",
            ages[stage],
            log_normal_age(MEDIANS[stage] / _HOUR, SIGMAS["wide"]),
        )
        for stage in STAGES
    ]


def ticket_dwells(
    tickets: Iterable[Any], calendar: BusinessCalendar, config: GenerationConfig
) -> list[Dwell]:
    """Return how long tickets were open, then assigned, and then worked on."""
    calendar = calendar.adjusted(weekends=config.tickets.include_weekends)
    opened: dict[str, list[float]] = {priority: [] for priority in TRIAGE}
    assigned: dict[str, list[float]] = {priority: [] for priority in TRIAGE}
    worked = list[float]()
    for one in tickets:
        if one.assigned_at is not None and one.priority in opened:
            seconds = calendar.between(one.created_at, one.assigned_at)
            opened[one.priority].append(seconds / _HOUR)
        if one.started_at is not None and one.assigned_at is not None and one.priority in assigned:
            seconds = calendar.between(one.assigned_at, one.started_at)
            assigned[one.priority].append(seconds / _HOUR)
        if one.labor_hours is not None:
            worked.append(one.labor_hours * _MINUTES / one.estimated_duration)
    wide = SIGMAS["wide"]
    return [
        *(
            dwell(f"Tickets: {name} until assigned", values, log_normal(TRIAGE[name] / _HOUR, wide))
            for name, values in opened.items()
        ),
        *(
            dwell(f"Tickets: {name} until visited", values, _visits(VISIT[name] / _HOUR, wide))
            for name, values in assigned.items()
        ),
        dwell(
            "Tickets: labor, of the estimate",
            worked,
            log_normal(OF_ESTIMATE / _MINUTES, SIGMAS["steady"]),
        ),
    ]


def _visits(median: float, sigma: float) -> tuple[float, ...]:
    """Return the levels of what was declared, with what the next free quarter adds to it."""
    return tuple(value + _QUARTER for value in log_normal(median, sigma))


def dwell(name: str, values: Sequence[float], declared: tuple[float, ...]) -> Dwell:
    """Return how long something takes, beside how long it should."""
    distance = _distance(values, declared)
    verdict: Verdict = "fits"
    if len(values) < _LEAST:
        verdict = "too_few"
    elif distance > _FARTHEST:
        verdict = "differs"
    return Dwell(
        name=name,
        count=len(values),
        observed=quantiles(values),
        declared=declared,
        distance=distance,
        verdict=verdict,
    )


def activity_hours(activities: Iterable[Any], calendar: BusinessCalendar) -> Hours:
    """Return how many activities are in business hours."""
    return _hours(ACTIVITIES, (one.created_at for one in activities), calendar)


def ticket_hours(
    tickets: Iterable[Any], calendar: BusinessCalendar, config: GenerationConfig
) -> list[Hours]:
    """Return how much of what is done about tickets is in business hours."""
    tickets = list(tickets)
    calendar = calendar.adjusted(weekends=config.tickets.include_weekends)
    return [
        _hours(REPORTED, (one.created_at for one in tickets), calendar),
        _hours("Tickets assigned", (one.assigned_at for one in tickets), calendar),
        _hours("Visits begun", (one.started_at for one in tickets), calendar),
        _hours("Tickets resolved", (one.resolved_at for one in tickets), calendar),
    ]


def _hours(name: str, moments: Iterable[int | None], calendar: BusinessCalendar) -> Hours:
    count = inside = 0
    for at in moments:
        if at is not None:
            count += 1
            inside += calendar.is_open(at)
    return Hours(name=name, count=count, inside=inside, observed=inside / count if count else 0.0)


def _distance(values: Sequence[float], declared: Sequence[float]) -> float:
    """Return how far the two distributions are apart, by Kolmogorov and Smirnov at the levels."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return max(
        abs(bisect_right(ordered, value) / len(ordered) - level)
        for value, level in zip(declared, LEVELS, strict=True)
    )
