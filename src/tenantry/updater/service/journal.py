"""The log of updaters: lines in a table for every node's readers, and a file of each day."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tenantry.base import Clock
from tenantry.db import Transaction
from tenantry.telemetry import Context, DayFiles, branch_lines
from tenantry.updater import store
from tenantry.updater.model import LogLine

KEPT_FILES: Final = 5
ROTATE_BYTES: Final = 10 * 1024 * 1024
KEPT_DAYS: Final = 30
"""So long lines and fire times are kept; rows and runs stay until they are undone."""
SCOPE: Final = "updater"
_RANKS: Final = {"debug": 0, "info": 1, "warning": 2, "error": 3}


class Journal:
    """Writes the lines of what happens into the table that all nodes' readers read."""

    def __init__(self, *, clock: Clock, node: str) -> None:
        self._clock = clock
        self._node = node

    def tell_in(
        self,
        tx: Transaction,
        tenant_id: str,
        level: str,
        message: str,
        **data: Any,
    ) -> None:
        """Write a line inside another's unit."""
        store.insert_logs(tx, tenant_id, [self.line(level, message, **data)])

    def line(self, level: str, message: str, **data: Any) -> LogLine:
        """Return a line, to be written with others."""
        return LogLine(
            at=self._clock.now_us(), level=level, message=message, data=data, node=self._node
        )

    def shown(self, lines: list[LogLine], *, least: str) -> list[LogLine]:
        """Return the lines that are not below the level `least`."""
        return [line for line in lines if _RANKS[line.level] >= _RANKS[least]]


def keep_journal(folder: Path, *, level: str = "info") -> Callable[[], None]:
    """Write the lines of updaters into `database-updater-YYYY-MM-DD.log`, from now on.

    A file is rotated at 10 MB, and five are kept. Returns what ends it; a folder that cannot be
    written is a warning, and no failure.
    """
    files = DayFiles(
        folder=folder,
        name="database-updater",
        rotate_bytes=ROTATE_BYTES,
        keep_files=KEPT_FILES,
    )
    return branch_lines(_is_of_updaters, target=files, level=level)


def _is_of_updaters(context: Context) -> bool:
    """Whether what is done belongs to updaters: by its id, which a request cannot have."""
    correlation_id = context.correlation_id
    return correlation_id is not None and correlation_id.startswith(f"{SCOPE}-")
