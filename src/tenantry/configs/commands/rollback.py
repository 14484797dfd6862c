"""`config rollback`."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from tenantry.configs.commands.address import CONFIGS, about, path_of
from tenantry.configs.commands.changing import Changed, show_changed
from tenantry.configs.commands.diff import ask_differences, show_differences
from tenantry.configs.commands.reading import Prefix
from tenantry.configs.commands.writing import IdempotencyKey, conditions
from tenantry.terminal import ExitCode, Terminal, command, stop_with

if TYPE_CHECKING:
    from tenantry.terminal.http import Answer

_MOST_DIGITS = 18


class _ChangedSchema(msgspec.Struct):
    op: str
    name: str | None = None
    prefix: str | None = None

    @property
    def row(self) -> tuple[str, str, str]:
        """Its line of the table."""
        return f"{self.op} schema", f"{self.prefix}*" if self.name is None else self.name, ""


class _Unrestored(msgspec.Struct):
    name: str
    reason: str


class _Report(msgspec.Struct):
    changes: list[Changed]
    schemas: list[_ChangedSchema]
    not_restored: list[_Unrestored]


def add_rollback(config: typer.Typer) -> None:
    """Add `config rollback`."""
    command(config, "rollback")(_rollback)


def _rollback(
    terminal: Terminal,
    name: Annotated[
        str | None,
        typer.Argument(help="Name of one setting; or all, with --to.", show_default=False),
    ] = None,
    version: Annotated[
        int | None,
        typer.Argument(help="The version to restore it as.", min=1, show_default=False),
    ] = None,
    *,
    to: Annotated[
        str | None,
        typer.Option(
            help="Restore all as at a timestamp with an offset, or a position of the log.",
            metavar="TIME",
            show_default=False,
        ),
    ] = None,
    prefix: Prefix = "",
    expected_position: Annotated[
        int | None,
        typer.Option(
            help="With --to: only where nothing of it has changed behind this position.",
            min=0,
            metavar="POSITION",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="With --to: only say what would change; exit with 2 where anything would.",
        ),
    ] = False,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Restore one setting, or all of them, as they were, by a new change.

    Only what is the tenant's own is restored, its schemas too; all of it, or nothing. History is
    never rewritten, so a rollback can be rolled back.
    """
    headers = conditions(None, idempotency_key)
    if to is None:
        if prefix or expected_position is not None or dry_run:
            raise typer.BadParameter("--prefix, --expected-position and --dry-run go with --to")
        answer = _restore_one(terminal, name, version, headers)
    elif name is not None:
        raise typer.BadParameter("give NAME and VERSION, or --to; one of them")
    elif dry_run:
        if expected_position is not None:
            raise typer.BadParameter("--dry-run and --expected-position exclude each other")
        _show_plan(terminal, to, prefix)
        return
    else:
        answer = _restore_all(terminal, _body(to, prefix, expected_position), headers)
    _tell(terminal, answer)


def _restore_one(
    terminal: Terminal, name: str | None, version: int | None, headers: dict[str, str]
) -> "Answer":
    if name is None or version is None:
        raise typer.BadParameter("give NAME and VERSION, or --to; one of them")
    body = msgspec.json.encode({"version": version})
    with terminal.http() as http, about(name):
        return http.send("POST", path_of(name, "rollback"), body=body, headers=headers)


def _restore_all(terminal: Terminal, body: bytes, headers: dict[str, str]) -> "Answer":
    with terminal.http() as http:
        return http.send("POST", f"{CONFIGS}/rollback", body=body, headers=headers)


def _body(to: str, prefix: str, expected_position: int | None) -> bytes:
    is_position = to.isascii() and to.isdigit() and len(to) <= _MOST_DIGITS
    body: dict[str, Any] = {"to": int(to) if is_position else to}
    if prefix:
        body["prefix"] = prefix
    if expected_position is not None:
        body["expected_position"] = expected_position
    return msgspec.json.encode(body)


def _show_plan(terminal: Terminal, to: str, prefix: str) -> None:
    with terminal.http() as http:
        since, present = ask_differences(http, start=to, end=None, prefix=prefix, own=True)

    show_differences(terminal.output, [difference.reversed() for difference in since])
    if since:
        terminal.output.message(
            f"{len(since)} to restore; --expected-position {present} refuses where this has changed"
        )
        raise stop_with(ExitCode.CHANGES_PENDING)


def _tell(terminal: Terminal, answer: "Answer") -> None:
    output = terminal.output
    report = answer.decode(_Report)
    rows = [changed.row for changed in report.changes]
    rows += [changed.row for changed in report.schemas]
    if output.wants_document:
        output.document(msgspec.Raw(answer.body))
    elif rows:
        show_changed(output, rows)
    else:
        output.line("nothing to restore")

    for lost in report.not_restored:
        output.message(f"warning: {lost.name} is not restored: {lost.reason}")
