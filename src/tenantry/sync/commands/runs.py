"""`sync runs | timeline`: what has run, and what has happened in it."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer

from tenantry.sync.commands.address import SYNC, All, Limit, limit_of, tell_rest
from tenantry.sync.model import HappenedView, RunView, Timeline
from tenantry.terminal import Column, Terminal, command, read_list, segment, show_list


def add_runs(sync: typer.Typer) -> None:
    """Add the commands about runs."""
    command(sync, "runs", shows=("tenant",))(_runs)
    command(sync, "timeline")(_timeline)


def _runs(terminal: Terminal, *, limit: Limit = 20, all_: All = False) -> None:
    """Print runs, newest first: for root, who names no tenant, those of all of them."""
    with terminal.http() as http:
        wanted = limit_of(limit, is_all=all_)
        page = read_list(http, f"{SYNC}/runs", member="runs", limit=wanted)

    columns = [
        Column("STARTED"),
        Column("RUN", is_wide=True),
        Column("STATUS"),
        Column("METHOD"),
        Column("BY"),
        Column("MS", is_number=True),
        Column("ERROR"),
    ]
    show_list(terminal, page, RunView, columns, _run_row)
    tell_rest(terminal, page.next_cursor)


def _timeline(
    terminal: Terminal,
    run: Annotated[
        str,
        typer.Argument(
            metavar="CORRELATION_ID",
            help="Name of the run, as `sync runs` and log lines have it.",
            show_default=False,
        ),
    ],
) -> None:
    """Print a run and all that has happened in it: decision, lease, pages, errors."""
    with terminal.http() as http:
        answer = http.send("GET", f"{SYNC}/runs/{segment(run, field='CORRELATION_ID')}")
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return

    found = answer.data(Timeline)
    told = found.run
    ended = f" in {told.duration:.0f} ms" if told.duration is not None else ""
    terminal.output.line(f"{told.tenant_id}: {told.status}{ended}, {told.sync_method}")
    terminal.output.line(f"  {told.reason}")
    if told.error is not None:
        terminal.output.line(f"  {told.error_type}: {told.error}")
    columns = [
        Column("AT"),
        Column("SOURCE"),
        Column("WHAT"),
        Column("COLLECTION"),
        Column("DETAILS", is_wide=True),
    ]
    terminal.output.table(columns, map(_happened_row, found.timeline))


def _run_row(run: RunView) -> Sequence[str]:
    return (
        run.started_at,
        run.correlation_id,
        run.status,
        run.sync_method,
        run.trigger_source,
        "" if run.duration is None else f"{run.duration:.0f}",
        run.error_type or "",
    )


def _happened_row(happened: HappenedView) -> Sequence[str]:
    details = ", ".join(
        f"{name} {value if isinstance(value, str) else msgspec.json.encode(value).decode()}"
        for name, value in happened.details.items()
    )
    return (happened.at, happened.source, happened.kind, happened.collection or "", details)
