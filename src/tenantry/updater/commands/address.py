"""Where updaters are found on a server, and what commands about them share."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from tenantry.base.errors import Invalid
from tenantry.terminal import Terminal, read_pages, segment

if TYPE_CHECKING:
    from tenantry.terminal.http import Http

UPDATER: Final = "/api/database-updater"

Limit = Annotated[int, typer.Option(help="At most so many, the first of them.", min=1, metavar="N")]
All = Annotated[bool, typer.Option("--all", help="However many there are.")]
Name = Annotated[
    str,
    typer.Argument(help="Name of the updater, or the key of its schedule.", show_default=False),
]


SHOWN_ID_CHARACTERS: Final = 8
"""So much of a run's id is shown in a table, and is enough to name the run."""
RUN_HELP: Final = "Id of the run, or as much of its beginning as `updater runs` shows."
_ID_CHARACTERS: Final = 36


class _Run(msgspec.Struct, rename="camel"):
    run_id: str


def path_of(*rest: str) -> str:
    """Return the path of updaters, and of what belongs to them."""
    return "/".join([UPDATER, *map(segment, rest)])


def run_id_of(http: "Http", given: str) -> str:
    """Return the whole id of the run whose id begins so; raises `Invalid` unless it is one."""
    if len(given) >= _ID_CHARACTERS:
        return given
    found = [
        run.run_id
        for page in read_pages(http, path_of("runs"), member="runs")
        for run in page.items_as(_Run)
        if given and run.run_id.startswith(given)
    ]
    if len(found) != 1:
        count = f"that of {len(found)} runs" if found else "that of no run"
        raise Invalid(field="RUN", got=f"{given!r}, {count}", wants="the beginning of one run's id")
    return found[0]


def limit_of(limit: int, *, is_all: bool) -> int | None:
    """Return how many of a list are wanted, None for all of them."""
    return None if is_all else limit


def tell_rest(terminal: Terminal, cursor: str | None) -> None:
    """Say beside the output that a list was cut off."""
    if cursor is not None:
        terminal.output.message("there is more: --limit shows more of it, and --all everything")


def tell_nobody_runs_them(terminal: Terminal) -> None:
    """Say beside the output that what was asked for waits for a server."""
    terminal.output.message(
        "no server runs here: updaters run by their schedules while one does (`tenantry serve`)"
    )


def read_pair(given: str) -> tuple[str, Any]:
    """Read `NAME=VALUE`; the value is JSON where it reads as that, else text.

    Raises `Invalid` for what is no pair.
    """
    name, separator, text = given.partition("=")
    if not separator or not name:
        raise Invalid(field="KEY=VALUE", got=given[:80], wants="a name, = and a value")
    try:
        return name, msgspec.json.decode(text.encode("utf-8", "surrogateescape"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return name, text


def second_of(instant: str | None, *, otherwise: str = "") -> str:
    """Return an instant of an answer without the fractions of its second."""
    if instant is None:
        return otherwise
    whole, point, fraction = instant.partition(".")
    return whole + (fraction.lstrip("0123456789") if point else "")
