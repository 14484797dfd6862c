"""Scheduling: who may do something alone, and what is due when.

A cron expression says when, in a time zone, and can be asked what it really means. A lease is a
time-limited exclusive right with a fencing token: whoever lost it without noticing is refused when
they write. A runner claims the fire times of schedules under the lease of their line, so that on
any number of nodes each runs once, in order, or is recorded as not having run, with the reason.
This package knows no product noun, and what is done when, and under a lease, is its caller's
business.
"""

from tenantry.scheduling.backfill import BackfillTooLate
from tenantry.scheduling.cron import (
    Cron,
    CronError,
    CronWarning,
    Fires,
    Intent,
    IntentError,
    cadence_seconds,
    describe,
    fits,
    parse_intent,
    runs_per_week,
    warnings_of,
)
from tenantry.scheduling.lease import Held, Lease, LeaseLost, Leases
from tenantry.scheduling.record import NEWEST, Ended, Of, Record
from tenantry.scheduling.runner import Runner, StepResult
from tenantry.scheduling.schedule import (
    Definition,
    FireTime,
    FireTimes,
    Firing,
    Mark,
    Schedule,
    Skip,
)
from tenantry.scheduling.standing import Standing
from tenantry.scheduling.turn import Line, LineBusy, Observer, Turn

__all__ = [
    "NEWEST",
    "BackfillTooLate",
    "Cron",
    "CronError",
    "CronWarning",
    "Definition",
    "Ended",
    "FireTime",
    "FireTimes",
    "Fires",
    "Firing",
    "Held",
    "Intent",
    "IntentError",
    "Lease",
    "LeaseLost",
    "Leases",
    "Line",
    "LineBusy",
    "Mark",
    "Observer",
    "Of",
    "Record",
    "Runner",
    "Schedule",
    "Skip",
    "Standing",
    "StepResult",
    "Turn",
    "cadence_seconds",
    "describe",
    "fits",
    "parse_intent",
    "runs_per_week",
    "warnings_of",
]
