"""`config import`."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenantry.configs.commands.address import CONFIGS, Item, path_of
from tenantry.configs.commands.source import Form, read_tree
from tenantry.terminal import (
    Column,
    ExitCode,
    Progress,
    Terminal,
    command,
    stop_with,
)

if TYPE_CHECKING:
    from tenantry.configs.commands.transfer import ImportPlan, ImportReport
    from tenantry.terminal.http import Http

_ATTEMPTS = 6


def add_import(config: typer.Typer) -> None:
    """Add `config import`."""
    command(config, "import")(_import)


def _import(
    terminal: Terminal,
    file: Annotated[
        Path,
        typer.Argument(
            help="A JSON or YAML mapping of names to values; - is standard input.",
            show_default=False,
        ),
    ],
    *,
    form: Form = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Only say what would change; exit with 2 where anything would."
        ),
    ] = False,
) -> None:
    """Store every setting of a JSON or YAML file.

    Each top-level key is a name, and what stands under it is its value, as it stands there. The
    whole file is checked before anything is sent, and what is stored already is left alone;
    settings that the file does not name stay as they are. "[secret]" stands for a secret that is
    there already, and leaves it alone.
    """
    from tenantry.configs.commands.transfer import check_all, plan_import, send_all
    from tenantry.terminal.tree import is_same_value

    values = read_tree(terminal, file, form)

    with terminal.http() as http:
        current = _current(http)
        check_all(values, current, source=str(file))
        plan = plan_import(values, current, is_same=is_same_value)
        if dry_run:
            _show_plan(terminal, plan)
            return

        def send(name: str) -> None:
            body = b'{"value":' + values[name] + b"}"
            http.send("PUT", path_of(name), body=body, attempts=_ATTEMPTS)

        with Progress(label="settings") as progress:
            progress.update(0, len(plan.changes))
            transfer = send_all(
                plan.changes, send, tell=lambda done: progress.update(done, len(plan.changes))
            )

    _tell_end(terminal, transfer.report(plan), is_interrupted=transfer.is_interrupted)


def _current(http: "Http") -> dict[str, bytes]:
    items = http.send("GET", CONFIGS, attempts=_ATTEMPTS).decode(list[Item])
    return {item.name: item.json for item in items}


def _show_plan(terminal: Terminal, plan: "ImportPlan") -> None:
    if terminal.output.wants_document:
        terminal.output.document(plan)
    else:
        changes = [*(("create", n) for n in plan.created), *(("update", n) for n in plan.updated)]
        if changes:
            terminal.output.table([Column("CHANGE"), Column("NAME", is_wide=True)], changes)
        terminal.output.message(
            f"{len(plan.created)} to create, {len(plan.updated)} to update, "
            f"{len(plan.unchanged)} unchanged"
        )
    if plan.changes:
        raise stop_with(ExitCode.CHANGES_PENDING)


def _tell_end(terminal: Terminal, report: "ImportReport", *, is_interrupted: bool) -> None:
    output = terminal.output
    if output.wants_document:
        output.document(report)
    else:
        output.line(
            f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged"
        )

    missing, unknown = len(report.not_stored), len(report.unknown)
    if not missing and not unknown:
        return
    for name, message in islice(report.errors.items(), 1):
        output.error(f"{name}: {message}", code="import_stopped")
    output.message(
        f"stopped: {missing} are not stored"
        + (f", of {unknown} no answer came" if unknown else "")
        + "; import again to go on, what is stored is left alone"
    )
    if is_interrupted:
        raise KeyboardInterrupt
    raise stop_with(ExitCode.ERROR)
