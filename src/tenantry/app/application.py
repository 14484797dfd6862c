"""`Application`: the life of everything that one process serves."""

import asyncio
import contextlib
from typing import Final

from tenantry import sync, updater
from tenantry.app.doors import (
    admission_of,
    compose_asgi,
    compose_probes,
    compose_quick,
    probe_handlers,
)
from tenantry.app.parts import Parts
from tenantry.base import Clock, Service, SystemClock
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.base.structs import resolve_structs
from tenantry.db import migrate
from tenantry.eventlog import ProjectionRunner
from tenantry.settings import Settings
from tenantry.telemetry import LogSink, active_sink, get_logger, narrate_events, observe_spans
from tenantry.tenants import Passwords

# Another try a second later would find the same.
_PERMANENT: Final = frozenset(
    {"database_in_use", "postgres_too_old", "sqlite_unsafe", "wrong_master_key"}
)
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 10.0
_JOURNALS: Final = "logs"
_STANDSTILL_SECONDS: Final = 5.0

_LOGGER = get_logger("tenantry.app")


class Application(Parts, Service):
    """Everything one process serves, without the port it is served on.

    `start` returns when requests can be answered, or when it turns out that the database or the log
    cannot be used yet: that is tried again in the background, and `is_ready` says when it works. It
    raises only for what trying again cannot mend: `Invalid`, `Conflict`, a database in use.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        local_token: str | None,
        passwords: Passwords | None,
    ) -> None:
        Service.__init__(self)
        Parts.__init__(self, settings=settings, clock=clock, passwords=passwords)
        admission = admission_of(self, local_token=local_token)
        probes = probe_handlers(self, admission)
        self.asgi = compose_asgi(self, admission, probes)
        self.probe_asgi = compose_probes(self, admission, probes)
        self.quick = compose_quick(self, admission)
        self._runners = (self.access_runner, self.config_runner, self.client_runner)
        self._workers = self.workers()
        self._opening: asyncio.Task[None] | None = None
        self._observing = contextlib.ExitStack()

    @property
    def log_sink(self) -> LogSink:
        """Where this process writes its log lines."""
        return active_sink()

    @property
    def is_ready(self) -> bool:
        """Whether everything is open and the projections are the log's state."""
        return self.is_open and not self.is_draining and all(r.is_ready for r in self._runners)

    def drain(self) -> None:
        """Say from now on that this node is not ready: it is about to stop; end all streams."""
        self.is_draining = True
        self.config_feed.drain()

    async def _on_start(self) -> None:
        self.is_draining = False
        self._observing.callback(observe_spans(self.metrics))
        self._observing.callback(narrate_events())
        is_detailed = self.settings.log_level == "debug"
        self._observing.callback(
            sync.keep_journal(
                self.settings.data_dir / _JOURNALS, level="debug" if is_detailed else "info"
            )
        )
        level = self.settings.database_updater_log_level
        self._observing.callback(
            updater.keep_journal(
                self.settings.data_dir / _JOURNALS, level="warning" if level == "warn" else level
            )
        )
        try:
            await self._open()
        except Unavailable as error:
            if error.code in _PERMANENT:
                await self._on_stop()
                raise
            _LOGGER.warning("Not ready, trying again", reason=error.message, code=error.code)
            self._opening = asyncio.create_task(self._open_until_done(), name="opening")
        except BaseException:  # whatever ends the start, what is open is closed
            await self._on_stop()
            raise

    async def _open(self) -> None:
        """Open everything in order; what is open already stays so."""
        await self.database.start()
        await migrate(self.database, clock=self.clock)
        await self.keys.mend()
        await self.vault.start()
        await self.log.start()
        for runner in self._runners:
            await runner.start()
        for runner in self._runners:
            await _replayed(runner)
        for worker in self._workers:
            await worker.start()
        self.is_open = True

    async def _open_until_done(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self.is_open:
            await self.clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            try:
                await self._open()
            except TenantryError as error:
                _LOGGER.warning("Still not ready", reason=error.message, code=error.code)
            except (
                Exception
            ):  # the task's outermost guard: a node that gives up stays down for good
                _LOGGER.exception("Still not ready")
        _LOGGER.info("Everything is open")

    async def _on_stop(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._opening
            self._opening = None

        self.is_open = False
        for worker in reversed(self._workers):
            await worker.stop()
        for runner in reversed(self._runners):
            await runner.stop()
        await self.collector_parts.stop()
        await self.log.stop()
        await self.vault.stop()
        await self.database.stop()
        self._observing.close()


async def _replayed(runner: ProjectionRunner) -> None:
    """Wait for the replay as long as it moves; without the log it does not."""
    position = -1
    while not runner.is_ready and runner.position != position:
        position = runner.position
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STANDSTILL_SECONDS):
                await runner.ready()


def build_application(
    settings: Settings,
    *,
    clock: Clock | None = None,
    local_token: str | None = None,
    passwords: Passwords | None = None,
) -> Application:
    """Return the application that `settings` describe, not started yet.

    Whoever shows `local_token` is root; with `DEV` so is everybody who shows nothing. `passwords`
    may be given by a test, to which a hash need not be as dear as to who guesses.
    """
    application = Application(
        settings=settings,
        clock=clock or SystemClock(),
        local_token=local_token,
        passwords=passwords,
    )
    # By now what threads share is imported, and none of them reads yet.
    resolve_structs()
    return application
