"""What is collected for a tenant, for a program without an event loop."""

import ssl
from types import TracebackType
from typing import Self

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.sender import Nouns, Sender, listed, sent
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.collector.requests import CollectorRequests
from tenantry.sdk.connection import Connection
from tenantry.sdk.http import Http
from tenantry.sdk.retry import Retry


class CollectorClient(Nouns[CollectorRequests]):
    """What is collected of the network, and strategies that find users; for several threads.

    `tenant` is the one that is meant where no call names another; without one it is the token's
    own, and for root the server's default tenant. `timeout_seconds` bounds every request,
    repetitions included; a replay may take two minutes more. It is a context manager that closes
    it.
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
        super().__init__(Sender(self._http, self._acting), CollectorRequests(self._acting))

    def __repr__(self) -> str:
        return f"CollectorClient({self._acting.shown(self._connection)})"

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
