"""How long a unit may keep a connection."""

import math
import time

import apsw

from tenantry.db.job import Job

# SQLite asks after so many steps of a statement, some tens of milliseconds. More often would cost:
# the thread has to wait for the interpreter to be asked.
_STEPS = 1_000_000


class TimeLimit:
    """Ends the statement that runs on `connection` when its unit has taken `seconds`.

    The statement raises `apsw.InterruptError`. A write ends its whole transaction with it.
    """

    def __init__(self, connection: apsw.Connection, *, seconds: float) -> None:
        self._seconds = seconds
        self._ends_at = math.inf
        connection.set_progress_handler(self._is_over, _STEPS)

    def begin(self, job: Job) -> None:
        """Let the time of `job` begin, if it has any limit."""
        if job.is_limited:
            self._ends_at = time.monotonic() + self._seconds

    def end(self) -> None:
        """Interrupt nothing until the next unit begins."""
        self._ends_at = math.inf

    def _is_over(self) -> bool:
        return time.monotonic() > self._ends_at
