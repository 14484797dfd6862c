"""`breakers …`: the circuit breakers of a server, and what an operator lays upon them."""

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
import typer

from tenantry.operations.model import BreakerAction
from tenantry.terminal import Column, Terminal, command, group, segment, show

_PATH = "/api/reliability/breakers"
_VISIBLE = re.compile("[!-~]{1,255}")

_OVERRIDES: Final[dict[BreakerAction, str]] = {
    "force-open": "Have a breaker refuse every call, on every node.",
    "force-closed": "Have a breaker let every call through and judge none, on every node.",
    "disable": "Have a breaker go on judging and refuse nobody, on every node.",
}

_Name = Annotated[str, typer.Argument(help="Name of the breaker.", show_default=False)]
_Reason = Annotated[
    str, typer.Option(help="Why; it stands in the event log.", metavar="TEXT", show_default=False)
]
_Seconds = Annotated[
    float | None,
    typer.Option(
        "--for",
        help="After how many seconds it ends by itself; else it does not.",
        metavar="SECONDS",
        show_default=False,
    ),
]
_Key = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key",
        help="Carry it out once, however often it is sent.",
        metavar="KEY",
        show_default=False,
    ),
]


def add_breakers(app: typer.Typer) -> None:
    """Add the group."""
    breakers = group("breakers", help="Say how the circuit breakers stand, and force them.")
    command(breakers, "list")(_list)
    for action, meaning in _OVERRIDES.items():
        command(breakers, action)(_override(action, meaning))
    command(breakers, "reset")(_reset)
    app.add_typer(breakers)


def _list(terminal: Terminal) -> None:
    """Print every circuit breaker of the server."""
    with terminal.http() as http:
        listed = http.send("GET", _PATH).data(list[dict[str, Any]])

    if terminal.output.wants_document:
        terminal.output.document(listed)
        return
    terminal.output.table(
        [
            Column("NAME"),
            Column("STATE"),
            Column("OVERRIDE"),
            Column("FAILURES", is_number=True),
            Column("SUCCESSES", is_number=True),
            Column("OPENED", is_number=True),
            Column("REASON", is_wide=True),
        ],
        map(_row, listed),
    )


def _override(action: BreakerAction, meaning: str) -> Callable[..., None]:
    def order(
        terminal: Terminal,
        name: _Name,
        *,
        reason: _Reason = "",
        seconds: _Seconds = None,
        key: _Key = None,
    ) -> None:
        _order(terminal, name, action, key=key, reason=reason, seconds=seconds)

    order.__doc__ = meaning
    return order


def _reset(terminal: Terminal, name: _Name, *, reason: _Reason = "", key: _Key = None) -> None:
    """Close a breaker on every node, without any override, and forget what it has seen."""
    _order(terminal, name, "reset", key=key, reason=reason)


def _order(
    terminal: Terminal, name: str, action: BreakerAction, *, key: str | None, **fields: Any
) -> None:
    seconds = fields.get("seconds")
    if seconds is not None and not math.isfinite(seconds):
        # JSON has no such number, and no number means for good.
        raise typer.BadParameter(f"--for: got {seconds}, wants a number of seconds")
    if key is not None and not _VISIBLE.fullmatch(key):
        raise typer.BadParameter("--idempotency-key wants visible ASCII characters")
    if not _is_unicode(name + fields["reason"]):
        raise typer.BadParameter("NAME and --reason want UTF-8")
    with terminal.http() as http:
        answer = http.send(
            "POST",
            f"{_PATH}/{segment(name)}/{action}",
            body=msgspec.json.encode(fields),
            headers={"Idempotency-Key": key} if key is not None else None,
        )
    show(terminal, answer.data(dict[str, Any]))


def _is_unicode(text: str) -> bool:
    """Whether it is all characters: what no UTF-8 was comes from the shell as surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _row(breaker: dict[str, Any]) -> tuple[str, ...]:
    return (
        breaker["name"],
        breaker["state"],
        breaker["override"] or "",
        str(breaker["failureCount"]),
        str(breaker["successCount"]),
        str(breaker["openedTotal"]),
        breaker["reason"] or "",
    )
