"""As whom a client acts, and on which tenant: what a login changes, and a logout."""

import threading
from typing import TypeVar

import msgspec

from tenantry.sdk.access.model import Principal, Session
from tenantry.sdk.connection import Connection, check_token
from tenantry.sdk.errors import Invalid, Unreachable
from tenantry.sdk.request import Request

T = TypeVar("T")


class TenantUnknown(Invalid):
    """Nobody has said on which tenant to act, neither the caller nor the client nor a login."""


class _Standing(msgspec.Struct, frozen=True):
    token: str | None = None
    # The token's own, once it is known.
    tenant: str | None = None


class Acting:
    """The token that goes with every request, and the tenant of those that name none.

    Safe between threads: token and tenant change together.
    """

    def __init__(self, *, token: str | None, tenant: str | None) -> None:
        if token is not None:
            check_token(token)
        self.given_tenant = tenant
        self._is_token_given = token is not None
        self._standing = _Standing(token)
        self._lock = threading.Lock()

    def shown(self, connection: Connection) -> str:
        """Return what may be shown of a client: never a token."""
        return f"server={connection.address!r}, tenant={self.given_tenant!r}"

    @property
    def token(self) -> str | None:
        """What goes with the next request."""
        return self._standing.token

    def signed(self, request: Request[T]) -> Request[T]:
        """Return the request with the token that goes with it, if there is one."""
        token = self._standing.token
        if token is None:
            return request
        headers = (*request.headers, ("Authorization", f"Bearer {token}"))
        return msgspec.structs.replace(request, headers=headers)

    def tenant_of(self, asked: str | None) -> str:
        """Return the tenant to act on: what the caller says, else the session, else the client.

        Raises `TenantUnknown` where none of them does.
        """
        tenant = asked or self._standing.tenant or self.given_tenant
        if tenant is None:
            raise TenantUnknown("tenant: got none, wants tenant= of the call or of the client")
        return tenant

    def check_login(self) -> None:
        """Raise `Invalid` where a login would put the client's own token out of use."""
        if self._is_token_given:
            raise Invalid("login: got a client that was given a token, wants one without")

    def adopt(self, session: Session) -> Session:
        """Act in this session from now on, and return it."""
        try:
            check_token(session.token)
        except Invalid as error:
            raise Unreachable("the answer is not a Tenantry server's: its token is none") from error
        tenant = session.tenant.id if session.tenant is not None else None
        with self._lock:
            self._standing = _Standing(session.token, tenant)
        return session

    def learn(self, principal: Principal, *, token: str | None) -> None:
        """Take in whose tenant `token` is, unless another has come in its place meanwhile."""
        if principal.tenant is None:
            return
        with self._lock:
            if self._standing.token == token:
                self._standing = _Standing(token, principal.tenant.id)

    def forget(self) -> None:
        """Act as nobody from now on."""
        with self._lock:
            self._standing = _Standing()
            self._is_token_given = False
