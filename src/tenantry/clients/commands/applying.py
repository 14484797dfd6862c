"""`clients apply`: what files or a saved plan say, done."""

from collections.abc import Sequence
from typing import Any

import msgspec
import typer

from tenantry.clients.commands.address import (
    CLIENTS,
    AllowPublic,
    ContinueOnError,
    Force,
    Paths,
    Reason,
    encoded,
    given,
)
from tenantry.clients.commands.answers import Outcome, described, document_of
from tenantry.clients.commands.batches import Sent, send_all
from tenantry.clients.commands.planning import outcomes_of, tell_failed
from tenantry.clients.commands.refusals import told_by_client
from tenantry.clients.commands.saved import read_saved
from tenantry.clients.commands.source import Unread, load, tell_unread
from tenantry.clients.commands.trouble_lines import error_text
from tenantry.clients.model import UpsertResult
from tenantry.terminal import ExitCode, Progress, Terminal, command, stop_with


class _Results(msgspec.Struct):
    clients: list[msgspec.Raw]


def add_apply(clients: typer.Typer) -> None:
    """Add `clients apply`."""
    command(clients, "apply", shows=("tenant",))(_apply)


def _apply(
    terminal: Terminal,
    paths: Paths,
    *,
    force: Force = False,
    allow_public: AllowPublic = False,
    continue_on_error: ContinueOnError = False,
    reason: Reason = None,
) -> None:
    """Make clients what their files say, each as a whole or not at all.

    One that fails stops no other; it exits with 1 then. In the place of files it takes one plan
    that `clients plan --out` has saved: that is applied exactly as it is, and refused where
    somebody has applied something else since.
    """
    how = given(force=force, allow_public=allow_public, reason=reason)
    sent, unread = Sent(), list[Unread]()
    plans = read_saved(terminal, paths)
    if plans is not None and continue_on_error:
        raise typer.BadParameter("--continue-on-error is for files: a plan says what it leaves out")
    try:
        if plans is not None:
            _apply_plans(terminal, plans, sent, how)
        else:
            more = {"source": "file", **given(continue_on_error=continue_on_error), **how}
            unread += _apply_files(terminal, paths, sent, more)
    finally:
        # Whatever has ended it: what was applied is applied, and somebody wants to know.
        has_failed = _tell(terminal, sent, unread)
    if has_failed:
        raise stop_with(ExitCode.ERROR)


def _apply_plans(
    terminal: Terminal, plans: Sequence[msgspec.Raw], sent: Sent, how: dict[str, Any]
) -> None:
    with told_by_client(terminal), terminal.http() as http, Progress(label="requests") as progress:
        for done, plan in enumerate(plans, 1):
            body = encoded({"plan": plan, **how})
            sent.answers.append(http.send("POST", f"{CLIENTS}/apply", body=body))
            progress.update(done, len(plans))


def _apply_files(
    terminal: Terminal, paths: Paths, sent: Sent, more: dict[str, Any]
) -> Sequence[Unread]:
    declared, unread = load(terminal, paths)
    if declared:
        with terminal.http() as http, Progress(label="clients") as progress:
            progress.update(0, len(declared))
            send_all(
                http,
                f"{CLIENTS}/apply",
                declared,
                sent=sent,
                tell=lambda done: progress.update(done, len(declared)),
                **more,
            )
    return unread


def _tell(terminal: Terminal, sent: Sent, unread: Sequence[Unread]) -> bool:
    """Print what was done and what was not; return whether anything has failed."""
    results = [one for answer in sent.answers for one in answer.data(_Results).clients]
    if not (results or sent.failed or unread):
        return False
    has_failed = tell_results(terminal, results, others=outcomes_of(sent, unread))
    tell_failed(terminal, sent)
    tell_unread(terminal, unread)
    return has_failed or bool(sent.failed or unread)


def tell_results(
    terminal: Terminal, results: Sequence[msgspec.Raw], *, others: Sequence[Outcome] = ()
) -> bool:
    """Print what has become of clients, and return whether anything of it has failed.

    `others` are those of which nothing has become, for programs.
    """
    applied = [msgspec.json.decode(one, type=UpsertResult) for one in results]
    if terminal.output.wants_document:
        terminal.output.document({"clients": [*map(document_of, results), *others]})
    else:
        _show(terminal, applied, is_all=not others)
    return tell_errors(terminal, applied)


def tell_errors(terminal: Terminal, applied: Sequence[UpsertResult]) -> bool:
    """Tell what was not done of clients; return whether there is any of that."""
    for each in applied:
        for error in each.errors:
            terminal.output.message(f"error: {each.key}: {error_text(error)}")
        for warning in each.warnings:
            terminal.output.message(f"warning: {each.key}: {warning}")
    return any(each.errors for each in applied)


def _show(terminal: Terminal, applied: Sequence[UpsertResult], *, is_all: bool) -> None:
    """Print a line for each client that is another now."""
    for each in applied:
        if each.changed:
            what = described(each.counts)
            told = f"{each.key}: revision {each.revision}"
            terminal.output.line(f"{told}: {what or 'no items changed'}")

    unchanged = sum(not (each.changed or each.errors) for each in applied)
    if is_all and unchanged == len(applied):
        terminal.output.line("nothing to do")
    elif unchanged:
        terminal.output.line(f"{unchanged} unchanged")
