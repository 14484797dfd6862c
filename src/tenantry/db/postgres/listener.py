"""The LISTEN connection: hints that another node has appended."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterator

from tenantry.base.errors import Unavailable
from tenantry.db.postgres.session import LOST, Connection, connect
from tenantry.telemetry import emit

CHANNEL = "tenantry_log"
"""Notified by `append_events`, once a batch, without a payload."""

_LOST_OR_UNAVAILABLE: tuple[type[Exception], ...] = (*LOST, Unavailable)
_RECONNECT_SECONDS = 0.5


class Listener:
    """A thread that calls `hint` whenever the channel is notified, and after every reconnection.

    A notification sent while the connection was down is lost: so a new connection starts with a
    hint, and the readers of the log poll besides.
    """

    def __init__(self, *, url: str, hint: Callable[[], None]) -> None:
        self._url = url
        self._hint = hint
        self._is_stopping = threading.Event()
        self._stop_sign, self._stop_seen = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="tenantry-listener", daemon=True)

    def start(self) -> None:
        """Start the thread; it connects by itself, and again whenever it must."""
        self._thread.start()

    def stop(self) -> None:
        """Close the connection; blocks until done."""
        self._is_stopping.set()
        self._stop_sign.send(b".")
        self._thread.join()
        self._stop_sign.close()
        self._stop_seen.close()

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                self._listen()
            except _LOST_OR_UNAVAILABLE as error:
                emit("tenantry.db.listener_lost", error=type(error).__name__)
                self._is_stopping.wait(_RECONNECT_SECONDS)

    def _listen(self) -> None:
        with connect(self._url) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._hint()
            with self._selector(connection) as selector:
                while not self._is_stopping.is_set():
                    selector.select()
                    # One hint says as much as many.
                    if list(connection.notifies(timeout=0)):
                        self._hint()

    @contextlib.contextmanager
    def _selector(self, connection: Connection) -> Iterator[selectors.BaseSelector]:
        """Wait for the server and for `stop` at once, so that neither waits for the other."""
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._stop_seen, selectors.EVENT_READ)
            yield selector
