"""The sync of a tenant's data, for a program without an event loop."""

import ssl
from types import TracebackType
from typing import Self

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.sender import Nouns, Sender, listed, sent
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.connection import Connection
from tenantry.sdk.http import Http
from tenantry.sdk.retry import Retry
from tenantry.sdk.sync.requests import SyncRequests


class TenantSyncClient(Nouns[SyncRequests]):
    """A tenant's sync: have it run, follow it, read what it has brought; for several threads.

    `tenant` is the one that is meant where no call names another and the token is not of one alone.
    `timeout_seconds` bounds every request, repetitions included; one that waits for a run may take
    two and a half minutes more. It is a context manager that closes it.
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
        self._http = Http(self._connection, timeout_seconds=timeout_seconds, retry=retry or Retry())
        super().__init__(Sender(self._http, self._acting), SyncRequests(self._acting))

    def __repr__(self) -> str:
        return f"TenantSyncClient({self._acting.shown(self._connection)})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections; safe twice."""
        self._http.close()

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
