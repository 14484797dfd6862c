"""The connections of all HTTP sources of this process, and the tokens that were got for them."""

import socket
from collections import OrderedDict
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from tenantry import __version__
from tenantry.base import Service
from tenantry.sync.remote.reach import OutOfReach, Reach

USER_AGENT: Final = f"tenantry/{__version__}"

_MOST_TOKENS: Final = 1000
_CONNECT_SECONDS: Final = 10.0
# A page may be as slow as its source's own time-out allows, which `HttpReader` keeps.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS)


class HttpPool(Service):
    """One session for all: connections are kept, and so many are open in all and to each host.

    Every connection is checked against `reach` twice: what a name resolves to, and each address at
    the moment it is connected to, since a name may resolve to another one by then.
    """

    def __init__(
        self,
        *,
        reach: Reach,
        limit: int = 100,
        limit_per_host: int = 16,
        keepalive_seconds: float = 30.0,
        resolver: AbstractResolver | None = None,
    ) -> None:
        super().__init__()
        self._reach = reach
        self._limit = limit
        self._limit_per_host = limit_per_host
        self._keepalive_seconds = keepalive_seconds
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None
        self.tokens = Tokens()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The session, once it has started."""
        if self._session is None:
            raise RuntimeError("the pool of HTTP connections has not been started")
        return self._session

    async def _on_start(self) -> None:
        connector = aiohttp.TCPConnector(
            limit=self._limit,
            limit_per_host=self._limit_per_host,
            keepalive_timeout=self._keepalive_seconds,
            resolver=_GuardedResolver(self._resolver or aiohttp.ThreadedResolver(), self._reach),
            socket_factory=self._socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            timeout=_TIMEOUT,
            trust_env=False,
            raise_for_status=False,
        )

    async def _on_stop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _socket(self, address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, location = address
        self._reach.check([location[0]])
        return socket.socket(family, kind, protocol)


class Tokens:
    """Service tokens, each kept until it is refused; the oldest go where there are too many."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[tuple[str, ...], str] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> str | None:
        """Return the token that is kept for `key`."""
        return self._tokens.get(key)

    def keep(self, key: tuple[str, ...], token: str) -> None:
        """Keep a token for `key`."""
        self._tokens[key] = token
        self._tokens.move_to_end(key)
        while len(self._tokens) > _MOST_TOKENS:
            self._tokens.popitem(last=False)

    def drop(self, key: tuple[str, ...], token: str) -> None:
        """Forget `token`, unless another has taken its place already."""
        if self._tokens.get(key) == token:
            del self._tokens[key]


class _GuardedResolver(AbstractResolver):
    """Refuses a name where any of what it resolves to is out of reach."""

    def __init__(self, inner: AbstractResolver, reach: Reach) -> None:
        self._inner = inner
        self._reach = reach

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        self._reach.check(one["host"] for one in found)
        return found

    async def close(self) -> None:
        await self._inner.close()


def is_out_of_reach(error: BaseException) -> bool:
    """Whether connecting has failed since the address is not allowed."""
    return isinstance(error, aiohttp.ClientConnectorError) and isinstance(
        error.os_error, OutOfReach
    )
