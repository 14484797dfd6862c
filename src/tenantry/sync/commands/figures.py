"""`sync health | metrics | method-stats | statistics`: what all runs say together."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec
import typer

from tenantry.sync.commands.address import SYNC
from tenantry.terminal import ExitCode, Terminal, command, show, stop_with

if TYPE_CHECKING:
    from tenantry.terminal.http import Answer

_UNHEALTHY: Final = frozenset({503})
_FIGURES: Final = {
    "metrics": "Print what the runs of the last day say, with percentiles.",
    "method-stats": "Print how the methods have done in the last day.",
    "statistics": "Print how many tenants stand how.",
}
_WHOSE: Final = "They are those of the tenant; for root, who names none, of all of them."


class _Health(msgspec.Struct):
    status: str


class _Answered(msgspec.Struct):
    data: _Health | msgspec.UnsetType = msgspec.UNSET


def add_figures(sync: typer.Typer) -> None:
    """Add the commands that print figures."""
    command(sync, "health", shows=("tenant",))(_health)
    for name, meaning in _FIGURES.items():
        command(sync, name, shows=("tenant",))(_figures(name, meaning))


def _health(terminal: Terminal) -> None:
    """Ask whether syncs go well; exit with 1 where too many fail, or are stuck."""
    with terminal.http() as http:
        answer = http.send("GET", f"{SYNC}/health", accepts=_UNHEALTHY)
        if not _says_health(answer):
            # The server itself is unavailable, and it may pass.
            answer = http.send("GET", f"{SYNC}/health")

    show(terminal, answer.data(dict[str, Any]))
    if answer.data(_Health).status == "unhealthy":
        raise stop_with(ExitCode.ERROR)


def _says_health(answer: "Answer") -> bool:
    return answer.decode(_Answered).data is not msgspec.UNSET


def _figures(name: str, meaning: str) -> Callable[[Terminal], None]:
    def figures(terminal: Terminal) -> None:
        with terminal.http() as http:
            answer = http.send("GET", f"{SYNC}/{name}")
        show(terminal, answer.data(dict[str, Any]))

    figures.__doc__ = f"{meaning}\n\n{_WHOSE}"
    return figures
