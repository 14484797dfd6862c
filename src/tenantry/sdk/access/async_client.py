"""Who may do what on a server, for a program on asyncio."""

import asyncio
import ssl
from types import TracebackType
from typing import Self

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.async_sender import AsyncNouns, AsyncSender, listed, sent
from tenantry.sdk.access.client import OwnRequests
from tenantry.sdk.access.keys import KeyRequests
from tenantry.sdk.access.model import Session
from tenantry.sdk.access.tenants import TenantRequests
from tenantry.sdk.access.users import UserRequests
from tenantry.sdk.async_http import AsyncHttp
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.connection import Connection
from tenantry.sdk.retry import Retry


class AsyncTenants(AsyncNouns[TenantRequests]):
    """The tenants of a server."""

    # Signatures and documentation are those of the requests.
    create = sent(TenantRequests.create)
    get = sent(TenantRequests.get)
    list = listed(TenantRequests.list)
    change = sent(TenantRequests.change)
    suspend = sent(TenantRequests.suspend)
    activate = sent(TenantRequests.activate)
    export = sent(TenantRequests.export)
    erase = sent(TenantRequests.erase)


class AsyncUsers(AsyncNouns[UserRequests]):
    """The users of a tenant."""

    add = sent(UserRequests.add)
    get = sent(UserRequests.get)
    list = listed(UserRequests.list)
    change = sent(UserRequests.change)
    remove = sent(UserRequests.remove)


class AsyncKeys(AsyncNouns[KeyRequests]):
    """The API keys of a tenant."""

    create = sent(KeyRequests.create)
    get = sent(KeyRequests.get)
    list = listed(KeyRequests.list)
    revoke = sent(KeyRequests.revoke)


class AsyncAccessClient(AsyncNouns[OwnRequests]):
    """A server's access, as `AccessClient` has it, awaited; for one event loop.

    It takes what `AccessClient` takes, and `async with` closes it.
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
        # Token and tenant go with each request: a login changes the one, the path has the other.
        self._connection = Connection(server=server, verify=verify)
        self._acting = Acting(token=token, tenant=tenant)
        self._http = AsyncHttp(
            self._connection, timeout_seconds=timeout_seconds, retry=retry or Retry()
        )
        self._signing_in = asyncio.Lock()
        sender = AsyncSender(self._http, self._acting)
        super().__init__(sender, OwnRequests(self._acting))

        self.tenants = AsyncTenants(sender, TenantRequests(self._acting))
        self.users = AsyncUsers(sender, UserRequests(self._acting))
        self.keys = AsyncKeys(sender, KeyRequests(self._acting))

    def __repr__(self) -> str:
        return f"AsyncAccessClient({self._acting.shown(self._connection)})"

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
        """Close its connections; safe twice. It ends no session."""
        await self._http.close()

    me = sent(OwnRequests.me)
    change_me = sent(OwnRequests.change_me)
    audit = listed(OwnRequests.audit)

    async def login(
        self,
        *,
        password: str,
        email: str | None = None,
        username: str | None = None,
        tenant: str | None = None,
    ) -> Session:
        """Log in, act in the new session and return it, as `AccessClient.login` does."""
        async with self._signing_in:
            self._acting.check_login()
            request = self._requests.login(
                password=password, email=email, username=username, tenant=tenant
            )
            return self._acting.adopt(await self._http.send(request))

    async def refresh(self, *, tenant: str | None = None) -> Session:
        """Put a new session in the place of the present one, as `AccessClient.refresh` does."""
        async with self._signing_in:
            request = self._requests.refresh(tenant=tenant)
            return self._acting.adopt(await self._sender.send(request))

    async def logout(self) -> None:
        """End the session, and act as nobody from now on, as `AccessClient.logout` does."""
        async with self._signing_in:
            if self._acting.token is not None:
                await self._sender.send(self._requests.logout())
                self._acting.forget()
