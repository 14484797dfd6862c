"""The sync of a tenant's data, for a program on asyncio."""

import ssl
from types import TracebackType
from typing import Self

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.async_sender import AsyncNouns, AsyncSender, listed, sent
from tenantry.sdk.async_http import AsyncHttp
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.connection import Connection
from tenantry.sdk.retry import Retry
from tenantry.sdk.sync.requests import SyncRequests


class AsyncTenantSyncClient(AsyncNouns[SyncRequests]):
    """A tenant's sync, as `TenantSyncClient` has it, awaited; for one event loop.

    It takes what `TenantSyncClient` takes, and `async with` closes it.
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
        super().__init__(AsyncSender(self._http, self._acting), SyncRequests(self._acting))

    def __repr__(self) -> str:
        return f"AsyncTenantSyncClient({self._acting.shown(self._connection)})"

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
    trigger = sent(SyncRequests.trigger)
    force = sent(SyncRequests.force)
    status = sent(SyncRequests.status)
    progress = sent(SyncRequests.progress)
    method = sent(SyncRequests.method)
    collections = sent(SyncRequests.collections)
    rows = listed(SyncRequests.rows)
    check = sent(SyncRequests.check)
    unlock = sent(SyncRequests.unlock)
    runs = listed(SyncRequests.runs)
    timeline = sent(SyncRequests.timeline)
    all = listed(SyncRequests.all)
    metrics = sent(SyncRequests.metrics)
    health = sent(SyncRequests.health)
    method_stats = sent(SyncRequests.method_stats)
    statistics = sent(SyncRequests.statistics)
    cleanup = sent(SyncRequests.cleanup)
