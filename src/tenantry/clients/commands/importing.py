"""`clients import`: files of another system, as files of this one."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
import typer
from msgspec import UNSET

from tenantry.clients.commands.address import Paths
from tenantry.clients.commands.originals import read_originals
from tenantry.clients.commands.source import Declared, Unread
from tenantry.clients.commands.trouble_lines import error_text
from tenantry.clients.commands.values import shown
from tenantry.clients.commands.writing import Form, written
from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import ItemError
from tenantry.clients.model.imported import ImportChange
from tenantry.terminal import ExitCode, Terminal, TreeFormat, command, stop_with

_Importer: TypeAlias = Callable[[Mapping[str, Any]], Any]


class _Import(msgspec.Struct, kw_only=True):
    key: str = ""
    file: str
    files: list[str] = []
    changes: Sequence[ImportChange] = ()
    errors: tuple[ItemError, ...] = ()


def add_import(clients: typer.Typer) -> None:
    """Add `clients import`."""
    command(clients, "import")(_import)


def _import(
    terminal: Terminal,
    paths: Paths,
    *,
    origin: Annotated[
        Literal["reactory"],
        typer.Option(
            "--from", help="Whose files they are.", metavar="reactory", show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder to write to.", metavar="DIR", show_default=False)
    ],
    form: Form = "yaml",
) -> None:
    """Write another system's files anew, so that they can be applied, and print every change.

    It needs no server, and leaves the originals as they are.
    """
    importer = _importer_of(origin)
    imports = [
        _Import(file=each.origin, errors=each.errors)
        if isinstance(each, Unread)
        else _imported(terminal, each, importer, out, form)
        for each in read_originals(terminal, paths)
    ]

    if terminal.output.wants_document:
        terminal.output.document({"clients": imports})
    else:
        _show(terminal, imports)
    for each in imports:
        for error in each.errors:
            terminal.output.message(f"error: {error_text(error, origin=each.file)}")
    if any(each.errors for each in imports):
        raise stop_with(ExitCode.ERROR)


def _importer_of(origin: Literal["reactory"]) -> _Importer:
    from tenantry.clients.rules.reactory import imported

    return {"reactory": imported}[origin]


def _imported(
    terminal: Terminal, declared: Declared, importer: _Importer, out: Path, form: TreeFormat
) -> _Import:
    """Write one client, if what comes of it can be applied."""
    from tenantry.clients.rules.parse import parse

    try:
        result = importer(declared.raw)
        parse(result.config, origin=declared.origin)
    except InvalidClient as invalid:
        return _Import(key=declared.key, file=declared.origin, errors=invalid.errors)

    files = written(terminal, result.config, out, form)
    return _Import(
        key=result.config["key"], file=declared.origin, files=files, changes=result.changes
    )


def _show(terminal: Terminal, imports: Sequence[_Import]) -> None:
    for each in imports:
        for change in each.changes:
            terminal.output.line(f"{each.file} {change.path}: {change.what}{_sides_of(change)}")
        if each.files:
            count = len(each.changes)
            changes = "1 change" if count == 1 else f"{count} changes"
            terminal.output.line(f"{each.key} is in {', '.join(each.files)}, with {changes}")


def _sides_of(change: ImportChange) -> str:
    """Return what was and what is, as far as either is there."""
    sides = (change.before, change.after)
    told = " -> ".join("(none)" if side is UNSET else shown(side) for side in sides)
    return "" if sides == (UNSET, UNSET) else f" ({told})"
