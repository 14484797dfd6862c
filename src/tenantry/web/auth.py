"""Who asks: the hook for proving it, and the two ways there are before keys and sessions."""

import hmac
import re
from functools import lru_cache
from typing import Protocol

from tenantry.base import Principal, root_principal
from tenantry.base.errors import Denied, Unauthenticated
from tenantry.settings import is_loopback
from tenantry.web.headers import Headers
from tenantry.web.origins import is_loopback_host, is_loopback_origin

_BEARER = re.compile(rb"bearer +(\S+) *", re.IGNORECASE)


class Authenticator(Protocol):
    """Proves who asks, from the request's head alone."""

    def recognise(self, headers: Headers, client_address: str) -> Principal | None:
        """Return the principal at once, None where only `authenticate` can tell; raises as that."""
        ...

    async def authenticate(self, headers: Headers, client_address: str) -> Principal:
        """Return the principal; raises `Unauthenticated`, or `Denied` for who may not even ask."""
        ...


class DevelopmentAuthenticator:
    """Everybody is root, provided that nobody from elsewhere talks through their browser.

    A page anywhere can make a browser send requests to this machine, by its own name (DNS
    rebinding) or ours: so the `Host` must be a loopback name or address, and the `Origin`, where
    there is one, too.
    """

    def recognise(self, headers: Headers, client_address: str) -> Principal:
        """Return root; raises `Denied` where `Host` or `Origin` is not this machine."""
        host = headers.get(b"host", b"")
        if not is_loopback_host(host):
            raise _from_elsewhere("Host", host)

        origin = headers.get(b"origin")
        if origin is not None and not is_loopback_origin(origin):
            raise _from_elsewhere("Origin", origin)

        return _root_from(client_address)

    async def authenticate(self, headers: Headers, client_address: str) -> Principal:
        """Return what `recognise` does."""
        return self.recognise(headers, client_address)


class TokenAuthenticator:
    """The holder of one token is root; without a token, nobody is."""

    def __init__(self, *, token: str | None) -> None:
        self._token = token.encode() if token else None

    def recognise(self, headers: Headers, client_address: str) -> Principal:
        """Return root; raises `Unauthenticated` for any token but ours."""
        given = bearer_token(headers)
        if given is None:
            raise Unauthenticated("this server wants Authorization: Bearer TOKEN")
        if self._token is None or not hmac.compare_digest(given, self._token):
            raise Unauthenticated("this token is not valid here")
        return _root_from(client_address)

    async def authenticate(self, headers: Headers, client_address: str) -> Principal:
        """Return what `recognise` does."""
        return self.recognise(headers, client_address)


def bearer_token(headers: Headers) -> bytes | None:
    """Return the token of `Authorization: Bearer TOKEN`, None where there is none.

    Whoever sends no `Authorization` may send it as `X-API-Key`, as clients of OFREP do.
    """
    if b"authorization" not in headers:
        return headers.get(b"x-api-key", b"").strip() or None
    given = _BEARER.fullmatch(headers[b"authorization"])
    return given[1] if given else None


def is_from_this_machine(headers: Headers, client_address: str) -> bool:
    """Whether the request came straight from this machine, not through a proxy that runs on it.

    Nor from a page in a browser that does: whose that is, nobody knows.
    """
    if b"x-forwarded-for" in headers or b"forwarded" in headers or b"origin" in headers:
        return False
    return is_loopback(client_address)


@lru_cache(maxsize=1024)
def _root_from(client_address: str) -> Principal:
    return root_principal(source=client_address)


def _from_elsewhere(header: str, value: bytes) -> Denied:
    shown = value.decode("latin-1")[:128]
    return Denied(
        f"{header}: got {shown!r}, wants a loopback address: a server with DEV answers this "
        "machine only",
        code="foreign_request",
    )
