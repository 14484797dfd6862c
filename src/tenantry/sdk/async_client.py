"""The settings of a server, for a program on asyncio."""

import asyncio
import random
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from tenantry.sdk.async_http import AsyncHttp
from tenantry.sdk.client import TIMEOUT_SECONDS, wait_seconds
from tenantry.sdk.config_requests import ConfigRequests
from tenantry.sdk.connection import Connection
from tenantry.sdk.errors import RequestFailed
from tenantry.sdk.http import is_passing
from tenantry.sdk.model import ConfigChange, ConfigEntry, Layer, Moment
from tenantry.sdk.request import Request
from tenantry.sdk.retry import Retry
from tenantry.sdk.watching import SILENCE_SECONDS, Watching

P = ParamSpec("P")
T = TypeVar("T")


def _sent(
    build: Callable[Concatenate[ConfigRequests, P], Request[T]],
) -> "Callable[Concatenate[AsyncConfigClient, P], Coroutine[Any, Any, T]]":
    """Return the method that sends what `build` makes."""

    @wraps(build)
    async def method(self: "AsyncConfigClient", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._http.send(build(self._requests, *args, **kwargs))

    return method


class AsyncConfigClient:
    """A server's settings, as `ConfigClient` has them, awaited; for one event loop.

    It takes what `ConfigClient` takes, and `async with` closes it.
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
        self._connection = Connection(server=server, token=token, tenant=tenant, verify=verify)
        self._requests = ConfigRequests()
        self._timeout_seconds = timeout_seconds
        self._retry = retry or Retry()
        self._http = AsyncHttp(self._connection, timeout_seconds=timeout_seconds, retry=self._retry)

    def __repr__(self) -> str:
        return f"AsyncConfigClient({self._connection!r})"

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
        """Close its connections; safe twice."""
        await self._http.close()

    # Signatures and documentation are those of the requests.
    get = _sent(ConfigRequests.get)
    entry = _sent(ConfigRequests.entry)
    at = _sent(ConfigRequests.at)
    explain = _sent(ConfigRequests.explain)
    put = _sent(ConfigRequests.put)
    delete = _sent(ConfigRequests.delete)
    history = _sent(ConfigRequests.history)
    diff = _sent(ConfigRequests.diff)
    change = _sent(ConfigRequests.change)
    rollback = _sent(ConfigRequests.rollback)
    rollback_all = _sent(ConfigRequests.rollback_all)
    get_schema = _sent(ConfigRequests.get_schema)
    put_schema = _sent(ConfigRequests.put_schema)
    check_schema = _sent(ConfigRequests.check_schema)
    delete_schema = _sent(ConfigRequests.delete_schema)

    async def all(
        self, prefix: str = "", *, at: Moment | None = None, layer: Layer | None = None
    ) -> dict[str, Any]:
        """Return every setting whose name starts with `prefix`, by name, following the pages."""
        values: dict[str, Any] = {}
        cursor: str | None = None
        while True:
            page = await self._http.send(
                self._requests.page(prefix=prefix, at=at, layer=layer, cursor=cursor)
            )
            values |= page.values
            cursor = page.next_cursor
            if cursor is None:
                return values

    async def wait(
        self, name: str, *, version: int | str = 0, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> ConfigEntry | None:
        """Wait for another version of a setting, as `ConfigClient.wait` does."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            seconds = wait_seconds(deadline - time.monotonic())
            request = self._requests.wait(name, version=version, seconds=seconds)
            entry = await self._http.send(request)
            if entry is not None or time.monotonic() >= deadline:
                return entry

    async def watch(
        self, prefix: str = "", *, after: int | None = None
    ) -> AsyncGenerator[ConfigChange, None]:
        """Yield changes as `ConfigClient.watch` does; close it (`aclosing`) where you leave it."""
        watching = Watching(prefix=prefix, after=after)
        patience_ends_at = time.monotonic() + self._timeout_seconds
        failures = 0
        while True:
            ended_by: RequestFailed | None = None
            try:
                async with self._http.stream(
                    watching.request(), silence_seconds=SILENCE_SECONDS
                ) as response:
                    async for chunk in response.aiter_bytes():
                        events = watching.receive(chunk)
                        failures = 0
                        for event in events:
                            if isinstance(event, ConfigChange):
                                yield event
            except RequestFailed as error:
                is_late = time.monotonic() >= patience_ends_at
                if not is_passing(error) or (is_late and not watching.is_resuming):
                    raise
                ended_by = error
            failures += 1
            await asyncio.sleep(
                self._retry.pause_between(
                    failures,
                    ended_by,
                    chance=random.random(),  # noqa: S311 - it spreads the load, and hides nothing
                    first_seconds=watching.retry_seconds,
                )
            )
