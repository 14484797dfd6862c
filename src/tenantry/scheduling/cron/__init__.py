"""Cron: what an expression means, when it fires, and whether that is what was meant.

An expression is read literally and never reinterpreted; where programs disagree about one it is
refused, or there is a warning. Everything is a function of its arguments: this package knows no
clock, runs nothing and waits for nothing.
"""

from tenantry.scheduling.cron.errors import CronError, IntentError
from tenantry.scheduling.cron.expression import Cron
from tenantry.scheduling.cron.fires import Fires
from tenantry.scheduling.cron.fitting import fits
from tenantry.scheduling.cron.intent import Intent, parse_intent
from tenantry.scheduling.cron.rate import cadence_seconds, runs_per_week
from tenantry.scheduling.cron.warning import CronWarning, warnings_of
from tenantry.scheduling.cron.words import describe

__all__ = [
    "Cron",
    "CronError",
    "CronWarning",
    "Fires",
    "Intent",
    "IntentError",
    "cadence_seconds",
    "describe",
    "fits",
    "parse_intent",
    "runs_per_week",
    "warnings_of",
]
