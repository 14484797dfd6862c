"""A small HTTP server on a real socket that answers as a test tells it to.

For what a real server does not do when a test wants it: to fail, to be slow, to cut a stream.
"""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

Script = Callable[["Exchange"], None]


class Exchange:
    """One request that has arrived, and the connection to answer it on."""

    def __init__(self, connection: socket.socket, head: bytes, body: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = first.split(" ")
        self.headers: dict[str, str] = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        self.body = body
        self.port: int = connection.getpeername()[1]
        """The client's, which tells one connection from another."""
        self.is_kept_alive = True
        self._connection = connection

    def reply(self, status: int = 200, content: Any = None, **headers: str) -> None:
        """Send a whole answer; a header `retry_after` is `Retry-After`."""
        body = b"" if content is None else json.dumps(content).encode()
        self._head(status, {**headers, "content-length": str(len(body))})
        self.send(body)

    def fail(self, status: int, code: str, message: str = "", **more: Any) -> None:
        """Send an error in its envelope; `headers` and `details` may be among `more`."""
        error = {"code": code, "message": message, "details": more.get("details")}
        self.reply(status, {"success": False, "error": error}, **more.get("headers", {}))

    def stream(self, *chunks: bytes) -> None:
        """Begin an event stream, which lasts until the script ends."""
        self.is_kept_alive = False
        self._head(200, {"content-type": "text/event-stream", "connection": "close"})
        for chunk in chunks:
            self.send(chunk)

    def send(self, content: bytes) -> None:
        """Send bytes as they are."""
        self._connection.sendall(content)

    def drop(self) -> None:
        """Close the connection without another byte."""
        self.is_kept_alive = False

    def wait_until_left(self) -> None:
        """Hold the connection until the other side closes it."""
        self._connection.settimeout(30)
        while self._connection.recv(65_536):
            pass

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))


class ScriptedServer:
    """Answers each request by the next of its scripts, and by the last for ever."""

    def __init__(self, *scripts: Script) -> None:
        self.seen: list[Exchange] = []
        self._scripts = list(scripts)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._connections: list[socket.socket] = []
        self._is_open = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_open = False
        _end(self._listener)
        with self._lock:
            for connection in self._connections:
                _end(connection)

    def _accept(self) -> None:
        while self._is_open:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.append(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            while (exchange := _read_request(connection)) is not None:
                self._next(exchange)(exchange)
                if not exchange.is_kept_alive:
                    break
        except OSError:
            # The other side has gone, which is its right.
            pass
        finally:
            _end(connection)

    def _next(self, exchange: Exchange) -> Script:
        with self._lock:
            self.seen.append(exchange)
            return self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]


def answering(answers: Mapping[str, Any]) -> Script:
    """Answer `METHOD TARGET` with its data; None is a 204, and a script is left to itself."""

    def script(exchange: Exchange) -> None:
        asked = f"{exchange.method} {exchange.target}"
        answer = answers.get(asked, _unknown)
        if callable(answer):
            answer(exchange)
        elif answer is None:
            exchange.reply(204)
        else:
            exchange.reply(200, {"success": True, "data": answer})

    return script


def refusing(status: int, code: str, message: str = "", **more: Any) -> Script:
    """Answer with an error; `headers` and `details` may be among `more`."""
    return lambda exchange: exchange.fail(status, code, message, **more)


def _unknown(exchange: Exchange) -> None:
    exchange.fail(404, "not_found", f"nobody expects {exchange.method} {exchange.target}")


def frame(event: str, data: Any, *, position: int | None = None) -> bytes:
    """Return a frame of the watch."""
    lead = f"id: {position}\n" if position is not None else ""
    return f"{lead}event: {event}\ndata: {json.dumps(data)}\n\n".encode()


def set_frame(name: str, value: Any, position: int, **more: Any) -> bytes:
    """Return the frame of a value that was stored."""
    return frame("set", _change(name, position, value=value, **more), position=position)


def delete_frame(name: str, position: int, **more: Any) -> bytes:
    """Return the frame of a value that was deleted."""
    return frame("delete", _change(name, position, **more), position=position)


def snapshot_frames(position: int, *entries: Mapping[str, Any]) -> bytes:
    """Return the frames of a state: each entry has at least a name and a value."""
    told = [frame("set", _change(**{"position": 1, **entry})) for entry in entries]
    end = frame("snapshot", {"position": position, "count": len(told)}, position=position)
    return b"retry: 10\n\n" + b"".join(told) + end


def _change(name: str, position: int, **more: Any) -> dict[str, Any]:
    times = {"version": position, "updated_at": "2024-01-15T10:30:00.000000Z"}
    return {"name": name, **times, "position": position, "layer": "own", **more}


def _read_request(connection: socket.socket) -> Exchange | None:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65_536)
        if not part:
            return None
        received += part

    head, _, body = received.partition(b"\r\n\r\n")
    exchange = Exchange(connection, head, b"")
    length = int(exchange.headers.get("content-length", "0"))
    while len(body) < length:
        body += connection.recv(65_536)
    exchange.body = body
    return exchange


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
