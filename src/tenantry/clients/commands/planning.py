"""`clients plan`: what an apply would do, and nothing done."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tenantry.clients.commands.address import CLIENTS, ContinueOnError, Full, Paths, given
from tenantry.clients.commands.answers import Outcome, document_of, has_nothing
from tenantry.clients.commands.batches import Sent, send_all
from tenantry.clients.commands.plan_lines import lines_of_plan
from tenantry.clients.commands.saved import write_saved
from tenantry.clients.commands.source import Declared, Unread, load, tell_unread
from tenantry.clients.model import PlannedClient
from tenantry.terminal import ExitCode, Progress, Terminal, command, stop_with


class _Plans(msgspec.Struct):
    clients: list[msgspec.Raw]
    plan_hash: str = ""
    saved: msgspec.Raw = msgspec.Raw(b"")


def add_plan(clients: typer.Typer) -> None:
    """Add `clients plan`."""
    command(clients, "plan", shows=("tenant",))(_plan)


def _plan(
    terminal: Terminal,
    paths: Paths,
    *,
    full: Full = False,
    continue_on_error: ContinueOnError = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Save the plan there: `clients apply FILE` does exactly that, or refuses.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print what an apply would do, client by client, and change nothing.

    First what is added, updated (the fields that change), moved and removed, then what each role
    gains and loses, ANON first, then what stands in the way and what the linter finds. It exits
    with 2 where anything would change, and with 1 where something cannot be planned.
    """
    declared, unread = load(terminal, paths)
    sent = Sent()
    more = given(source="file", continue_on_error=continue_on_error, save=out is not None)
    _ask(terminal, declared, sent, more)
    answers = [answer.data(_Plans) for answer in sent.answers]

    plans = [msgspec.json.decode(raw, type=PlannedClient) for one in answers for raw in one.clients]
    if terminal.output.wants_document:
        terminal.output.document(_document(answers, sent, unread))
    else:
        show_plans(terminal, plans, is_full=full, is_all=not (sent.failed or unread))
    tell_failed(terminal, sent)
    tell_unread(terminal, unread)
    if out is not None and answers:
        write_saved(terminal.path(out), [one.saved for one in answers])
        terminal.output.message(f"the plan is in {out}: `tenantry clients apply {out}` applies it")

    has_errors = bool(unread or sent.failed) or any(plan.errors for plan in plans)
    is_empty = all(map(has_nothing, plans))
    stop_for_plan(has_errors=has_errors, is_empty=is_empty)


def show_plans(
    terminal: Terminal, plans: Sequence[PlannedClient], *, is_full: bool, is_all: bool = True
) -> None:
    """Print plans for people, or that there is nothing to do, where these are all there are."""
    if plans and is_all and all(map(has_nothing, plans)):
        terminal.output.line("nothing to do")
        return

    for plan in plans:
        terminal.output.lines(lines_of_plan(plan, is_full=is_full), is_cut=not is_full)
    changed = sum(plan.changed for plan in plans)
    if len(plans) > 1:
        terminal.output.line(f"{changed} of {len(plans)} clients would change")


def stop_for_plan(*, has_errors: bool, is_empty: bool) -> None:
    """End with the exit code that a plan says: 1 for errors, 2 for changes, else on."""
    if has_errors:
        raise stop_with(ExitCode.ERROR)
    if not is_empty:
        raise stop_with(ExitCode.CHANGES_PENDING)


def tell_failed(terminal: Terminal, sent: Sent) -> None:
    """Tell of each client that was refused, and why."""
    for failed in sent.failed:
        terminal.output.message(f"error: {failed.refusal.key or failed.origin}: {failed.code}")
        for line in failed.refusal.lines(origin=failed.origin):
            terminal.output.message(f"  {line}")


def outcomes_of(sent: Sent, unread: Sequence[Unread]) -> list[Outcome]:
    """Return what became of clients that were refused, and of files that could not be read."""
    failed = [
        each.refusal.outcome(each.message, code=each.code, origin=each.origin)
        for each in sent.failed
    ]
    return failed + [Outcome(key=each.key, errors=each.errors) for each in unread]


def _ask(
    terminal: Terminal, declared: Sequence[Declared], sent: Sent, more: dict[str, Any]
) -> None:
    if not declared:
        return
    with terminal.http() as http, Progress(label="clients") as progress:
        send_all(
            http,
            f"{CLIENTS}/plan",
            declared,
            sent=sent,
            tell=lambda done: progress.update(done, len(declared)),
            **more,
        )


def _document(answers: Sequence[_Plans], sent: Sent, unread: Sequence[Unread]) -> dict[str, Any]:
    clients: list[Any] = [document_of(raw) for one in answers for raw in one.clients]
    document: dict[str, Any] = {"clients": clients + outcomes_of(sent, unread)}
    if len(answers) == 1:
        document["plan_hash"] = answers[0].plan_hash
    return document
