"""The process that collects: its life, from settings to the last batch."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from multiprocessing.connection import Connection
from typing import Final, TypeAlias

import uvloop

from tenantry.app.collecting import build_collector, collected_database
from tenantry.base import SystemClock
from tenantry.base.errors import TenantryError
from tenantry.base.structs import resolve_structs
from tenantry.db import Database, migrate
from tenantry.settings import Settings
from tenantry.telemetry import active_sink, configure_logging, get_logger

Watch: TypeAlias = Callable[[Callable[[], None]], None]
"""Waits, on a thread of its own, for the end, and calls what it is given then."""

Beside: TypeAlias = Callable[[Database], Awaitable[None]]
"""Looks at what is collected, now and then."""

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_SWITCH_INTERVAL_SECONDS: Final = 0.0005
_BESIDE_SECONDS: Final = 1.0
_COLLECT_AFTER: Final = (50_000, 20, 100)
_LOGGER = get_logger("tenantry.collector")


def run_child(settings: Settings, parent: Connection) -> None:
    """Collect until the parent lets go of the connection, which it also does by dying."""
    # Ctrl-C reaches the whole group; the parent says when it is time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_logging(level=settings.log_level, format=settings.log_format, file=settings.log_file)
    os.umask(0o077)

    def watch(stop: Callable[[], None]) -> None:
        with contextlib.suppress(EOFError, OSError):
            parent.recv()
        stop()

    sys.exit(collect(settings, watch, signals=(signal.SIGTERM,)))


def collect(
    settings: Settings,
    watch: Watch | None = None,
    *,
    signals: Sequence[signal.Signals] = SIGNALS,
    beside: Beside | None = None,
) -> int:
    """Collect until `watch` says so, or one of `signals` comes; returns the exit code.

    `beside` is done meanwhile, and once more when all is stored.
    """
    sys.setswitchinterval(_SWITCH_INTERVAL_SECONDS)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_collect(settings, watch, signals, beside))
    except TenantryError as error:
        _LOGGER.error("The collector cannot start", reason=error.message, code=error.code)  # noqa: TRY400
        return 1
    finally:
        active_sink().flush()
    return 0


async def _collect(
    settings: Settings,
    watch: Watch | None,
    signals: Sequence[signal.Signals],
    beside: Beside | None,
) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    if watch is not None:
        threading.Thread(
            target=watch, args=(lambda: loop.call_soon_threadsafe(stop.set),), daemon=True
        ).start()

    database = collected_database(settings)
    await database.start()
    try:
        await migrate(database, clock=SystemClock())
        collecting = build_collector(settings, database)
        resolve_structs()
        set_memory_aside()
        await collecting.start()
        while not stop.is_set():
            if beside is not None:
                await beside(database)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BESIDE_SECONDS if beside else None):
                    await stop.wait()
        await collecting.stop()
        if beside is not None:
            await beside(database)
    finally:
        await database.stop()


def set_memory_aside() -> None:
    """Keep what start-up has built out of the search for garbage, and search less often.

    A batch is thousands of small objects that die together, and none of them in a cycle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
