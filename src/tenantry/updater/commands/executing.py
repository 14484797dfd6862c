"""`updater execute | test`: one run now, and what all of them would do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from tenantry.terminal import Column, ExitCode, Refused, Terminal, command, stop_with
from tenantry.updater.commands.address import Name, path_of
from tenantry.updater.model import ExecutionView, StatusView

if TYPE_CHECKING:
    from tenantry.terminal.http import Http

_NOTHING_IS_TESTED: Final = frozenset({401, 403, 429, 503})
"""Refusals that are about all of them together."""


class _Tested(msgspec.Struct, kw_only=True, rename="camel"):
    """What a dry run of one updater has come to."""

    updater: str
    success: bool
    rows_created: int = 0
    rows_changed: int = 0
    execution_time: float = 0.0
    code: str | None = None
    error: str | None = None


def add_executing(updater: typer.Typer) -> None:
    """Add the commands."""
    command(updater, "execute", shows=("tenant",))(_execute)
    command(updater, "test", shows=("tenant",))(_test)


def _execute(
    terminal: Terminal,
    name: Name,
    *,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show the rows, and a token to have them; write nothing."),
    ] = False,
    plan: Annotated[
        str | None,
        typer.Option(
            help="Token of a dry run: write exactly what that has shown, or fail.",
            metavar="TOKEN",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run an updater now, apart from its schedule; exit with 1 where it fails.

    A run that fails has written nothing.
    """
    if dry_run and plan is not None:
        raise typer.BadParameter("--dry-run and --plan exclude each other")
    order: dict[str, Any] = {"dryRun": dry_run}
    if plan is not None:
        order["token"] = plan
    with terminal.http() as http:
        answer = http.send("POST", path_of("execute", name), body=msgspec.json.encode(order))

    found = answer.data(ExecutionView)
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
    else:
        _show(terminal, found)
    if not found.success:
        raise stop_with(ExitCode.ERROR)


def _test(terminal: Terminal) -> None:
    """Run every updater of a tenant dry, and say which would fail; exit with 1 where one does.

    Nothing is written. Those that are disabled are among them.
    """
    with terminal.http() as http:
        status = http.send("GET", path_of("status")).data(StatusView)
        tested = [_dry_run(http, each.name) for each in status.updaters]

    failed = [each for each in tested if not each.success]
    if terminal.output.wants_document:
        terminal.output.document({"success": not failed and bool(tested), "updaters": tested})
    else:
        columns = [
            Column("UPDATER"),
            Column("WORKS"),
            Column("ROWS", is_number=True),
            Column("CHANGES", is_number=True),
            Column("MS", is_number=True),
        ]
        terminal.output.table(columns, map(_row, tested))
    for each in failed:
        terminal.output.message(f"error: {each.updater}: {each.error}")
    if not tested:
        terminal.output.message("error: there is no updater to test")
    if failed or not tested:
        raise stop_with(ExitCode.ERROR)


def _dry_run(http: "Http", name: str) -> _Tested:
    try:
        found = http.send("POST", path_of("dry-run", name)).data(ExecutionView)
    except Refused as refused:
        if refused.status in _NOTHING_IS_TESTED:
            raise
        return _Tested(updater=name, success=False, code=refused.code, error=refused.message)
    return _Tested(
        updater=name,
        success=found.success,
        rows_created=found.rows_created,
        rows_changed=found.rows_changed,
        execution_time=found.execution_time,
        error=None if found.success else "the dry run was no success",
    )


def _show(terminal: Terminal, found: ExecutionView) -> None:
    would = "would write" if found.is_dry_run else "wrote"
    terminal.output.line(
        f"{found.updater} {would} {_counted(found.rows_created, 'row')} and "
        f"{_counted(found.rows_changed, 'change')} in {found.execution_time:.0f} ms"
    )
    if not found.is_dry_run:
        terminal.output.line(f"run {found.run_id}")
        return
    for table, rows in (found.rows or {}).items():
        for row in rows:
            terminal.output.line(f"+ {table} {msgspec.json.encode(row).decode()}")
    for change in found.changes or ():
        terminal.output.line(f"~ {msgspec.json.encode(change).decode()}")
    if found.token is not None:
        terminal.output.line("to write exactly these, as long as nothing else happens before:")
        terminal.output.line(f"  tenantry updater execute {found.updater} --plan {found.token}")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _row(tested: _Tested) -> Sequence[str]:
    return (
        tested.updater,
        "yes" if tested.success else "no",
        str(tested.rows_created),
        str(tested.rows_changed),
        f"{tested.execution_time:.0f}",
    )
