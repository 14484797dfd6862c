"""Requests over HTTP, one at a time each: the only part of the client that knows aiohttp.

It follows no redirect, uses no proxy, keeps no cookie, reads no more than it must, and no error of
it tells what was asked or answered.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import aiohttp
import msgspec
import yarl

from tenantry import __version__
from tenantry.base import Service
from tenantry.base.errors import Invalid
from tenantry.collector.errors import AppViewError

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""Of an answer, unpacked."""
OK: Final = 200

_MAX_ERROR_BYTES: Final = 64 * 1024
_CONNECT_SECONDS: Final = 10.0


class Reply(msgspec.Struct, frozen=True):
    """An answer, whatever it is; of one that is not 200 only the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Service):
    """The connections to one service."""

    def __init__(
        self, service_url: str, *, timeout_seconds: float = 10.0, limit_per_host: int = 16
    ) -> None:
        super().__init__()
        self._url = _service_url(service_url)
        self._timeout_seconds = timeout_seconds
        self._limit_per_host = limit_per_host
        self._session: aiohttp.ClientSession | None = None

    @property
    def host(self) -> str:
        """Which host it is, for a message."""
        return self._url.host or ""

    async def get(self, method: str, query: Sequence[tuple[str, str]] = ()) -> Reply:
        """Ask for `/xrpc/METHOD`; raises `AppViewError` where no answer comes."""
        if self._session is None:
            raise RuntimeError("the client of the AT Protocol service has not been started")
        url = (self._url / "xrpc" / method).with_query(list(query))
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),
                self._session.get(url, allow_redirects=False) as response,
            ):
                body = await _read(response)
                return Reply(response.status, response.headers, body)
        except TimeoutError:
            told = f"no answer within {self._timeout_seconds:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # An error of the library may quote the address, and so whom it was about.
            name = str(error) if isinstance(error, _BrokeOff) else type(error).__name__
            told = f"was not reached, or broke off ({name})"
        raise AppViewError(f"{method}: {self.host}: {told}", retry_after_seconds=0.0)

    async def _on_start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit_per_host=self._limit_per_host),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"tenantry/{__version__}", "Accept": "application/json"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            trust_env=False,
            middlewares=(_once,),
        )

    async def _on_stop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class _BrokeOff(aiohttp.ClientConnectionError):
    """A connection that could not be made, or has ended before the answer."""


async def _once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request once: the library would send it again, past every limit and budget."""
    try:
        return await send(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokeOff(type(error).__name__) from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return the body, no more than is good for it; raises `AppViewError` where there is more."""
    most = MAX_BODY_BYTES if response.status == OK else _MAX_ERROR_BYTES
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(65_536):
        size += len(part)
        parts.append(part)
        if size > most:
            break
    if size > most and response.status == OK:
        raise AppViewError(f"the service has answered with more than {most} bytes")
    return b"".join(parts)[:most]


def _service_url(text: str) -> yarl.URL:
    try:
        url = yarl.URL(text)
    except ValueError:
        url = yarl.URL()
    if url.scheme not in ("http", "https") or not url.host:
        # The address may hold a password.
        raise Invalid("service_url: got something else, wants an http:// or https:// URL")
    return url.with_query(None).with_fragment(None)
