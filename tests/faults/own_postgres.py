"""A PostgreSQL server that a test may stop, start and kill."""

import os
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

from tests.support.postgres import Postgres
from tests.support.waiting import wait_until


class OwnPostgres(Postgres):
    """A server that nobody else uses, in a directory of its own."""

    def __init__(self) -> None:
        # A socket's path is short, so this cannot be below pytest's own temporary folder.
        self._own_directory = Path(tempfile.gettempdir()) / f"tenantry-pg-{secrets.token_hex(6)}"
        super().__init__(self._own_directory)

    def kill(self) -> None:
        """Kill the whole server at once, as a crash of the machine does."""
        data = self._own_directory / "data"
        pid_file = data / "postmaster.pid"
        postmaster = int(pid_file.read_text().split()[0])
        # Its children first notice, finish what they do and go; stopped, they cannot.
        family = [*_children_of(postmaster), postmaster]
        for pid in family:
            _send(pid, signal.SIGSTOP)
        for pid in family:
            _send(pid, signal.SIGKILL)
        wait_until(lambda: not any(_is_running(pid) for pid in family))
        # In a container nobody may have reaped it yet; its number would still look alive.
        for named in (pid_file, *data.glob(".s.PGSQL.*.lock")):
            named.unlink()

    def remove(self) -> None:
        """Stop the server for good and delete what it has stored."""
        self.close()
        shutil.rmtree(self._own_directory, ignore_errors=True)


def _children_of(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in children.split()]


def _send(pid: int, signal_number: int) -> None:
    try:
        os.kill(pid, signal_number)
    except ProcessLookupError:
        return


def _is_running(pid: int) -> bool:
    try:
        # After its name in parentheses a process says its state; Z has ended, nobody has asked.
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
