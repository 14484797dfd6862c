"""`updater status | metrics | health`: how updaters stand, and whether they do well."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
import typer

from tenantry.terminal import Column, ExitCode, Terminal, command, stop_with
from tenantry.updater.commands.address import path_of, second_of
from tenantry.updater.commands.showing import show_schedules
from tenantry.updater.model import (
    HealthView,
    MetricsView,
    StatusView,
    UpdaterMetricsView,
    UpdaterView,
)

if TYPE_CHECKING:
    from tenantry.terminal.http import Answer

_UNHEALTHY: Final = frozenset({503})


class _Answered(msgspec.Struct):
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def add_standing(updater: typer.Typer) -> None:
    """Add the commands."""
    command(updater, "status", shows=("tenant",))(_status)
    command(updater, "metrics", shows=("tenant",))(_metrics)
    command(updater, "health", shows=("tenant",))(_health)


def show_status(terminal: Terminal, status: StatusView) -> None:
    """Print how updaters stand, and what their schedules mean."""
    line = terminal.output.line
    line(f"{_whether(status)}: tenant {status.tenant_id}")
    if not status.is_sandbox:
        line("the tenant is no sandbox: nothing is written into it")
    if status.is_clock_behind:
        line("this node's clock is behind what has run already: nothing runs before it is past")
    if status.backfill is not None and not status.backfill.is_done:
        line(f"a history is being made: {status.backfill.progress:.0%}")
    if status.running:
        line(f"under way: {', '.join(status.running)}")

    columns = [Column("UPDATER"), Column("IS"), Column("LAST RUN"), Column("NEXT RUN")]
    terminal.output.table(columns, map(_row, status.updaters))
    show_schedules(terminal, {each.schedule_key: each.config for each in status.updaters})


def _status(terminal: Terminal) -> None:
    """Print how a tenant's updaters stand, when each runs next, and what its schedule means."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("status"))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    show_status(terminal, answer.data(StatusView))


def _metrics(terminal: Terminal) -> None:
    """Print what the runs of a tenant's updaters were like."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("metrics"))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return

    found = answer.data(MetricsView)
    system = found.system_metrics
    running = "running" if system.is_running else "not running"
    terminal.output.line(
        f"{running}, {system.enabled_updaters} of {system.total_updaters} enabled; "
        f"{system.rows_today} of at most {system.rows_per_day_limit} rows today"
    )
    columns = [
        Column("UPDATER"),
        Column("RUNS", is_number=True),
        Column("DONE", is_number=True),
        Column("FAILED", is_number=True),
        Column("MS", is_number=True),
        Column("LAST RUN"),
    ]
    terminal.output.table(columns, map(_figures, found.updater_metrics))
    for each in found.updater_metrics:
        if each.last_error is not None:
            terminal.output.line(f"{each.name}: {each.last_error}")


def _health(terminal: Terminal) -> None:
    """Ask whether a tenant's updaters do what they should; exit with 1 where nobody runs them."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("health"), accepts=_UNHEALTHY)
        if not _says_health(answer):
            # The server itself is unavailable, and it may pass.
            answer = http.send("GET", path_of("health"))

    found = answer.data(HealthView)
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
    else:
        running = "running" if found.updater_system_running else "not running"
        terminal.output.line(f"{found.status}: {running}, {found.total_updaters} updaters")
        for reason in found.reasons:
            terminal.output.line(f"  {reason}")
    if found.status == "unhealthy":
        raise stop_with(ExitCode.ERROR)


def _says_health(answer: "Answer") -> bool:
    return answer.decode(_Answered).data is not msgspec.UNSET


def _whether(status: StatusView) -> str:
    if not status.is_running:
        return "not running"
    by = f", started by {status.started_by}" if status.started_by else ""
    dry = ", and writing no row" if status.is_dry_run else ""
    return f"running since {second_of(status.started_at)}{by}{dry}"


def _row(updater: UpdaterView) -> Sequence[str]:
    standing = "paused" if updater.config.is_paused else "enabled"
    return (
        updater.name,
        standing if updater.is_enabled else "disabled",
        second_of(updater.last_execution, otherwise="never"),
        second_of(updater.next_execution),
    )


def _figures(metrics: UpdaterMetricsView) -> Sequence[str]:
    average = metrics.average_execution_time
    return (
        metrics.name,
        str(metrics.total_executions),
        str(metrics.successful_executions),
        str(metrics.failed_executions),
        "" if average is None else f"{average:.0f}",
        second_of(metrics.last_execution, otherwise="never"),
    )
