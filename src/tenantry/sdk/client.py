"""The settings of a server, for a program without an event loop."""

import random
import ssl
import time
from collections.abc import Callable, Generator
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar

from tenantry.sdk.config_requests import ConfigRequests
from tenantry.sdk.connection import Connection
from tenantry.sdk.errors import RequestFailed
from tenantry.sdk.http import Http, is_passing
from tenantry.sdk.model import ConfigChange, ConfigEntry, Layer, Moment
from tenantry.sdk.request import Request
from tenantry.sdk.retry import Retry
from tenantry.sdk.watching import SILENCE_SECONDS, Watching

P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_SECONDS: Final = 30.0
SHORTEST_WAIT_SECONDS: Final = 1.0
LONGEST_WAIT_SECONDS: Final = 30.0
"""One long poll; the server allows twice as much, and a proxy in between may not."""


def _sent(
    build: Callable[Concatenate[ConfigRequests, P], Request[T]],
) -> "Callable[Concatenate[ConfigClient, P], T]":
    """Return the method that sends what `build` makes."""

    @wraps(build)
    def method(self: "ConfigClient", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._http.send(build(self._requests, *args, **kwargs))

    return method


class ConfigClient:
    """A server's settings; safe to share between threads, and a context manager that closes it.

    `server` is a URL, `tenant` the tenant to act on where the token does not say it.
    `timeout_seconds` bounds every method but `watch`, repetitions included. Reads are repeated, and
    so are writes that have an idempotency key; `put` and `delete` always have one.
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
        self._http = Http(self._connection, timeout_seconds=timeout_seconds, retry=self._retry)

    def __repr__(self) -> str:
        return f"ConfigClient({self._connection!r})"

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
        """Close its connections; safe twice."""
        self._http.close()

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

    def all(
        self, prefix: str = "", *, at: Moment | None = None, layer: Layer | None = None
    ) -> dict[str, Any]:
        """Return every setting whose name starts with `prefix`, by name, following the pages."""
        values: dict[str, Any] = {}
        cursor: str | None = None
        while True:
            page = self._http.send(
                self._requests.page(prefix=prefix, at=at, layer=layer, cursor=cursor)
            )
            values |= page.values
            cursor = page.next_cursor
            if cursor is None:
                return values

    def wait(
        self, name: str, *, version: int | str = 0, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> ConfigEntry | None:
        """Wait until the version of a setting is another than `version`, and return the setting.

        Returns None where that takes longer than `timeout_seconds`; `version` 0 stands for "there
        is none". Raises `NotFound` where the setting is deleted meanwhile.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            seconds = wait_seconds(deadline - time.monotonic())
            entry = self._http.send(self._requests.wait(name, version=version, seconds=seconds))
            if entry is not None or time.monotonic() >= deadline:
                return entry

    def watch(
        self, prefix: str = "", *, after: int | None = None
    ) -> Generator[ConfigChange, None, None]:
        """Yield every change of a setting whose name starts with `prefix`, exactly once, in order.

        It begins behind position `after`, else at the present end, and comes from both layers. A
        connection that ends is followed by another, for ever, from where the last one stood; only
        the first must come about within the client's time-out.
        """
        watching = Watching(prefix=prefix, after=after)
        patience_ends_at = time.monotonic() + self._timeout_seconds
        failures = 0
        while True:
            ended_by: RequestFailed | None = None
            try:
                with self._http.stream(
                    watching.request(), silence_seconds=SILENCE_SECONDS
                ) as response:
                    for chunk in response.iter_bytes():
                        events = watching.receive(chunk)
                        failures = 0
                        yield from (event for event in events if isinstance(event, ConfigChange))
            except RequestFailed as error:
                is_late = time.monotonic() >= patience_ends_at
                if not is_passing(error) or (is_late and not watching.is_resuming):
                    raise
                ended_by = error
            failures += 1
            time.sleep(
                self._retry.pause_between(
                    failures,
                    ended_by,
                    chance=random.random(),  # noqa: S311 - it spreads the load, and hides nothing
                    first_seconds=watching.retry_seconds,
                )
            )


def wait_seconds(seconds_left: float) -> float:
    """Return how long the next long poll may take."""
    return max(SHORTEST_WAIT_SECONDS, min(seconds_left, LONGEST_WAIT_SECONDS))
