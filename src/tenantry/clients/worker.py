"""`ClientStartup`: the clients folder, once each time a server starts."""

import asyncio
import contextlib
from typing import Final

from tenantry.base import Service
from tenantry.clients.model import StartupResult
from tenantry.clients.service import ClientFolder
from tenantry.telemetry import get_logger

_LOGGER: Final = get_logger("tenantry.clients")


class ClientStartup(Service):
    """Applies the folder in the background, so that a long one keeps nobody from being served.

    Where another node has the lease it is left to that one, unless it dies before it is done.
    """

    def __init__(self, *, folder: ClientFolder) -> None:
        super().__init__()
        self._folder = folder
        self._task: asyncio.Task[None] | None = None
        self.result: StartupResult | None = None

    async def done(self) -> StartupResult | None:
        """Wait until the folder was applied, here or elsewhere, and return the result.

        That is None where it failed.
        """
        if self._task is not None:
            await asyncio.shield(self._task)
        return self.result

    async def _on_start(self) -> None:
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
            while not self.result.has_lease and await self._folder.is_left():
                self.result = await self._folder.on_startup()
        except Exception:  # the task's outermost guard: the server serves what it has all the same
            _LOGGER.exception("Client startup process failed")
