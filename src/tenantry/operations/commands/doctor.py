"""`doctor`: what an installation lacks, and what to do about it."""

import asyncio
import contextlib
from collections.abc import Iterator

import typer

from tenantry.base.errors import Unavailable
from tenantry.operations.model import DoctorReport, Finding
from tenantry.settings import Settings, SettingsError
from tenantry.terminal import ExitCode, Terminal, command, stop_with


def add_doctor(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "doctor", shows=("server", "data", "database"))(_doctor)


def _doctor(terminal: Terminal) -> None:
    """Examine settings, database, services and machine, and say how to mend what is wrong.

    A server that runs examines itself. Exits with 1 where anything has failed.
    """
    report = _report(terminal)
    if terminal.output.wants_document:
        terminal.output.document(report)
    else:
        for line in _lines(report):
            terminal.output.line(line)
    if not report.ok:
        raise stop_with(ExitCode.ERROR)


def _report(terminal: Terminal) -> DoctorReport:
    from tenantry.operations.service import examine_without_settings

    if terminal.server is not None:
        return _report_of_server(terminal)
    try:
        settings = terminal.settings()
    except SettingsError as error:
        return examine_without_settings(error.problems)

    # To look for a server takes the lock of the directory, which would make the directory.
    return _report_of_server(terminal) if settings.data_dir.is_dir() else _report_alone(settings)


def _report_of_server(terminal: Terminal) -> DoctorReport:
    """Return what the server says of itself; where none runs, look while none can start."""
    with contextlib.ExitStack() as stack:
        http = None
        # A directory that cannot be locked is a finding, not the end.
        with contextlib.suppress(Unavailable):
            http = stack.enter_context(terminal.http_if_served())
        if http is None:
            return _report_alone(terminal.settings())
        return http.send("GET", "/api/doctor").data(DoctorReport)


def _report_alone(settings: Settings) -> DoctorReport:
    from tenantry.operations.service import examine

    return asyncio.run(examine(settings))


def _lines(report: DoctorReport) -> Iterator[str]:
    for finding in report.findings:
        yield from _lines_of(finding)
    yield ""
    yield from report.summary.lines


def _lines_of(finding: Finding) -> Iterator[str]:
    from tenantry.operations.rules import MARKS

    first, *others = finding.message.splitlines() or [""]
    yield f"{MARKS[finding.status]} {finding.component}: {first}"
    yield from (f"   {line}" for line in others)
    if finding.remedy is not None:
        yield f"   {finding.remedy}"
