"""The log file of runs: `sync-YYYY-MM-DD.log`, with every line that belongs to one."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tenantry.sync import rules
from tenantry.telemetry import Context, DayFiles, branch_lines

KEPT_DAYS: Final = 30
"""So long a day's file is kept; runs and their timelines are kept as long."""


def keep_journal(folder: Path, *, level: str = "info") -> Callable[[], None]:
    """Write the lines of runs into a file of each day, from now on; returns what ends that.

    A folder that cannot be written is a warning, and no failure.
    """
    files = DayFiles(folder=folder, name="sync", keep_days=KEPT_DAYS)
    return branch_lines(is_of_a_run, target=files, level=level)


def is_of_a_run(context: Context) -> bool:
    """Whether what is done belongs to a run: by its id, which a request cannot have by itself."""
    correlation_id = context.correlation_id
    if correlation_id is None or not correlation_id.startswith("sync-"):
        return False
    tenant_id = context.tenant_id
    return tenant_id is not None and rules.tenant_of(correlation_id) == tenant_id
