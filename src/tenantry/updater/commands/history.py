"""`updater logs | runs | run | firings`: what has happened, and what has not and why."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
import typer

from tenantry.terminal import (
    Column,
    Line,
    Piece,
    Terminal,
    command,
    read_list,
    show,
    show_list,
)
from tenantry.updater.commands.address import (
    RUN_HELP,
    SHOWN_ID_CHARACTERS,
    UPDATER,
    All,
    Limit,
    limit_of,
    path_of,
    run_id_of,
    second_of,
    tell_rest,
)
from tenantry.updater.model import FiringView, LogLineView, RunDetail, UpdaterRunView

_STYLES: Final = {"warning": "yellow", "error": "red", "debug": "dim"}


class _Logs(msgspec.Struct):
    logs: list[LogLineView]


def add_history(updater: typer.Typer) -> None:
    """Add the commands that look back."""
    command(updater, "logs", shows=("tenant",))(_logs)
    command(updater, "runs", shows=("tenant",))(_runs)
    command(updater, "run", shows=("tenant",))(_run)
    command(updater, "firings", shows=("tenant",))(_firings)


def _logs(
    terminal: Terminal,
    *,
    count: Annotated[
        int,
        typer.Option("--count", "-n", help="So many of the newest.", min=1, max=1_000, metavar="N"),
    ] = 50,
) -> None:
    """Print the newest lines of what happened to a tenant's updaters, on whichever node."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("logs"), params={"count": str(count)})
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    terminal.output.lines(map(_log_line, answer.data(_Logs).logs))


def _runs(terminal: Terminal, *, limit: Limit = 20, all_: All = False) -> None:
    """Print the runs of a tenant's updaters, newest first."""
    with terminal.http() as http:
        wanted = limit_of(limit, is_all=all_)
        page = read_list(http, f"{UPDATER}/runs", member="runs", limit=wanted)

    columns = [
        Column("SLOT"),
        Column("RUN"),
        Column("UPDATER"),
        Column("KIND"),
        Column("IS"),
        Column("ROWS", is_number=True),
    ]
    show_list(terminal, page, UpdaterRunView, columns, _run_row)
    tell_rest(terminal, page.next_cursor)


def _run(
    terminal: Terminal,
    run: Annotated[str, typer.Argument(help=RUN_HELP, show_default=False)],
) -> None:
    """Print a run, and every row that it has begun or changed."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("runs", run_id_of(http, run)))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return

    found = answer.data(RunDetail)
    fields: dict[str, Any] = msgspec.to_builtins(found.run)
    show(terminal, {name: value for name, value in fields.items() if value not in (None, {})})
    for change in found.changes:
        sign = "+" if change["isInsert"] else "~"
        columns = "" if change["isInsert"] else f" {', '.join(change['columns'])}"
        terminal.output.line(f"{sign} {change['table']} {change['id']}{columns}")


def _firings(terminal: Terminal, *, limit: Limit = 20, all_: All = False) -> None:
    """Print fire times, newest first: those that ran, and those that did not with the reason."""
    with terminal.http() as http:
        wanted = limit_of(limit, is_all=all_)
        page = read_list(http, f"{UPDATER}/firings", member="firings", limit=wanted)

    columns = [
        Column("AT"),
        Column("UPDATER"),
        Column("TIMES", is_number=True),
        Column("IS"),
        Column("REASON", is_wide=True),
    ]
    show_list(terminal, page, FiringView, columns, _firing_row)
    tell_rest(terminal, page.next_cursor)


def _log_line(line: LogLineView) -> Line:
    data = "  ".join(f"{name}={_shown(value)}" for name, value in line.data.items())
    return (
        Piece(f"{second_of(line.timestamp)}  "),
        Piece(f"{line.level:<7}  ", _STYLES.get(line.level, "")),
        Piece(line.message),
        Piece(f"  {data}" if data else "", "dim"),
    )


def _run_row(run: UpdaterRunView) -> Sequence[str]:
    standing = "undone" if run.undone_at is not None else run.status
    return (
        second_of(run.slot),
        run.run_id[:SHOWN_ID_CHARACTERS],
        run.updater,
        run.kind,
        standing,
        str(run.rows_created),
    )


def _firing_row(firing: FiringView) -> Sequence[str]:
    return (
        second_of(firing.fire_at),
        firing.schedule,
        str(firing.count),
        firing.status,
        firing.error or firing.reason or "",
    )


def _shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
