"""`config import`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenantry.configs.commands.address import CONFIGS, Item, path_of
from tenantry.terminal import (
    Column,
    ExitCode,
    Progress,
    Terminal,
    TreeFormat,
    command,
    stop_with,
)

if TYPE_CHECKING:
    from tenantry.configs.commands.transfer import ImportPlan, Transfer
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
    form: Annotated[
        TreeFormat | None,
        typer.Option(
            "--format", help="JSON or YAML, where the suffix does not say.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would change; exits with 2 where anything would."),
    ] = False,
) -> None:
    """Store every setting of a JSON or YAML file.

    Each top-level key is a name, and what stands under it is its value, as it stands there. The
    whole file is checked before anything is sent, and what is stored already is left alone;
    settings that the file does not name stay as they are.
    """
    from tenantry.configs.commands.transfer import check_all, plan_import, send_all
    from tenantry.terminal.tree import is_same_value

    values = _read(terminal, file, form)
    check_all(values, source=str(file))

    with terminal.http() as http:
        plan = plan_import(values, _current(http), is_same=is_same_value)
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

    _report(terminal, plan, transfer)


def _read(terminal: Terminal, file: Path, form: TreeFormat | None) -> dict[str, bytes]:
    from tenantry.terminal.tree import format_of, parse_tree

    chosen = form or format_of(file)
    if chosen is None:
        raise typer.BadParameter(f"{file} has no suffix that says so: give --format json or yaml")
    is_input = str(file) == "-"
    content = sys.stdin.buffer.read() if is_input else terminal.path(file).read_bytes()
    return parse_tree(content, form=chosen, source="standard input" if is_input else str(file))


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


def _report(terminal: Terminal, plan: "ImportPlan", transfer: "Transfer") -> None:
    stored = set(transfer.stored)
    created, updated = len(stored & set(plan.created)), len(stored & set(plan.updated))
    counts = {"created": created, "updated": updated, "unchanged": len(plan.unchanged)}
    failed = {**transfer.refused, **transfer.unanswered}

    if terminal.output.wants_document:
        not_stored = [name for name in plan.changes if name not in stored | {*transfer.unanswered}]
        problems = {
            "errors": {name: error.message for name, error in failed.items()},
            "not_stored": not_stored,
            "unknown": sorted(transfer.unanswered),
        }
        terminal.output.document({**counts, **(problems if failed else {})})
    else:
        terminal.output.line(
            f"{created} created, {updated} updated, {len(plan.unchanged)} unchanged"
        )
    if not failed:
        return

    name, error = transfer.first_problem
    terminal.output.error(f"{name}: {error.message}", code=error.code)
    unknown = len(transfer.unanswered)
    missing = len(plan.changes) - len(stored) - unknown
    terminal.output.message(
        f"stored {len(stored)} of {len(plan.changes)}; {missing} are not stored"
        + (f", of {unknown} no answer came" if unknown else "")
        + "; import again to go on, what is stored is left alone"
    )
    raise stop_with(ExitCode.ERROR)
