"""`config schema …`: what values must look like."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tenantry.configs.commands.address import CONFIGS, about, path_of
from tenantry.configs.commands.reading import Name
from tenantry.configs.commands.source import Form, read_tree
from tenantry.terminal import Column, ExitCode, Terminal, command, group, stop_with

OneName = Annotated[
    str | None,
    typer.Argument(help="Name of the setting; left out with --prefix.", show_default=False),
]
OnePrefix = Annotated[
    str | None,
    typer.Option(
        "--prefix",
        help="In the place of NAME: all names that start with this; with '' all there are.",
        metavar="TEXT",
        show_default=False,
    ),
]


class _Target(msgspec.Struct, frozen=True):
    """What a schema is about: where its route is, and how people are told of it."""

    path: str
    params: dict[str, str]
    shown: str


class _Layered(msgspec.Struct):
    layer: str
    schema: msgspec.Raw
    name: str | None = None
    prefix: str | None = None


class _Violation(msgspec.Struct):
    pointer: str
    message: str


class _Rejection(msgspec.Struct):
    tenant_id: str
    name: str
    version: int
    is_present: bool
    violations: list[_Violation]


class _Trial(msgspec.Struct):
    checked: int
    count: int
    rejected: list[_Rejection]
    skipped: int = 0


def add_schema(config: typer.Typer) -> None:
    """Add the group."""
    schema = group("schema", help="The JSON Schemas that values must meet.")
    command(schema, "get")(_get)
    command(schema, "set")(_set)
    command(schema, "delete")(_delete)
    command(schema, "list")(_list)
    config.add_typer(schema)


def _get(terminal: Terminal, name: OneName = None, *, prefix: OnePrefix = None) -> None:
    """Print the schema of a name, or of a prefix, as it was set by the tenant."""
    target = _target(name, prefix)
    with terminal.http() as http, about(target.shown):
        answer = http.send("GET", target.path, params=target.params)

    if terminal.output.wants_document:
        terminal.output.document(msgspec.Raw(answer.body))
        return
    terminal.output.raw(answer.body)


def _set(
    terminal: Terminal,
    name: OneName = None,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A JSON Schema (2020-12), as JSON or YAML; - is standard input.",
            show_default=False,
        ),
    ] = None,
    *,
    prefix: OnePrefix = None,
    form: Form = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Only say which values it would reject; exit with 2 where any."
        ),
    ] = False,
) -> None:
    """Set the JSON Schema that values of a name, or of a prefix, must meet from now on.

    It is refused where a present value does not meet it. --dry-run looks through the history too.
    """
    if prefix is not None and file is None and name is not None:
        # There is no name then, so what stands in its place is the file.
        file, name = Path(name), None
    target = _target(name, prefix)
    if file is None:
        raise typer.BadParameter("give the FILE that has the schema, or - for standard input")

    body = _schema_of(read_tree(terminal, file, form))
    params = {**target.params, **({"dry_run": "true"} if dry_run else {})}
    with terminal.http() as http, about(target.shown):
        answer = http.send("PUT", target.path, params=params, body=body)

    if dry_run:
        _show_trial(terminal, answer.body, answer.decode(_Trial))
    elif terminal.output.wants_document:
        terminal.output.document(msgspec.Raw(answer.body))
    else:
        terminal.output.line(f"the schema of {target.shown} is set")


def _delete(terminal: Terminal, name: OneName = None, *, prefix: OnePrefix = None) -> None:
    """Delete the schema of a name, or of a prefix."""
    target = _target(name, prefix)
    with terminal.http() as http, about(target.shown):
        answer = http.send("DELETE", target.path, params=target.params)

    if terminal.output.wants_document:
        about_what = {"prefix": prefix} if name is None else {"name": name}
        position = int(answer.headers.get("x-position", "0"))
        terminal.output.document({**about_what, "deleted": True, "position": position})
        return
    terminal.output.line(f"the schema of {target.shown} is deleted")


def _list(terminal: Terminal, name: Name) -> None:
    """Print every schema that values of a name must meet, with the layer that has set it."""
    with terminal.http() as http, about(name):
        answer = http.send("GET", path_of(name, "schema"), params={"effective": "true"})

    if terminal.output.wants_document:
        terminal.output.document(msgspec.Raw(answer.body))
        return
    terminal.output.table(
        [Column("LAYER"), Column("OF"), Column("SCHEMA", is_wide=True)],
        [
            (each.layer, _shown(each.name, each.prefix), bytes(each.schema).decode())
            for each in answer.decode(list[_Layered])
        ],
    )


def _target(name: str | None, prefix: str | None) -> _Target:
    if (name is None) == (prefix is None):
        raise typer.BadParameter("give NAME, or --prefix in its place; one of them")
    if name is not None:
        return _Target(path_of(name, "schema"), {}, name)
    assert prefix is not None  # noqa: S101 - one of the two was given
    return _Target(f"{CONFIGS}/schema", {"prefix": prefix}, _shown(None, prefix))


def _shown(name: str | None, prefix: str | None) -> str:
    return f"{prefix}*" if name is None else name


def _schema_of(entries: dict[str, bytes]) -> bytes:
    """Return the JSON of a mapping, compact: what a schema may weigh is bounded."""
    return msgspec.json.encode({key: msgspec.Raw(value) for key, value in entries.items()})


def _show_trial(terminal: Terminal, body: bytes, trial: _Trial) -> None:
    if terminal.output.wants_document:
        terminal.output.document(msgspec.Raw(body))
    elif trial.rejected:
        terminal.output.table(
            [
                Column("TENANT"),
                Column("NAME"),
                Column("VERSION", is_number=True),
                Column("PRESENT"),
                Column("POINTER"),
                Column("MESSAGE", is_wide=True),
            ],
            [row for rejection in trial.rejected for row in _rows(rejection)],
        )
    shown = f", the first {len(trial.rejected)} of them here"
    terminal.output.message(
        f"{trial.count} of {trial.checked} values would be rejected"
        + (shown if len(trial.rejected) < trial.count else "")
        + (f"; {trial.skipped} secrets were skipped" if trial.skipped else "")
    )
    if trial.count:
        raise stop_with(ExitCode.CHANGES_PENDING)


def _rows(rejection: _Rejection) -> list[tuple[str, ...]]:
    is_present = "yes" if rejection.is_present else "no"
    value = (rejection.tenant_id, rejection.name, str(rejection.version), is_present)
    return [(*value, each.pointer, each.message) for each in rejection.violations]
