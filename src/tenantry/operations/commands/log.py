"""`log …`: whether the event log is as it was recorded, and where it ends."""

from typing import Annotated, Any

import msgspec
import typer

from tenantry.base.errors import Unavailable
from tenantry.terminal import ExitCode, Progress, Terminal, command, group, show, stop_with


class _Fault(msgspec.Struct):
    position: int
    problem: str


class _Report(msgspec.Struct):
    events_checked: int
    head_position: int
    head_hash: str
    fault: _Fault | None


class _Step(msgspec.Struct):
    progress: dict[str, int] | None = None
    report: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    error: dict[str, Any] | None = None


def add_log(app: typer.Typer) -> None:
    """Add the group."""
    log = group("log", help="Verify the event log, and say where it ends.")
    command(log, "verify")(_verify)
    command(log, "head")(_head)
    app.add_typer(log)


def _verify(
    terminal: Terminal,
    *,
    expect: Annotated[
        str | None,
        typer.Option(
            help="What `log head` said once: finds a log cut off or rewritten as a whole.",
            metavar="POSITION:HASH",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check every event of the log against the one before it, and the log against its head.

    Exits with 1 and names the first bad position where it is not as it was recorded.
    """
    with terminal.http() as http, Progress(label="events") as progress:
        request = http.stream(
            "POST",
            "/api/log/verify",
            body=msgspec.json.encode({"expect": expect}),
            headers={"Accept": "application/x-ndjson"},
        )
        with request as answer:
            found = msgspec.Raw()
            for line in answer.lines():
                step = msgspec.json.decode(line, type=_Step)
                if step.error is not None:
                    raise Unavailable(step.error["message"], code=step.error["code"])
                if step.progress is not None:
                    progress.update(step.progress["done"], step.progress["total"])
                if step.report is not msgspec.UNSET:
                    found = step.report

    if not bytes(found):
        raise Unavailable("the verification broke off", code="unreachable")
    _tell_report(terminal, found)


def _head(terminal: Terminal) -> None:
    """Print where the log ends; keep `expect` elsewhere, for a later verification."""
    with terminal.http() as http:
        head = http.send("GET", "/api/log/head").data(dict[str, Any])
    show(terminal, head)


def _tell_report(terminal: Terminal, found: msgspec.Raw) -> None:
    report = msgspec.json.decode(found, type=_Report)
    if terminal.output.wants_document:
        terminal.output.document(found)
    elif report.fault is None:
        end = f"{report.head_position}:{report.head_hash}"
        terminal.output.line(f"the log is intact: {report.events_checked} events, up to {end}")

    if report.fault is not None:
        message = f"position {report.fault.position}: {report.fault.problem}"
        terminal.output.error(message, code="log_damaged")
        raise stop_with(ExitCode.ERROR)
