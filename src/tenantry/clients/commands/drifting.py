"""`clients drift`: what has become of clients beside their files, and what to do about it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from tenantry.clients.commands.address import (
    CLIENTS,
    AllowPublic,
    Force,
    Full,
    PathsOrKeys,
    Reason,
    encoded,
    given,
    path_of,
)
from tenantry.clients.commands.applying import tell_results
from tenantry.clients.commands.batches import Sent, send_all
from tenantry.clients.commands.checking import split
from tenantry.clients.commands.drift_lines import lines_of_drift
from tenantry.clients.commands.planning import tell_failed
from tenantry.clients.commands.refusals import told_by_client
from tenantry.clients.commands.source import Declared, load, tell_unread
from tenantry.clients.commands.writing import Form, print_configs, write_configs
from tenantry.clients.model import Drift, ExportedClient
from tenantry.terminal import ExitCode, Terminal, command, stop_with

if TYPE_CHECKING:
    from tenantry.terminal.http import Answer, Http


class _Drifts(msgspec.Struct):
    clients: list[Drift]


class _Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A client that has drifted: with a declaration where a file was named."""

    key: str
    declared: Declared | None = None


def add_drift(clients: typer.Typer) -> None:
    """Add `clients drift`."""
    command(clients, "drift", shows=("tenant",))(_drift)


def _drift(
    terminal: Terminal,
    what: PathsOrKeys,
    *,
    revert: Annotated[
        bool, typer.Option("--revert", help="Make it again what the file says.")
    ] = False,
    adopt: Annotated[
        bool,
        typer.Option("--adopt", help="Write a file that says what is, and change nothing else."),
    ] = False,
    field: Annotated[
        list[str] | None,
        typer.Option(
            help="With --revert or --adopt: only what the drift has at this path; may be repeated.",
            metavar="PATH",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="With --adopt: folder to write to; else standard output.",
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
    form: Form = "yaml",
    full: Full = False,
    force: Force = False,
    allow_public: AllowPublic = False,
    reason: Reason = None,
) -> None:
    """Print what is not as a client's file had it when it was applied last, and who changed it.

    With a file in the place of a key it compares with what that says now too. It exits with 2 where
    something has drifted.
    """
    _check_options(revert=revert, adopt=adopt, out=out, fields=field)
    how = given(force=force, allow_public=allow_public, reason=reason)
    with told_by_client(terminal), terminal.http() as http:
        subjects, drifts, has_failed = _ask(terminal, http, what)
        answers = list["Answer"]()
        if revert or adopt:
            asked = {"how": "revert" if revert else "adopt", **given(fields=field), **how}
            drifted = {drift.key for drift in drifts if not drift.is_empty}
            answers = [
                _resolve(http, subject, asked) for subject in subjects if subject.key in drifted
            ]

    if (revert or adopt) and not answers and not terminal.output.wants_document:
        _tell_nothing(terminal, has_failed=has_failed)
    elif revert:
        results = [answer.data(msgspec.Raw) for answer in answers]
        has_failed = tell_results(terminal, results) or has_failed
    elif adopt:
        adopted = [answer.data(ExportedClient) for answer in answers]
        if out is None:
            print_configs(terminal, adopted, form)
        else:
            write_configs(terminal, adopted, out, form)
    else:
        _tell(terminal, drifts, is_full=full, has_failed=has_failed)
    if has_failed:
        raise stop_with(ExitCode.ERROR)
    if not (revert or adopt) and not all(drift.is_empty for drift in drifts):
        raise stop_with(ExitCode.CHANGES_PENDING)


def _check_options(
    *, revert: bool, adopt: bool, out: Path | None, fields: Sequence[str] | None
) -> None:
    if revert and adopt:
        raise typer.BadParameter("--revert and --adopt exclude each other")
    if out is not None and not adopt:
        raise typer.BadParameter("--out goes with --adopt")
    if fields and not (revert or adopt):
        raise typer.BadParameter("--field goes with --revert or --adopt")


def _ask(
    terminal: Terminal, http: "Http", what: Sequence[str]
) -> tuple[list[_Subject], list[Drift], bool]:
    """Return which clients are meant, the drift of each, and whether any could not be looked at."""
    paths, keys = split(terminal, what)
    declared, unread = load(terminal, paths) if paths else ([], [])
    sent = Sent()
    send_all(http, f"{CLIENTS}/drift", declared, sent=sent, tell=lambda _: None, source="file")
    tell_failed(terminal, sent)
    tell_unread(terminal, unread)

    drifts = [http.send("GET", path_of(key, "drift")).data(Drift) for key in keys]
    drifts += [drift for answer in sent.answers for drift in answer.data(_Drifts).clients]
    subjects = [_Subject(key=key.lower()) for key in keys]
    subjects += [_Subject(key=each.key, declared=each) for each in declared]
    return subjects, drifts, bool(sent.failed or unread)


def _resolve(http: "Http", subject: _Subject, asked: Mapping[str, Any]) -> "Answer":
    body = {"key": subject.key, **asked}
    if subject.declared is not None:
        body |= {"config": subject.declared.raw, "variables": subject.declared.variables}
    return http.send("POST", f"{CLIENTS}/drift/resolve", body=encoded(body))


def _tell_nothing(terminal: Terminal, *, has_failed: bool) -> None:
    """Say that nothing has drifted, unless there is something that could not be looked at."""
    if not has_failed:
        terminal.output.line("nothing has drifted")


def _tell(terminal: Terminal, drifts: Sequence[Drift], *, is_full: bool, has_failed: bool) -> None:
    if terminal.output.wants_document:
        terminal.output.document({"clients": drifts})
        return
    if all(drift.is_empty for drift in drifts):
        _tell_nothing(terminal, has_failed=has_failed)
        return
    for drift in drifts:
        lines = lines_of_drift(drift, is_full=is_full)
        terminal.output.lines(lines, is_cut=not is_full)
