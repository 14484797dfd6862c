"""`updater rows | edit | check | fidelity`: the rows, and whether they are as they should be."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tenantry.base.errors import Invalid
from tenantry.terminal import (
    Column,
    ExitCode,
    Page,
    Piece,
    Terminal,
    command,
    read_list,
    read_pages,
    show,
    stop_with,
)
from tenantry.updater.commands.address import All, Limit, limit_of, path_of, read_pair, tell_rest
from tenantry.updater.commands.showing import wrapped
from tenantry.updater.model import CheckView, FidelityReport
from tenantry.updater.rules.fidelity import tabulate

Table = Annotated[
    str, typer.Argument(help="Name of the table, as service_tickets.", show_default=False)
]
_ROW_HELP = "Id of the row."


def add_tables(updater: typer.Typer) -> None:
    """Add the commands."""
    command(updater, "rows", shows=("tenant",))(_rows)
    command(updater, "edit", shows=("tenant",))(_edit)
    command(updater, "check", shows=("tenant",))(_check)
    command(updater, "fidelity", shows=("tenant",))(_fidelity)


def _rows(
    terminal: Terminal,
    table: Table,
    row: Annotated[str | None, typer.Argument(help=_ROW_HELP, show_default=False)] = None,
    *,
    limit: Limit = 100,
    all_: All = False,
) -> None:
    """Print the rows of a table, one JSON object a line, by id; or one row."""
    wanted = limit_of(limit, is_all=all_)
    with terminal.http() as http:
        if row is not None:
            show(terminal, http.send("GET", _path(table, row)).data(dict[str, Any]))
            return
        if terminal.output.wants_document:
            terminal.output.document(read_list(http, _path(table), member="rows", limit=wanted))
            return
        page = Page(items=[])
        for page in read_pages(http, _path(table), member="rows", limit=wanted):
            terminal.output.chunks(bytes(each) + b"\n" for each in page.items)
    tell_rest(terminal, page.next_cursor)


def _edit(
    terminal: Terminal,
    table: Table,
    row: Annotated[str, typer.Argument(help=_ROW_HELP, show_default=False)],
    values: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE",
            help="A column and its value, which is JSON where it reads as that, else text.",
            show_default=False,
        ),
    ],
) -> None:
    """Change columns of a row, and print it; no run moves it any more, and no undo.

    An instant is in ISO 8601, and null is no value. Text that reads as JSON stands in quotes.
    """
    body = msgspec.json.encode(_object_of(values))
    with terminal.http() as http:
        answer = http.send("PATCH", _path(table, row), body=body)
    show(terminal, answer.data(dict[str, Any]))


def _check(terminal: Terminal) -> None:
    """Look for rows of a tenant that contradict each other; exit with 1 where there are any."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("check"))
    found = answer.data(CheckView)
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
    else:
        faults = "no fault" if not found.fault_count else f"{found.fault_count:,} faults"
        edited = f", {found.edited:,} of them edited by people" if found.edited else ""
        terminal.output.line(f"{found.rows:,} rows{edited}: {faults}")
    for fault in found.faults:
        terminal.output.message(_fault_line(fault))
    if found.fault_count > len(found.faults):
        terminal.output.message(f"and {found.fault_count - len(found.faults):,} more")
    if found.fault_count:
        raise stop_with(ExitCode.ERROR)


def _fidelity(
    terminal: Terminal,
    *,
    svg: Annotated[
        Path | None,
        typer.Option(help="Also draw it, into this file.", metavar="FILE", show_default=False),
    ] = None,
) -> None:
    """Compare what the rows of a tenant are like with what was declared."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("fidelity"))
        if svg is not None:
            drawn = http.send("GET", path_of("fidelity.svg"), headers={"Accept": "*/*"})
            terminal.path(svg).write_bytes(drawn.body)
    if svg is not None:
        terminal.output.message(f"drawn into {svg}")
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    report = answer.data(FidelityReport)
    for remark in report.remarks:
        terminal.output.lines(wrapped(remark, style="yellow", indent=""))
    for table in tabulate(report):
        terminal.output.line("")
        terminal.output.lines([(Piece(table.title, "bold"),)])
        terminal.output.table(list(map(Column, table.columns)), table.rows)


def _path(table: str, *row: str) -> str:
    return path_of("tables", table, "rows", *row)


def _object_of(values: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in map(read_pair, values):
        if name in found:
            raise Invalid(field="KEY=VALUE", got=f"{name} twice", wants="each column once")
        found[name] = value
    return found


def _fault_line(fault: Mapping[str, Any]) -> str:
    return f"error: {fault['table']} {fault['id']}: {fault['message']} ({fault['code']})"
