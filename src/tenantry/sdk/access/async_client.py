"""Who may do what on a server, for a program on asyncio."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar

from tenantry.sdk.access.acting import Acting, TenantUnknown
from tenantry.sdk.access.client import OwnRequests
from tenantry.sdk.access.keys import KeyRequests
from tenantry.sdk.access.model import Session
from tenantry.sdk.access.request import Page
from tenantry.sdk.access.tenants import TenantRequests
from tenantry.sdk.access.users import UserRequests
from tenantry.sdk.async_http import AsyncHttp
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.connection import Connection
from tenantry.sdk.request import Request
from tenantry.sdk.retry import Retry

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class AsyncSender:
    """Sends requests as whoever the client acts as."""

    def __init__(self, http: AsyncHttp, acting: Acting) -> None:
        self._http = http
        self._acting = acting

    async def send(self, request: Request[T]) -> T:
        """Send a request and return what its answer says; raises `RequestFailed`."""
        return await self._http.send(self._acting.signed(request))

    async def built(self, build: Callable[[], Request[T]]) -> Request[T]:
        """Return what `build` makes; where it needs the token's tenant, that is asked for once."""
        try:
            return build()
        except TenantUnknown:
            token = self._acting.token
            if token is None:
                raise
            me = await self.send(OwnRequests(self._acting).me())
            self._acting.learn(me, token=token)
            return build()


class AsyncNouns(Generic[R_co]):
    """What a client can do with one kind of thing."""

    def __init__(self, sender: AsyncSender, requests: R_co) -> None:
        self._sender = sender
        self._requests = requests


def _sent(
    build: Callable[Concatenate[R_co, P], Request[T]],
) -> Callable[Concatenate[AsyncNouns[R_co], P], Coroutine[Any, Any, T]]:
    """Return the method that sends what `build` makes."""

    @wraps(build)
    async def method(self: AsyncNouns[R_co], /, *args: P.args, **kwargs: P.kwargs) -> T:
        request = await self._sender.built(lambda: build(self._requests, *args, **kwargs))
        return await self._sender.send(request)

    return method


def _listed(
    build: Callable[Concatenate[R_co, P], Request[Page[T]]],
) -> Callable[Concatenate[AsyncNouns[R_co], P], AsyncGenerator[T, None]]:
    """Return the method that yields what `build` asks for, page by page."""

    @wraps(build)
    async def method(
        self: AsyncNouns[R_co], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[T, None]:
        following: Request[Page[T]] | None
        following = await self._sender.built(lambda: build(self._requests, *args, **kwargs))
        while following is not None:
            page = await self._sender.send(following)
            for item in page.items:
                yield item
            following = page.next_request

    return method


class AsyncTenants(AsyncNouns[TenantRequests]):
    """The tenants of a server."""

    # Signatures and documentation are those of the requests.
    create = _sent(TenantRequests.create)
    get = _sent(TenantRequests.get)
    list = _listed(TenantRequests.list)
    change = _sent(TenantRequests.change)
    suspend = _sent(TenantRequests.suspend)
    activate = _sent(TenantRequests.activate)
    export = _sent(TenantRequests.export)
    erase = _sent(TenantRequests.erase)


class AsyncUsers(AsyncNouns[UserRequests]):
    """The users of a tenant."""

    add = _sent(UserRequests.add)
    get = _sent(UserRequests.get)
    list = _listed(UserRequests.list)
    change = _sent(UserRequests.change)
    remove = _sent(UserRequests.remove)


class AsyncKeys(AsyncNouns[KeyRequests]):
    """The API keys of a tenant."""

    create = _sent(KeyRequests.create)
    get = _sent(KeyRequests.get)
    list = _listed(KeyRequests.list)
    revoke = _sent(KeyRequests.revoke)


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

    me = _sent(OwnRequests.me)
    change_me = _sent(OwnRequests.change_me)
    audit = _listed(OwnRequests.audit)

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
