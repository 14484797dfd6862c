"""Who may do what on a server, for a program without an event loop."""

import ssl
import threading
from types import TracebackType
from typing import Self

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.audit import AuditRequests
from tenantry.sdk.access.keys import KeyRequests
from tenantry.sdk.access.model import Session
from tenantry.sdk.access.sender import Nouns, Sender, listed, sent
from tenantry.sdk.access.sign_in import SignInRequests
from tenantry.sdk.access.tenants import TenantRequests
from tenantry.sdk.access.users import UserRequests
from tenantry.sdk.client import TIMEOUT_SECONDS
from tenantry.sdk.connection import Connection
from tenantry.sdk.http import Http
from tenantry.sdk.retry import Retry


class OwnRequests(SignInRequests, AuditRequests):
    """What the client itself has methods for, and none of its nouns."""


class Tenants(Nouns[TenantRequests]):
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


class Users(Nouns[UserRequests]):
    """The users of a tenant."""

    add = sent(UserRequests.add)
    get = sent(UserRequests.get)
    list = listed(UserRequests.list)
    change = sent(UserRequests.change)
    remove = sent(UserRequests.remove)


class Keys(Nouns[KeyRequests]):
    """The API keys of a tenant."""

    create = sent(KeyRequests.create)
    get = sent(KeyRequests.get)
    list = listed(KeyRequests.list)
    revoke = sent(KeyRequests.revoke)


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

    me = sent(OwnRequests.me)
    change_me = sent(OwnRequests.change_me)
    audit = listed(OwnRequests.audit)

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
