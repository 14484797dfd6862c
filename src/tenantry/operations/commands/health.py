"""`health`: whether the server works."""

from typing import Any, Final

import msgspec
import typer

from tenantry.base.errors import Unavailable
from tenantry.terminal import ExitCode, Terminal, command, show, stop_with

_UNHEALTHY: Final = frozenset({503})


class _Health(msgspec.Struct):
    status: str


def add_health(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "health")(_health)


def _health(terminal: Terminal) -> None:
    """Ask whether the server works; exit with 1 where it does not."""
    with terminal.http_if_served() as http:
        # A server of our own would be healthy, and tell a monitor nothing of the one it means.
        if http is None:
            raise Unavailable("no server runs on this data directory", code="no_server")
        answer = http.send("GET", "/v1/health", accepts=_UNHEALTHY, attempts=1)

    is_healthy = answer.decode(_Health).status == "healthy"
    show(terminal, answer.decode(dict[str, Any]))
    if not is_healthy:
        raise stop_with(ExitCode.ERROR)
