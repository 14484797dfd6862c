"""What is collected for a tenant, for a program on asyncio."""

import ssl
from types import TracebackType
from typing import Self

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.async_sender import AsyncNouns, AsyncSender, listed, sent
from tenantry.sdk.async_http import AsyncHttp
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.collector.requests import CollectorRequests
from tenantry.sdk.connection import Connection
from tenantry.sdk.retry import Retry


class AsyncCollectorClient(AsyncNouns[CollectorRequests]):
    """What is collected for a tenant, as `CollectorClient` has it, awaited; for one event loop.

    It takes what `CollectorClient` takes, and `async with` closes it.
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
        super().__init__(AsyncSender(self._http, self._acting), CollectorRequests(self._acting))

    def __repr__(self) -> str:
        return f"AsyncCollectorClient({self._acting.shown(self._connection)})"

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
    status = sent(CollectorRequests.status)
    stats = sent(CollectorRequests.stats)
    ledger = sent(CollectorRequests.ledger)
    dead_letters = listed(CollectorRequests.dead_letters)
    start = sent(CollectorRequests.start)
    stop = sent(CollectorRequests.stop)
    replay = sent(CollectorRequests.replay)
    trending = sent(CollectorRequests.trending)
    growth_velocity = sent(CollectorRequests.growth_velocity)
    engagement_leaders = sent(CollectorRequests.engagement_leaders)
    network = sent(CollectorRequests.network)
    plan_strategy = sent(CollectorRequests.plan_strategy)
    run_strategy = sent(CollectorRequests.run_strategy)
    strategy_runs = listed(CollectorRequests.strategy_runs)
    strategy_run = sent(CollectorRequests.strategy_run)
    strategy_users = listed(CollectorRequests.strategy_users)
    cancel_strategy = sent(CollectorRequests.cancel_strategy)
