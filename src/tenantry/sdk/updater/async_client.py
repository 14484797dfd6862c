"""The updaters of a tenant, for a program on asyncio."""

import ssl
from types import TracebackType
from typing import Self

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.async_sender import AsyncNouns, AsyncSender, listed, sent
from tenantry.sdk.async_http import AsyncHttp
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.connection import Connection
from tenantry.sdk.retry import Retry
from tenantry.sdk.updater.requests import UpdaterRequests


class AsyncUpdaterClient(AsyncNouns[UpdaterRequests]):
    """A tenant's updaters, as `UpdaterClient` has them, awaited; for one event loop.

    It takes what `UpdaterClient` takes, and `async with` closes it.
    """

    def __init__(
        self,
        *,
        server: str,
        token: str | None = None,
        tenant: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        retry: Retry | None = None,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._connection = Connection(server=server, tenant=tenant, verify=verify)
        self._acting = Acting(token=token, tenant=tenant)
        self._http = AsyncHttp(
            self._connection, timeout_seconds=timeout_seconds, retry=retry or Retry()
        )
        super().__init__(AsyncSender(self._http, self._acting), UpdaterRequests(self._acting))

    def __repr__(self) -> str:
        return f"AsyncUpdaterClient({self._acting.shown(self._connection)})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections; safe twice."""
        await self._http.close()

    # Signatures and documentation are those of the requests.
    status = sent(UpdaterRequests.status)
    start = sent(UpdaterRequests.start)
    stop = sent(UpdaterRequests.stop)
    config = sent(UpdaterRequests.config)
    configure = sent(UpdaterRequests.configure)
    explain = sent(UpdaterRequests.explain)
    preview = sent(UpdaterRequests.preview)
    execute = sent(UpdaterRequests.execute)
    dry_run = sent(UpdaterRequests.dry_run)
    undo = sent(UpdaterRequests.undo)
    undo_all = sent(UpdaterRequests.undo_all)
    backfill = sent(UpdaterRequests.backfill)
    backfill_progress = sent(UpdaterRequests.backfill_progress)
    logs = sent(UpdaterRequests.logs)
    metrics = sent(UpdaterRequests.metrics)
    health = sent(UpdaterRequests.health)
    runs = listed(UpdaterRequests.runs)
    run = sent(UpdaterRequests.run)
    firings = listed(UpdaterRequests.firings)
    rows = listed(UpdaterRequests.rows)
    row = sent(UpdaterRequests.row)
    edit = sent(UpdaterRequests.edit)
    check = sent(UpdaterRequests.check)
    fidelity = sent(UpdaterRequests.fidelity)
    fidelity_svg = sent(UpdaterRequests.fidelity_svg)
