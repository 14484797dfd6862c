"""The front ends of a tenant, for a program on asyncio."""

import ssl
from types import TracebackType
from typing import Self

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.async_sender import AsyncNouns, AsyncSender, listed, sent
from tenantry.sdk.async_http import AsyncHttp
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.clients.requests import ClientRequests
from tenantry.sdk.connection import Connection
from tenantry.sdk.retry import Retry


class AsyncClientsClient(AsyncNouns[ClientRequests]):
    """A server's clients, as `ClientsClient` has them, awaited; for one event loop.

    It takes what `ClientsClient` takes, and `async with` closes it.
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
        super().__init__(AsyncSender(self._http, self._acting), ClientRequests(self._acting))

    def __repr__(self) -> str:
        return f"AsyncClientsClient({self._acting.shown(self._connection)})"

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
    plan = sent(ClientRequests.plan)
    apply = sent(ClientRequests.apply)
    upsert_from_config = sent(ClientRequests.upsert_from_config)
    validate = sent(ClientRequests.validate)
    lint = sent(ClientRequests.lint)
    list = listed(ClientRequests.list)
    get = sent(ClientRequests.get)
    history = sent(ClientRequests.history)
    revision = sent(ClientRequests.revision)
    diff = sent(ClientRequests.diff)
    rollback = sent(ClientRequests.rollback)
    plan_rollback = sent(ClientRequests.plan_rollback)
    drift = sent(ClientRequests.drift)
    drift_from = sent(ClientRequests.drift_from)
    resolve = sent(ClientRequests.resolve)
    export = sent(ClientRequests.export)
    import_ = sent(ClientRequests.import_)
    app = sent(ClientRequests.app)
