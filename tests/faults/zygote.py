"""The zygote: a small process that has imported everything and forks the lives of workloads.

A life then costs a fork and not an interpreter with its imports. It has no threads, so that a fork
copies no lock that somebody holds; `tests/faults/harness.py` starts it and speaks to it.
"""

import asyncio
import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from typing import NoReturn

import msgspec

from tenantry.testing import crash_at
from tests.faults.life import ERROR, Birth, Life

PRELOADED = (
    "tenantry.db.postgres",
    "tenantry.db.sqlite",
    "tests.faults.access_workloads",
    "tests.faults.change_workloads",
    "tests.faults.client_workloads",
    "tests.faults.config_workloads",
    "tests.faults.scheduling_workloads",
    "tests.faults.strategy_workloads",
    "tests.faults.sync_workloads",
    "tests.faults.durable_workloads",
    "tests.faults.vault_workloads",
    "tests.faults.workloads",
)
"""What lives need; whatever is missing here each of them imports for itself."""


def main() -> None:
    """Serve the socket whose descriptor is the first argument until its other end closes."""
    for module in PRELOADED:
        importlib.import_module(module)
    # What is here now stays: a child's garbage collector need not touch, and so copy, its pages.
    gc.collect()
    gc.freeze()

    with socket.socket(fileno=int(sys.argv[1])) as control:
        _serve(control)


def _serve(control: socket.socket) -> None:
    living: set[int] = set()
    try:
        while True:
            request, descriptors, *_ = socket.recv_fds(control, 1 << 20, 1)
            if not request:
                return
            if descriptors:
                pid = _fork(control, msgspec.json.decode(request, type=Birth), descriptors[0])
                living.add(pid)
                control.send(str(pid).encode())
            else:
                # Only once a child is reaped has the system let go of its locks.
                pid, status = os.waitpid(int(request), 0)
                living.discard(pid)
                control.send(str(os.waitstatus_to_exitcode(status)).encode())
    finally:
        for pid in living:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _fork(control: socket.socket, birth: Birth, pipe: int) -> int:
    pid = os.fork()
    if pid == 0:
        control.close()
        _live(birth, pipe)
    os.close(pipe)
    return pid


def _live(birth: Birth, pipe: int) -> NoReturn:
    """Run the workload; never return to what was going on before the fork."""
    life = Life(url=birth.url, arguments=birth.arguments, pipe=pipe)
    try:
        workload = getattr(importlib.import_module(birth.module), birth.function)
        if birth.crash is not None:
            crash_at(birth.crash.name, after=birth.crash.after, **birth.crash.attributes)
        asyncio.run(workload(life))
    except BaseException:  # noqa: BLE001 - the process ends here, and the test must learn of it
        life.report(ERROR, traceback.format_exc())
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
