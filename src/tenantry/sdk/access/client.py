"""Who may do what on a server, for a program without an event loop."""

import ssl
import threading
from collections.abc import Callable, Generator
from functools import wraps
from types import TracebackType
from typing import Concatenate, Generic, ParamSpec, Self, TypeVar

from tenantry.sdk.access.acting import Acting, TenantUnknown
from tenantry.sdk.access.audit import AuditRequests
from tenantry.sdk.access.keys import KeyRequests
from tenantry.sdk.access.model import Session
from tenantry.sdk.access.request import Page
from tenantry.sdk.access.sign_in import SignInRequests
from tenantry.sdk.access.tenants import TenantRequests
from tenantry.sdk.access.users import UserRequests
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.connection import Connection
from tenantry.sdk.http import Http
from tenantry.sdk.request import Request
from tenantry.sdk.retry import Retry

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class OwnRequests(SignInRequests, AuditRequests):
    """What the client itself has methods for, and none of its nouns."""


class Sender:
    """Sends requests as whoever the client acts as."""

    def __init__(self, http: Http, acting: Acting) -> None:
        self._http = http
        self._acting = acting

    def send(self, request: Request[T]) -> T:
        """Send a request and return what its answer says; raises `RequestFailed`."""
        return self._http.send(self._acting.signed(request))

    def built(self, build: Callable[[], Request[T]]) -> Request[T]:
        """Return what `build` makes; where it needs the token's tenant, that is asked for once."""
        try:
            return build()
        except TenantUnknown:
            token = self._acting.token
            if token is None:
                raise
            me = self.send(SignInRequests(self._acting).me())
            self._acting.learn(me, token=token)
            return build()


class Nouns(Generic[R_co]):
    """What a client can do with one kind of thing."""

    def __init__(self, sender: Sender, requests: R_co) -> None:
        self._sender = sender
        self._requests = requests


def _sent(
    build: Callable[Concatenate[R_co, P], Request[T]],
) -> Callable[Concatenate[Nouns[R_co], P], T]:
    """Return the method that sends what `build` makes."""

    @wraps(build)
    def method(self: Nouns[R_co], /, *args: P.args, **kwargs: P.kwargs) -> T:
        request = self._sender.built(lambda: build(self._requests, *args, **kwargs))
        return self._sender.send(request)

    return method


def _listed(
    build: Callable[Concatenate[R_co, P], Request[Page[T]]],
) -> Callable[Concatenate[Nouns[R_co], P], Generator[T, None, None]]:
    """Return the method that yields what `build` asks for, page by page."""

    @wraps(build)
    def method(self: Nouns[R_co], /, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        request: Request[Page[T]] | None
        request = self._sender.built(lambda: build(self._requests, *args, **kwargs))
        while request is not None:
            page = self._sender.send(request)
            yield from page.items
            request = page.next_request

    return method


class Tenants(Nouns[TenantRequests]):
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


class Users(Nouns[UserRequests]):
    """The users of a tenant."""

    add = _sent(UserRequests.add)
    get = _sent(UserRequests.get)
    list = _listed(UserRequests.list)
    change = _sent(UserRequests.change)
    remove = _sent(UserRequests.remove)


class Keys(Nouns[KeyRequests]):
    """The API keys of a tenant."""

    create = _sent(KeyRequests.create)
    get = _sent(KeyRequests.get)
    list = _listed(KeyRequests.list)
    revoke = _sent(KeyRequests.revoke)


class AccessClient(Nouns[OwnRequests]):
    """A server's access: tenants, users, keys, the audit; it may be shared between threads.

    It acts as whoever its `token` stands for; one without a token may `login`, and acts as that
    user until `logout`, in every thread. `tenant` is the one whose users and keys are meant where
    neither the session nor a call says so. `timeout_seconds` bounds every request, repetitions
    included. Reads are repeated, and so are removals, `suspend` and `activate`; all else is sent
    once. It is a context manager that closes it.
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
        self._http = Http(self._connection, timeout_seconds=timeout_seconds, retry=retry or Retry())
        self._signing_in = threading.Lock()
        sender = Sender(self._http, self._acting)
        super().__init__(sender, OwnRequests(self._acting))

        self.tenants = Tenants(sender, TenantRequests(self._acting))
        self.users = Users(sender, UserRequests(self._acting))
        self.keys = Keys(sender, KeyRequests(self._acting))

    def __repr__(self) -> str:
        return f"AccessClient({self._acting.shown(self._connection)})"

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
        """Close its connections; safe twice. It ends no session."""
        self._http.close()

    me = _sent(OwnRequests.me)
    change_me = _sent(OwnRequests.change_me)
    audit = _listed(OwnRequests.audit)

    def login(
        self,
        *,
        password: str,
        email: str | None = None,
        username: str | None = None,
        tenant: str | None = None,
    ) -> Session:
        """Log in by e-mail or user name, act in the new session from now on, and return it.

        Only a client that was given no token may. An earlier session of this client is left as it
        is: `logout` ends it. Repeated only where the server was too busy to look at it.
        """
        with self._signing_in:
            self._acting.check_login()
            request = self._requests.login(
                password=password, email=email, username=username, tenant=tenant
            )
            return self._acting.adopt(self._http.send(request))

    def refresh(self, *, tenant: str | None = None) -> Session:
        """Put a new session in the place of the present one, which ends; it is sent once.

        `tenant` is another that the user belongs to. What other threads have under way meanwhile
        may be refused.
        """
        with self._signing_in:
            return self._acting.adopt(self._sender.send(self._requests.refresh(tenant=tenant)))

    def logout(self) -> None:
        """End the session, and act as nobody from now on; safe twice, also where it has ended."""
        with self._signing_in:
            if self._acting.token is not None:
                self._sender.send(self._requests.logout())
                self._acting.forget()
