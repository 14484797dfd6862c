"""uvicorn, embedded: on a socket that is bound already, under somebody else's signals."""

import asyncio
import contextlib
import functools
import socket
from collections.abc import Generator
from typing import Any, Final, Literal

import uvicorn

from tenantry.base import Service
from tenantry.base.errors import Conflict, Invalid
from tenantry.server.protocol import STALL_SECONDS
from tenantry.server.quick import QuickDoor, QuickProtocol
from tenantry.settings import Settings, is_loopback

KEEP_ALIVE_SECONDS: Final = 75
_BACKLOG: Final = 2048
_LAST_SECONDS: Final = 1.0


def bind(
    settings: Settings, *, variable: Literal["API_PORT", "METRICS_PORT"] = "API_PORT"
) -> socket.socket:
    """Bind the port that `variable` is in `settings`, or a free one for port 0 or none.

    Raises `Conflict` where the port is taken, `Invalid` for a host that is not ours, and for any
    host but a loopback one with `DEV`.
    """
    host = settings.api_host
    port = settings.api_port if variable == "API_PORT" else settings.metrics_port or 0
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise Invalid(field="API_HOST", got=host, wants="a host name or address") from error

    family, kind, protocol, _, address = found[0]
    # The settings have looked at the name; this looks at what it stands for.
    if settings.dev and not is_loopback(str(address[0])):
        raise Invalid(field="API_HOST", got=host, wants="a loopback address, because of DEV")

    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise Conflict(
            f"cannot listen on {host}:{port}, which is {variable}: {error.strerror}",
            code="port_unavailable",
        ) from error
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the URL under which this machine reaches `bound`."""
    host, port, *_ = bound.getsockname()
    if host in ("0.0.0.0", "::"):  # noqa: S104 - this asks, it does not bind
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104 - as above
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Listener(Service):
    """Serves `app` on `bound`: `start` returns when it listens, `stop` when it is drained.

    A stop closes the port first, then waits for requests under way for `drain_seconds`. Hot
    requests go to `quick`, where there is one. A reader that takes nothing for `stall_seconds` is
    cut.
    """

    def __init__(
        self,
        app: Any,
        *,
        quick: QuickDoor | None,
        bound: socket.socket,
        drain_seconds: float,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        super().__init__()
        self._bound = bound
        protocol = functools.partial(QuickProtocol, quick=quick, stall_seconds=stall_seconds)
        self._server = _Server(_config(app, protocol=protocol, drain_seconds=drain_seconds))
        self._serving: asyncio.Task[None] | None = None

    async def closed(self) -> None:
        """Wait until it serves no more; raises what has broken it."""
        if self._serving is not None:
            await asyncio.shield(self._serving)

    async def _on_start(self) -> None:
        self._serving = asyncio.create_task(
            self._server.serve(sockets=[self._bound]), name="listener"
        )
        listening = asyncio.create_task(self._server.is_listening.wait())
        await asyncio.wait({self._serving, listening}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if self._serving.done():
            self._serving.result()

    async def _on_stop(self) -> None:
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
        # Those it has given up are cancelled; they let go of what they hold before we do.
        if given_up := set(self._server.server_state.tasks):
            await asyncio.wait(given_up, timeout=_LAST_SECONDS)
        self._bound.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to the process."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        self.is_listening.set()


def _config(app: Any, *, protocol: Any, drain_seconds: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        # Whose word counts is for TRUSTED_PROXIES to say, which all doors ask.
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=drain_seconds,  # type: ignore[arg-type]  # it only waits this long
    )
