"""Whom an activity is about: what is overdue first, then what was planned, then anybody."""

from typing import Final

from tenantry.updater.model import BusinessRecord, World
from tenantry.updater.rules.corpus.touches import LOSS_REASONS_BY_STAGE
from tenantry.updater.rules.draw import Draw, Weights
from tenantry.updater.rules.pipeline.accounts import Accounts
from tenantry.updater.rules.pipeline.stages import LOST, standing
from tenantry.updater.rules.pipeline.touches import ADVANCING, DECIDING, FITTING, KNOWN, Touch
from tenantry.updater.rules.run import Run

_TRIES: Final = 8
"""How often a type of activity is drawn that makes sense for somebody."""
_ACCOUNTS: Final = 2500
"""How many of 10,000 activities that move no lead are about customers."""
_HEAT: Final = {"cold": 0, "warm": 1, "hot": 2, "qualified": 3}


class Pipeline:
    """The leads and customers of a world while a slot goes on; the world itself stays as it is.

    Nothing here depends on the order of the world's mappings.
    """

    def __init__(self, run: Run, world: World) -> None:
        self._accounts = Accounts(run, world)
        leads = world.leads
        self._leads = {lead_id: leads[lead_id] for lead_id in sorted(leads)}
        seed, calendar, until = run.seed, run.calendar, run.slot.at
        self._due = list[tuple[int, str, str]]()
        self._planned = list[tuple[int, str]]()
        for lead_id, lead in leads.items():
            ahead = standing(seed, lead_id, lead.sales_stage, lead.stage_entered_at, calendar)
            if ahead.until <= until:
                self._due.append((ahead.until, lead_id, ahead.leads_to))
            planned = lead.next_follow_up_date
            if planned is not None and planned <= until:
                self._planned.append((planned, lead_id))
        self._due.sort()
        self._planned.sort()

    def find(self, draw: Draw, types: Weights[str], at: int) -> tuple[BusinessRecord, Touch] | None:
        """Return the record for an activity at `at`, and what the activity is; None for nobody.

        The type comes first, so that types are as frequent as they should be; one that makes sense
        for nobody is drawn again.
        """
        for _ in range(_TRIES):
            found = self._find(draw, draw.weighted(types), at)
            if found is not None:
                return found
        for kind in types.options:
            found = self._find(draw, kind, at)
            if found is not None:
                return found
        return None

    def put(self, record: BusinessRecord) -> None:
        """Take a record as it is after an activity."""
        if record.id in self._leads:
            self._due = [entry for entry in self._due if entry[1] != record.id]
            self._planned = [entry for entry in self._planned if entry[1] != record.id]
            if record.record_type == "lead" and record.sales_stage != LOST:
                self._leads[record.id] = record
            else:
                del self._leads[record.id]
        else:
            self._accounts.put(record)

    def _find(self, draw: Draw, kind: str, at: int) -> tuple[BusinessRecord, Touch] | None:
        found = self._overdue(draw, kind, at)
        if found is not None:
            return found
        record = self._accounts.find(draw, at) if draw.chance(_ACCOUNTS) else None
        if record is None:
            record = self._lead(draw, kind, at) or self._accounts.find(draw, at)
        if record is None:
            return None
        is_churn = kind in DECIDING and self._accounts.is_leaving(record, at)
        return record, Touch(activity_type=kind, at=at, is_churn=is_churn)

    def _overdue(self, draw: Draw, kind: str, at: int) -> tuple[BusinessRecord, Touch] | None:
        """Return the lead that has waited longest for an activity of this type to move it."""
        for until, lead_id, leads_to in self._due:
            if until > at:
                break
            lead = self._leads[lead_id]
            if lead.updated_at > at or not _moves(kind, lead, leads_to):
                continue
            reason = None
            if leads_to == LOST:
                reason = draw.pick(LOSS_REASONS_BY_STAGE[lead.sales_stage])
            return lead, Touch(activity_type=kind, at=at, leads_to=leads_to, lost_reason=reason)
        return None

    def _lead(self, draw: Draw, kind: str, at: int) -> BusinessRecord | None:
        """Return a lead whose follow-up is due, or else any, rather one of the warmer ones."""
        for planned, lead_id in self._planned:
            if planned > at:
                break
            lead = self._leads[lead_id]
            if lead.updated_at <= at and _fits(kind, lead):
                return lead
        fitting = [
            lead for lead in self._leads.values() if lead.updated_at <= at and _fits(kind, lead)
        ]
        if not fitting:
            return None
        first, second = draw.pick(fitting), draw.pick(fitting)
        return first if _HEAT[first.interest_level] >= _HEAT[second.interest_level] else second


def _fits(kind: str, lead: BusinessRecord) -> bool:
    # A type of a tenant's own makes sense whenever a task does.
    return kind in FITTING[lead.sales_stage] or kind not in KNOWN


def _moves(kind: str, lead: BusinessRecord, leads_to: str) -> bool:
    return kind in ADVANCING[leads_to] and _fits(kind, lead)
