"""The report: everything that is compared, and what makes a tenant look made up."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tenantry.updater.model import (
    Ages,
    Dwell,
    FidelityReport,
    GenerationConfig,
    Hours,
    Mix,
    TableName,
)
from tenantry.updater.rules.calendar import BusinessCalendar
from tenantry.updater.rules.fidelity.durations import (
    ACTIVITIES,
    REPORTED,
    activity_hours,
    lead_dwells,
    ticket_dwells,
    ticket_hours,
)
from tenantry.updater.rules.fidelity.mixes import activity_mixes, lead_mixes, ticket_mixes
from tenantry.updater.rules.fidelity.shapes import ages, concentrations, conversion

_OUTSIDE: Final = 0.95
_OPEN: Final = 20


def report_fidelity(
    rows_by_table: Mapping[TableName, Iterable[Any]],
    *,
    config: GenerationConfig,
    calendar: BusinessCalendar,
    now: int,
) -> FidelityReport:
    """Return what the rows of a tenant are like, beside what was declared."""
    rows = {table: list(found) for table, found in rows_by_table.items()}
    records = rows.get("business_records", [])
    activities = rows.get("business_record_activities", [])
    tickets = rows.get("service_tickets", [])
    mixes = (
        *lead_mixes(records, config),
        *activity_mixes(activities, config),
        *ticket_mixes(tickets, config),
    )
    hours = (
        activity_hours(activities, calendar),
        *ticket_hours(tickets, calendar, config),
    )
    dwells = (
        *lead_dwells(records, calendar, now),
        *ticket_dwells(tickets, calendar, config),
    )
    old = tuple(ages(records, tickets, now))
    became = conversion(records, now)
    remarks = [
        *_mix_remarks(mixes),
        *_hour_remarks(hours, config),
        *_dwell_remarks(dwells),
        *_age_remarks(old),
    ]
    if became.verdict == "differs":
        remarks.append(f"{became.observed:.0%} of the leads were won, not {became.declared:.0%}")
    return FidelityReport(
        rows=sum(len(found) for found in rows.values()),
        mixes=mixes,
        hours=hours,
        dwells=dwells,
        ages=old,
        concentrations=tuple(concentrations(tickets, activities)),
        conversion=became,
        remarks=tuple(remarks),
    )


def _mix_remarks(mixes: Iterable[Mix]) -> list[str]:
    return [f"{mix.name}: not as declared" for mix in mixes if mix.verdict == "differs"]


def _hour_remarks(hours: Iterable[Hours], config: GenerationConfig) -> list[str]:
    outside = [one for one in hours if one.count and one.observed < _OUTSIDE]
    return [
        f"{one.name}: {1 - one.observed:.0%} of them outside business hours"
        for one in outside
        # Customers may report whenever they want to.
        if one.name != REPORTED
        and (one.name != ACTIVITIES or config.activities.business_hours_only)
    ]


def _dwell_remarks(dwells: Iterable[Dwell]) -> list[str]:
    return [f"{dwell.name}: not as declared" for dwell in dwells if dwell.verdict == "differs"]


def _age_remarks(ages: Iterable[Ages]) -> list[str]:
    return [
        f"{one.name}: all of them are of the same age"
        for one in ages
        if one.count >= _OPEN and max(one.counts) == one.count
    ]
