"""What the figures were measured on."""

import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from importlib.metadata import version

import apsw
import msgspec

_SYNCS = 200
# The peers of the suites of reliability, clients, sync and cron, and the client of Temporal.
_PEERS = (
    "aiobreaker",
    "circuitbreaker",
    "limits",
    "purgatory",
    "pybreaker",
    "stamina",
    "deepdiff",
    "diffsync",
    "dlt",
    "cronsim",
    "croniter",
    "apscheduler",
    "temporalio",
)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The machine and the versions, as they were when the run began."""

    cpu_count: int
    load_average: tuple[float, float, float]
    system: str
    sync_milliseconds: float
    versions: dict[str, str]

    @property
    def is_busy(self) -> bool:
        """Whether others use so much of it that the figures say more about them."""
        return self.load_average[0] > self.cpu_count / 4


def describe_machine() -> Machine:
    """Look at the machine, and try its disk."""
    return Machine(
        cpu_count=os.cpu_count() or 1,
        load_average=os.getloadavg(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        sync_milliseconds=_sync_milliseconds(),
        versions={
            "tenantry": version("tenantry"),
            "Python": platform.python_version(),
            "eventsourcing": version("eventsourcing"),
            "SQLite": f"{apsw.sqlite_lib_version()} (eventsourcing: {sqlite3.sqlite_version})",
            **{peer: version(peer) for peer in _PEERS},
            "etcd": _first_line("etcd", "--version"),
            "wrk": _first_line("wrk", "-v"),
        },
    )


def _sync_milliseconds() -> float:
    """Return how long the disk takes to make 4 KiB at the end of a file durable."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(_SYNCS):
            file.write(bytes(4096))
            file.flush()
            started_at = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started_at)
    return statistics.median(times) * 1000


def _first_line(program: str, option: str) -> str:
    if shutil.which(program) is None:
        return "not installed"
    # wrk prints its version and fails.
    ran = subprocess.run([program, option], check=False, capture_output=True, text=True)
    line = (ran.stdout or ran.stderr).splitlines()[0]
    return line.removeprefix("etcd Version: ").removeprefix("wrk ").split(" [")[0]
