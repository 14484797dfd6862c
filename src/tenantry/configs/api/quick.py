"""GET and PUT of one name below ASGI, for the server's quick door.

It calls what the other doors call, and leaves to them whatever is not plainly a hot request.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from tenantry.base import Clock
from tenantry.base.errors import TenantryError
from tenantry.configs.api.one import Caller, get_present, put_one
from tenantry.configs.model import RESERVED_NAMES
from tenantry.configs.service import ConfigStore
from tenantry.telemetry import bind
from tenantry.web import (
    Accounts,
    Answer,
    Authenticator,
    Header,
    Headers,
    RequestLimits,
    Tenancy,
    TrustedProxies,
    answer_error,
    request_id_of,
)

_PREFIXES: Final = ((b"/config/", "/config/{name}"), (b"/v1/config/", "/v1/config/{name}"))
_STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_PARTED: Final = frozenset(b"/%?#")
_NOT_MODIFIED: Final = HTTPStatus.NOT_MODIFIED.value

RawHeaders = list[tuple[bytes, bytes]]


class ConfigQuickDoor:
    """Answers `GET` and `PUT /config/{name}` whose names need no decoding."""

    def __init__(
        self,
        *,
        store: ConfigStore,
        authenticator: Authenticator,
        accounts: Accounts,
        tenancy: Tenancy,
        clock: Clock,
        proxies: TrustedProxies | None = None,
        limits: RequestLimits | None = None,
    ) -> None:
        self._store = store
        self._authenticator = authenticator
        self._accounts = accounts
        self._tenancy = tenancy
        self._clock = clock
        self._proxies = proxies
        self._limits = limits
        self._date_second = 0
        self._date = b""

    def get(self, url: bytes, raw_headers: RawHeaders, client_address: str) -> bytes | None:
        """Return the whole answer of a hit, None for anything else."""
        route, name = _plain_name(url)
        if name is None:
            return None

        started_at = time.perf_counter()
        headers = dict(raw_headers)
        if b"x-position" in headers:
            return None
        caller = self._caller(headers, self._address_of(raw_headers, client_address))
        answer = None if caller is None else self._present(caller, name)
        if caller is None or answer is None:
            return None
        # Last, since what is left to another door is counted there.
        limited = self._admitted(caller, url)
        if limited is None:
            return None

        self._account(route, "GET", url, answer, started_at)
        return self._write(answer, limited, request_id_of(headers))

    def put(
        self, url: bytes, raw_headers: RawHeaders, client_address: str
    ) -> Callable[[bytes], Awaitable[bytes]] | None:
        """Return what answers a PUT, given its body; None where another door must."""
        route, name = _plain_name(url)
        if name is None:
            return None

        headers = dict(raw_headers)
        address = self._address_of(raw_headers, client_address)
        caller = self._caller(headers, address)
        if caller is None:
            return None
        limited = self._admitted(caller, url)
        if limited is None:
            return None

        async def respond(body: bytes) -> bytes:
            started_at = time.perf_counter()
            request_id = request_id_of(headers)
            with bind(correlation_id=request_id, source=address):
                answer = await self._put(caller, url, name, body)
                self._account(route, "PUT", url, answer, started_at)
            return self._write(answer, limited, request_id)

        return respond

    async def _put(self, caller: Caller, url: bytes, name: str, body: bytes) -> Answer:
        try:
            return await put_one(self._store, caller, name, body)
        except Exception as error:  # noqa: BLE001 - the request's outermost guard: whatever it was, it is answered
            scope = {"path": url.decode("ascii"), "headers": list(caller.headers.items())}
            return answer_error(error, scope, clock=self._clock)

    def _present(self, caller: Caller, name: str) -> Answer | None:
        """Return the answer of a hit; the ordinary way meets the same error, and tells it."""
        try:
            return get_present(self._store, caller, name)
        except TenantryError:
            return None

    def _address_of(self, raw_headers: RawHeaders, peer: str) -> str:
        return peer if self._proxies is None else self._proxies.address_of(raw_headers, peer)

    def _caller(self, headers: Headers, client_address: str) -> Caller | None:
        """Return who asks, None where the ordinary way must find out or refuse."""
        if b"origin" in headers:
            # What a browser must be told, and whether this page may ask, is said there.
            return None
        try:
            principal = self._authenticator.recognise(headers, client_address)
            if principal is None:
                return None
            tenant_id = self._tenancy.resolve(headers.get(b"x-tenant-id"), principal)
        except TenantryError:
            return None
        return Caller(principal, tenant_id, headers)

    def _admitted(self, caller: Caller, url: bytes) -> Sequence[Header] | None:
        """Count the request, and return what its answer says of that.

        None where it must wait or be refused, and is not counted yet.
        """
        if self._limits is None:
            return ()
        return self._limits.try_admit(url.decode("ascii"), caller.principal, caller.tenant_id)

    def _account(
        self, route: str, method: str, url: bytes, answer: Answer, started_at: float
    ) -> None:
        self._accounts.close(
            route=route,
            method=method,
            path=url.decode("ascii"),
            status=answer.status,
            seconds=time.perf_counter() - started_at,
        )

    def _write(self, answer: Answer, limited: Sequence[Header], request_id: str) -> bytes:
        parts = [_STATUS_LINES[answer.status], b"date: ", self._today(), b"\r\n"]
        for name, value in (*answer.headers, *limited):
            parts += (name, b": ", value, b"\r\n")
        if answer.status != _NOT_MODIFIED:
            parts.append(b"content-length: %d\r\n" % len(answer.body))
        parts += (b"x-request-id: ", request_id.encode("ascii"), b"\r\n\r\n", answer.body)
        return b"".join(parts)

    def _today(self) -> bytes:
        """Return the `Date` of this second (RFC 9110 §6.6.1)."""
        second = int(time.time())
        if second != self._date_second:
            self._date_second = second
            self._date = formatdate(second, usegmt=True).encode("ascii")
        return self._date


def _plain_name(url: bytes) -> tuple[str, str | None]:
    """Return route and name of a URL that is a prefix and a name and nothing to decode."""
    for prefix, route in _PREFIXES:
        if url.startswith(prefix):
            name = url[len(prefix) :]
            if name.isascii() and name and not _PARTED.intersection(name):
                text = name.decode("ascii")
                # What is reserved is a route of its own.
                return (route, text) if text not in RESERVED_NAMES else ("", None)
    return "", None
