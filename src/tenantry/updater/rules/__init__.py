"""Pure decisions about living tenants: no clock, no random source, no I/O."""

from tenantry.updater.rules import activities, leads, setup, tickets
from tenantry.updater.rules.calendar import BusinessCalendar
from tenantry.updater.rules.coherence import COHERENCE_RULES, check_batch, check_tables
from tenantry.updater.rules.coherence.types import check_types
from tenantry.updater.rules.config import SETTING, check_zone, merged, read_config, schedules_of
from tenantry.updater.rules.corpus import CORPUS_VERSION
from tenantry.updater.rules.draw import Draw, Weights, draw_for, seed_of
from tenantry.updater.rules.editing import check_stored, edited_values, remembered, shown_row
from tenantry.updater.rules.fidelity import draw_svg, report_fidelity
from tenantry.updater.rules.health import health_of
from tenantry.updater.rules.naming import is_id, plain
from tenantry.updater.rules.run import SETUP, Run
from tenantry.updater.rules.safety import SAFETY_RULES, attest

__all__ = [
    "COHERENCE_RULES",
    "CORPUS_VERSION",
    "SAFETY_RULES",
    "SETTING",
    "SETUP",
    "BusinessCalendar",
    "Draw",
    "Run",
    "Weights",
    "activities",
    "attest",
    "check_batch",
    "check_stored",
    "check_tables",
    "check_types",
    "check_zone",
    "draw_for",
    "draw_svg",
    "edited_values",
    "health_of",
    "is_id",
    "leads",
    "merged",
    "plain",
    "read_config",
    "remembered",
    "report_fidelity",
    "schedules_of",
    "seed_of",
    "setup",
    "shown_row",
    "tickets",
]
