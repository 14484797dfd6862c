"""Coherence: what rows say must agree, with themselves and with the rows around them.

The same rules are held against every batch before it commits (`check_batch`) and against whole
tables as they are stored (`check_tables`). They know what goes together and nothing of how rows
are made; a fault is a value, and nothing here mends one.
"""

from tenantry.updater.rules.coherence.batch import check_batch
from tenantry.updater.rules.coherence.codes import COHERENCE_RULES
from tenantry.updater.rules.coherence.tables import check_tables

__all__ = ["COHERENCE_RULES", "check_batch", "check_tables"]
