"""The thread that follows a server's watch, over as many connections as it takes."""

import logging
import random
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import msgspec

from tenantry.sdk.connection import Connection
from tenantry.sdk.errors import RequestFailed
from tenantry.sdk.http import Http, is_passing
from tenantry.sdk.retry import Retry
from tenantry.sdk.watching import WatchEvent, Watching

_LOGGER: Final = logging.getLogger(__name__)
_CONNECTED: Final = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})
# Only the watch itself is sent, once each; the feed repeats it on its own.
_ONE_REQUEST: Final = 10.0


class Follower(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told, always in the feed's thread, and by which feed.

    `heard`: the server said something, events in order or nothing but that it is there. `resumed`:
    the connection continues where the last one ended. `lost`: it has ended or did not come about,
    None where the server closed it.
    """

    heard: "Callable[[Feed, list[WatchEvent]], None]"
    resumed: "Callable[[Feed], None]"
    lost: "Callable[[Feed, RequestFailed | None], None]"


class Feed:
    """One run of the thread: `start` and `stop` once each.

    `silence_seconds` without a byte mean that the connection is dead.
    """

    def __init__(
        self,
        *,
        connection: Connection,
        watching: Watching,
        follower: Follower,
        retry: Retry,
        silence_seconds: float,
    ) -> None:
        self._connection = connection
        self._watching = watching
        self._follower = follower
        self._retry = retry
        self._silence_seconds = silence_seconds
        self._failures = 0
        self._stopping = threading.Event()
        self._open = threading.Lock()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="tenantry-replica", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the thread has, but for a call from that thread itself."""
        self._stopping.set()
        with self._open:
            if self._socket is not None:
                _wake(self._socket)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        http = Http(self._connection, timeout_seconds=_ONE_REQUEST, retry=self._retry)
        try:
            while not self._stopping.is_set():
                error = self._follow(http)
                self._follower.lost(self, error)
                self._failures += 1
                self._stopping.wait(self._pause(error))
        finally:
            http.close()

    def _follow(self, http: Http) -> RequestFailed | None:
        """Follow one connection to its end, and return what ended it."""
        try:
            is_resuming = self._watching.is_resuming
            request = self._watching.request()
            with http.stream(
                request, silence_seconds=self._silence_seconds, trace=self._trace
            ) as response:
                if is_resuming:
                    self._follower.resumed(self)
                self._read(response)
        except RequestFailed as error:
            return self._failed(error)
        except Exception as error:  # the thread's outermost guard: it says so, and begins anew
            if not self._stopping.is_set():
                _LOGGER.exception("The replica of %s failed and starts over", self._connection)
            self._watching.start_over()
            return RequestFailed(f"the replica failed: {error!r}")
        return None

    def _read(self, response: httpx.Response) -> None:
        for chunk in response.iter_bytes():
            if self._stopping.is_set():
                return
            self._follower.heard(self, self._watching.receive(chunk))
            self._failures = 0

    def _failed(self, error: RequestFailed) -> RequestFailed:
        if self._stopping.is_set():
            return error
        if is_passing(error):
            _LOGGER.info("The watch of %s was lost: %s", self._connection, error)
        else:
            # A position that the server cannot continue from would be refused for ever.
            _LOGGER.warning("The watch of %s was refused: %s", self._connection, error)
            self._watching.start_over()
        return error

    def _pause(self, error: RequestFailed | None) -> float:
        return self._retry.pause_between(
            self._failures,
            error,
            chance=random.random(),  # noqa: S311 - it spreads the load, and hides nothing
            first_seconds=self._watching.retry_seconds,
        )

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the socket, so that a stop need not wait for the server to say something."""
        if event not in _CONNECTED:
            return
        found = info["return_value"].get_extra_info("socket")
        with self._open:
            self._socket = found
            if self._stopping.is_set():
                _wake(found)


def _wake(connection: socket.socket) -> None:
    """End whatever a thread waits for on a socket; closing it would not."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It is closed already.
        return
