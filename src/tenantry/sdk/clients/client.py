"""The front ends of a tenant, for a program without an event loop."""

import ssl
from types import TracebackType
from typing import Self

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.sender import Nouns, Sender, listed, sent
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.clients.requests import ClientRequests
from tenantry.sdk.connection import Connection
from tenantry.sdk.http import Http
from tenantry.sdk.retry import Retry


class ClientsClient(Nouns[ClientRequests]):
    """A server's clients: plan, apply, look at and roll back; it may be shared between threads.

    `tenant` is the one whose clients are meant, where the token is not of one alone.
    `timeout_seconds` bounds every request, repetitions included; a plan or an apply may take a
    minute more. What changes nothing is repeated. It is a context manager that closes it.
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
        super().__init__(Sender(self._http, self._acting), ClientRequests(self._acting))

    def __repr__(self) -> str:
        return f"ClientsClient({self._acting.shown(self._connection)})"

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
