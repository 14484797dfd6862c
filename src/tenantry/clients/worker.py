"""`ClientStartup`: the clients folder, once each time a server starts."""

import asyncio
import contextlib
from typing import Final

from tenantry.base import Clock, Service
from tenantry.clients.model import StartupResult
from tenantry.clients.service import ClientFolder
from tenantry.telemetry import get_logger

RETRY_SECONDS: Final = 60.0
"""After so long a node that left the folder to another one looks whether that is done with it."""

_LOGGER: Final = get_logger("tenantry.clients")


class ClientStartup(Service):
    """Applies the folder in the background, so that a long one keeps nobody from being served.

    What is left to a node that has the lease may never be done, where that one has died: so this
    one does it once the lease is over, and finds most of it, or all, as its files have it.
    """

    def __init__(self, *, folder: ClientFolder, clock: Clock) -> None:
        super().__init__()
        self._folder = folder
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._has_run = asyncio.Event()
        self.result: StartupResult | None = None

    async def done(self) -> StartupResult | None:
        """Wait until the folder was applied, or left to another node; return what came of it.

        That is None where it failed.
        """
        if self._task is not None:
            await self._has_run.wait()
        return self.result

    async def _on_start(self) -> None:
        self._has_run.clear()
        self._task = asyncio.create_task(self._run(), name="clients folder")

    async def _on_stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        try:
            self.result = await self._folder.on_startup()
            while not self.result.has_lease:
                self._has_run.set()
                await self._clock.sleep(RETRY_SECONDS)
                self.result = await self._folder.on_startup()
        except Exception:  # the task's outermost guard: the server serves what it has all the same
            _LOGGER.exception("Client startup process failed")
        finally:
            self._has_run.set()
