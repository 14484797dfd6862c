"""The updaters of a tenant, for a program without an event loop."""

import ssl
from types import TracebackType
from typing import Self

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.sender import Sender
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.connection import Connection
from tenantry.sdk.http import Http
from tenantry.sdk.retry import Retry
from tenantry.sdk.updater.nouns import Updaters
from tenantry.sdk.updater.requests import UpdaterRequests


class UpdaterClient(Updaters):
    """A tenant's updaters: have them run, see what they did, undo it; for several threads.

    `tenant` is the one that is meant where no call names another; without one it is the token's
    own, and for root the server's default tenant. `timeout_seconds` bounds every request,
    repetitions included; one that waits for a run, or looks at all rows, may take two minutes more.
    It is a context manager that closes it.
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
        super().__init__(Sender(self._http, self._acting), UpdaterRequests(self._acting))

    def __repr__(self) -> str:
        return f"UpdaterClient({self._acting.shown(self._connection)})"

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
