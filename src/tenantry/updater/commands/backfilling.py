"""`updater backfill`: a history, as if updaters had run all along."""

import time
from collections.abc import Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from tenantry.terminal import Progress, Terminal, command
from tenantry.updater.commands.address import path_of, second_of, tell_nobody_runs_them
from tenantry.updater.model import BackfillView, MetricsView

if TYPE_CHECKING:
    from tenantry.terminal.http import Answer, Http

# A year takes two seconds, and who waits for it is told when it is there. A principal may ask a
# hundred times a minute, and may have something else to ask as well.
_FIRST_PAUSE_SECONDS: Final = 0.2
_FIRST_PAUSES: Final = 20
_LONGEST_PAUSE_SECONDS: Final = 1.5
_STANDSTILL_SECONDS: Final = 30.0


def add_backfilling(updater: typer.Typer) -> None:
    """Add the command."""
    command(updater, "backfill", shows=("tenant",))(_backfill)


def _backfill(
    terminal: Terminal,
    *,
    days: Annotated[
        int, typer.Option(help="How far back it goes.", metavar="N", show_default=False)
    ],
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Leave it to the server, and return at once.")
    ] = False,
) -> None:
    """Give a tenant a history, as if its updaters had run for so many days.

    It is for a tenant in which nothing has run yet. Ctrl-C leaves it to the server.
    """
    with terminal.http() as http:
        body = msgspec.json.encode({"days": days})
        answer = http.send("POST", path_of("backfill"), body=body)
        since = second_of(answer.data(BackfillView).since)
        told = f"a history of {days} days since {since}"
        if no_wait:
            told = f"{told} is being made"
        else:
            answer = _followed(terminal, http, days)
            told = f"{told} is there: {_figures(http)}"

    if no_wait and http.is_in_process:
        tell_nobody_runs_them(terminal)
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    terminal.output.line(told)


def _followed(terminal: Terminal, http: "Http", days: int) -> "Answer":
    """Return the last answer, once everything has run; show meanwhile how far that is."""
    last, moved_at = -1.0, time.monotonic()
    with Progress(label="days of history") as shown:
        for pause in _pauses():
            answer = http.send("GET", path_of("backfill"))
            found = answer.data(BackfillView)
            shown.update(round(found.progress * days), days)
            if found.is_done:
                return answer
            if found.progress != last:
                last, moved_at = found.progress, time.monotonic()
            elif time.monotonic() - moved_at > _STANDSTILL_SECONDS:
                moved_at = time.monotonic()
                terminal.output.message(
                    "it does not move on: does a server with the role `worker` run?"
                )
            time.sleep(pause)
    raise AssertionError("unreachable: pauses have no end")


def _figures(http: "Http") -> str:
    metrics = http.send("GET", path_of("metrics")).data(MetricsView).updater_metrics
    runs = sum(each.total_executions for each in metrics)
    failed = sum(each.failed_executions for each in metrics)
    return f"{runs:,} runs, {failed:,} of them failed"


def _pauses() -> Iterator[float]:
    yield from repeat(_FIRST_PAUSE_SECONDS, _FIRST_PAUSES)
    pause = _FIRST_PAUSE_SECONDS
    while True:
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
        yield pause
