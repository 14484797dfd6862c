"""The life of one server process: open, serve, drain, close."""

import asyncio
import contextlib
import gc
import os
import resource
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from tenantry.app import build_application
from tenantry.base import SystemClock, root_principal
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.collector import CollectorProcess
from tenantry.operations import Checkup
from tenantry.server.collector_child import run_child
from tenantry.server.demo import bring_to_life, seed_demo
from tenantry.server.demo_upstream import DemoUpstream
from tenantry.server.listener import Listener, address_of, bind
from tenantry.settings import Settings
from tenantry.telemetry import active_sink, configure_logging, get_logger
from tenantry.telemetry import bind as bind_context
from tenantry.terminal import ServerLock, ServerRecord
from tenantry.terminal.lock import RECORD_FILE

_FILES: Final = 65_536
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_SHORTEST_CLOSING_SECONDS: Final = 5.0
_COLLECT_AFTER: Final = (10_000, 20, 50)
_FIRST_KEY: Final = """
The first root key. It is shown this once, and may do everything:

  {key}

Keep it where you keep passwords; `tenantry keys create NAME --root` makes another.
"""
_LOGGER = get_logger("tenantry.server")


def run(settings: Settings, *, demo: bool) -> int:
    """Serve until told to stop, and return the exit code."""
    configure_logging(level=settings.log_level, format=settings.log_format, file=settings.log_file)
    # What it stores is its owner's business alone, whatever the shell allows others.
    os.umask(0o077)
    _allow_files()
    try:
        # The port and the data directory first: what is taken is told before anything is opened.
        with (
            ServerLock(data_dir=settings.data_dir),
            _ports(settings) as (bound, metrics_bound),
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            process = _Process(settings, bound=bound, metrics_bound=metrics_bound, demo=demo)
            return runner.run(process.serve())
    except TenantryError as error:
        # Where it happened is of no use to whoever has to mend it.
        _LOGGER.error("The server cannot start", reason=error.message, code=error.code)  # noqa: TRY400
        print(f"tenantry: {error.message}", file=sys.stderr)  # noqa: T201 - whoever started it reads this
        return 1
    finally:
        active_sink().flush()


class _Process:
    """What one run of the server holds."""

    def __init__(
        self,
        settings: Settings,
        *,
        bound: socket.socket,
        metrics_bound: socket.socket | None,
        demo: bool,
    ) -> None:
        token = secrets.token_urlsafe(32)
        self._settings = settings
        self._demo = demo
        self._app = build_application(settings, local_token=token)
        self._demo_upstream = DemoUpstream(self._app)
        self._checkup = Checkup(doctor=self._app.doctor)
        self._collector: CollectorProcess | None = None
        if "collector" in settings.roles:
            self._collector = CollectorProcess(run_child, (settings,), clock=SystemClock())
        self._listeners = [
            Listener(
                self._app.asgi,
                quick=self._app.quick,
                bound=bound,
                drain_seconds=settings.drain_seconds,
            )
        ]
        self._metrics_address = None
        if metrics_bound is not None:
            self._metrics_address = address_of(metrics_bound)
            self._listeners.append(
                Listener(
                    self._app.probe_asgi,
                    quick=None,
                    bound=metrics_bound,
                    drain_seconds=settings.drain_seconds,
                )
            )
        self._record = ServerRecord(pid=os.getpid(), address=address_of(bound), token=token)
        self._stop = asyncio.Event()
        self._is_stuck = False

    async def serve(self) -> int:
        """Serve until a signal, or until a listener breaks."""
        code = await self._serve()
        if self._is_stuck:
            # Threads wait for the database, and the interpreter would wait for them.
            active_sink().flush(timeout_seconds=1.0)
            os._exit(code)
        return code

    async def _serve(self) -> int:
        self._listen_to_signals()
        with bind_context(source="startup"), _recorded(self._record, self._settings.data_dir):
            try:
                # It answers while it opens: alive, and not ready.
                for listener in self._listeners:
                    await listener.start()
                if await self._is_over_before(self._app.start()):
                    return 0
                _set_memory_aside()
                await self._announce()
                await self._checkup.start()
                if self._collector is not None:
                    await self._collector.start()
                await self._is_over_before(self._closed())
            finally:
                await self._close()
        return 0

    async def _closed(self) -> None:
        """Wait until one of the listeners serves no more; raises what has broken it."""
        closing = [asyncio.create_task(listener.closed()) for listener in self._listeners]
        try:
            done, _ = await asyncio.wait(closing, return_when=asyncio.FIRST_COMPLETED)
            for closed in done:
                closed.result()
        finally:
            for waiting in closing:
                waiting.cancel()

    async def _is_over_before(self, work: object) -> bool:
        """Do `work`, unless a stop comes first; raises what `work` raises."""
        working = asyncio.ensure_future(work)  # type: ignore[call-overload]  # any awaitable
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not working.done():
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
            return True
        working.result()
        return False

    async def _announce(self) -> None:
        address, metrics_address = self._record.address, self._metrics_address
        where = {"address": address}
        if metrics_address is not None:
            where["metrics_address"] = metrics_address

        if not self._app.is_ready:
            _LOGGER.warning("Serving, and not ready yet", **where)
            print(f"Tenantry listens on {address}; GET /readyz says when it is ready", flush=True)  # noqa: T201
            return
        if self._demo:
            await seed_demo(self._app)
            await bring_to_life(self._app)
            if self._settings.dev:
                # What listens on loopback is a source in development alone.
                await self._demo_upstream.start()
        first_key = await self._first_key()
        _LOGGER.info("Ready", **where, database=self._app.database.dialect)
        welcome = _welcome(
            self._settings,
            self._record,
            metrics_address=metrics_address,
            has_synced=self._demo_upstream.is_source,
        )
        print(welcome, flush=True)  # noqa: T201 - whoever started it reads this
        if first_key is not None:
            print(_FIRST_KEY.format(key=first_key), flush=True)  # noqa: T201 - said this once

    async def _first_key(self) -> str | None:
        """Make root's first key where there has been none; in development nobody needs one.

        Where the database is away just now, the next start makes it.
        """
        if self._settings.dev:
            return None
        try:
            issued = await self._app.api_keys.create_first(root_principal(source="startup"))
        except Unavailable as error:
            _LOGGER.warning("The first root key was not made", reason=error.message)
            return None
        return None if issued is None else issued.key

    async def _close(self) -> None:
        _LOGGER.info("Stopping")
        self._app.drain()
        # A load balancer that asks /readyz now learns of the stop before its requests are refused.
        await asyncio.sleep(self._settings.drain_notice_seconds)
        await asyncio.gather(*(listener.stop() for listener in self._listeners))
        await self._checkup.stop()
        if self._collector is not None:
            await self._collector.stop()
        seconds = max(self._settings.drain_seconds, _SHORTEST_CLOSING_SECONDS)
        try:
            async with asyncio.timeout(seconds):
                await self._app.stop()
        except TimeoutError:
            self._is_stuck = True
            _LOGGER.error("Stopped without the database, which does not answer", seconds=seconds)  # noqa: TRY400 - where we waited tells nothing
            return
        # Behind the syncs that read from it: to them it would seem to have failed.
        await self._demo_upstream.stop()
        _LOGGER.info("Stopped")

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: int) -> None:
        if self._stop.is_set():
            # Asked twice: whatever is under way is given up. What was acknowledged is on the disk.
            active_sink().flush(timeout_seconds=1.0)
            os._exit(128 + number)
        _LOGGER.info("Asked to stop", signal=signal.Signals(number).name)
        self._app.drain()
        self._stop.set()


@contextlib.contextmanager
def _ports(settings: Settings) -> Iterator[tuple[socket.socket, socket.socket | None]]:
    """Bind the port of the API and, where there is one, that of metrics and probes."""
    with contextlib.closing(bind(settings)) as bound:
        if settings.metrics_port is None:
            yield bound, None
            return
        with contextlib.closing(bind(settings, variable="METRICS_PORT")) as metrics_bound:
            yield bound, metrics_bound


def _allow_files() -> None:
    """Let this process open as many files as it may: a thousand watchers are a thousand sockets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _set_memory_aside() -> None:
    """Keep what start-up has built out of the garbage collector's full rounds.

    Those stop everything for as long as it takes to look at each object: tens of milliseconds with
    the modules and a large tree, in the middle of somebody's request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


@contextlib.contextmanager
def _recorded(record: ServerRecord, data_dir: Path) -> Iterator[None]:
    """Leave address and token where commands on this data directory look for them."""
    path = data_dir / RECORD_FILE
    written = path.with_suffix(".json.part")
    written.unlink(missing_ok=True)
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(record))
    written.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _welcome(
    settings: Settings, record: ServerRecord, *, metrics_address: str | None, has_synced: bool
) -> str:
    address = record.address
    authorisation = "" if settings.dev else ' -H "Authorization: Bearer $TENANTRY_TOKEN"'
    lines = [
        f"Tenantry is ready at {address}",
        "",
        f"  curl{authorisation} {address}/config",
        f"  curl{authorisation} -X PUT {address}/config/greeting \\",
        """       -H 'Content-Type: application/json' -d '{"value": "hello"}'""",
        f"  curl{authorisation} {address}/config/greeting",
        "",
    ]
    if has_synced:
        lines += ["  tenantry sync status", "  tenantry sync rows users --limit 5", ""]
    if metrics_address is not None:
        lines.append(f"Metrics and probes alone are at {metrics_address}.")
    if settings.dev:
        lines.append("Development mode: everybody on this machine is root.")
    else:
        lines.append(f"The token of this run is in {settings.data_dir / RECORD_FILE}.")
    return "\n".join([*lines, "Stop it with Ctrl-C."])
