"""`collector status | stats | ledger | dead-letters | start | stop`: how collecting goes."""

import contextlib
import time
from typing import Annotated, Final

import msgspec
import typer

from tenantry.collector.commands.address import Limit, path_of, tell_rest
from tenantry.collector.model import CollectorStatus, DeadFrame, Figures, Gap, Ledger, Switch
from tenantry.collector.rules import instant_in_words, status_in_words
from tenantry.terminal import Column, LiveLines, Terminal, command, read_list, show_list

_FOLLOW_SECONDS: Final = 1.0


def add_standing(collector: typer.Typer) -> None:
    """Add the commands."""
    command(collector, "status", shows=("tenant",))(_status)
    command(collector, "stats", shows=("tenant",))(_stats)
    command(collector, "ledger", shows=("tenant",))(_ledger)
    command(collector, "dead-letters", shows=("tenant",))(_dead_letters)
    command(collector, "start", shows=("tenant",))(_start)
    command(collector, "stop", shows=("tenant",))(_stop)


def _status(
    terminal: Terminal,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Show it anew each second, until Ctrl-C.")
    ] = False,
) -> None:
    """Print whether the stream is collected, from where, and how far that is."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("status"))
        if terminal.output.wants_document:
            terminal.output.document(answer.data(msgspec.Raw))
            return
        if not follow:
            for line in status_in_words(answer.data(CollectorStatus)):
                terminal.output.line(line)
            return

        with contextlib.suppress(KeyboardInterrupt), LiveLines() as live:
            while True:
                live.update(status_in_words(answer.data(CollectorStatus)))
                time.sleep(_FOLLOW_SECONDS)
                answer = http.send("GET", path_of("status"))


def _stats(terminal: Terminal) -> None:
    """Print what came of all events so far."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("stats"))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    show_figures(terminal, answer.data(Figures))


def show_figures(terminal: Terminal, figures: Figures) -> None:
    """Print figures as a table, by collection."""
    columns = [
        Column("COLLECTION"),
        Column("EVENTS", is_number=True),
        Column("STORED", is_number=True),
        Column("DUPLICATES", is_number=True),
        Column("DELETES", is_number=True),
    ]
    rows = [
        (name, str(each.events), str(each.stored), str(each.duplicates), str(each.deletes))
        for name, each in sorted(figures.by_collection.items())
    ]
    total = (figures.events, figures.stored, figures.duplicates, figures.deletes)
    terminal.output.table(columns, [*rows, ("all", *map(str, total))])
    if figures.dead_letters:
        terminal.output.line(f"{figures.dead_letters} frames were no event")
    if figures.cursor is not None:
        terminal.output.line(f"until {instant_in_words(figures.cursor)}")


def _ledger(terminal: Terminal) -> None:
    """Print what is covered of the stream, and what is missing."""
    with terminal.http() as http:
        answer = http.send("GET", path_of("ledger"))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return

    ledger = answer.data(Ledger)
    if ledger.from_us is None or ledger.until_us is None:
        terminal.output.line("nothing is covered yet")
    else:
        missing = [gap for gap in ledger.gaps if gap.state in ("open", "lost")]
        but = f", but for {len(missing)} gaps" if missing else ""
        span = f"from {instant_in_words(ledger.from_us)} to {instant_in_words(ledger.until_us)}"
        terminal.output.line(f"complete {span}{but}")
    if ledger.gaps:
        columns = [
            Column("FROM"),
            Column("UNTIL"),
            Column("COLLECTION"),
            Column("HOST"),
            Column("BECAUSE"),
            Column("IS"),
        ]
        terminal.output.table(columns, map(_gap_row, ledger.gaps))


def _dead_letters(terminal: Terminal, *, limit: Limit = 20) -> None:
    """Print frames that were no event, the latest first; what they hold only with -o json."""
    with terminal.http() as http:
        page = read_list(http, path_of("dead-letters"), member="dead_letters", limit=limit)
    columns = [
        Column("ID", is_number=True),
        Column("AT"),
        Column("HOST"),
        Column("BECAUSE"),
        Column("BYTES", is_number=True),
    ]
    show_list(terminal, page, DeadFrame, columns, _dead_row)
    tell_rest(terminal, page.next_cursor)


def _start(terminal: Terminal) -> None:
    """Have the stream collected, by whichever server has the role `collector`."""
    _switch(terminal, "start")


def _stop(terminal: Terminal) -> None:
    """Have the stream collected no more; what has come is stored first."""
    _switch(terminal, "stop")


def _switch(terminal: Terminal, verb: str) -> None:
    with terminal.http() as http:
        answer = http.send("POST", path_of(verb))
        if terminal.output.wants_document:
            terminal.output.document(answer.data(msgspec.Raw))
            return
        is_on = answer.data(Switch).is_on
        status = http.send("GET", path_of("status")).data(CollectorStatus)
    terminal.output.line("collecting is wanted" if is_on else "collecting is not wanted any more")
    for note in status.notes:
        terminal.output.message(note)


def _gap_row(gap: Gap) -> tuple[str, ...]:
    state = gap.state if gap.closed_by is None else f"{gap.state} by {gap.closed_by}"
    return (
        instant_in_words(gap.from_us),
        instant_in_words(gap.until_us),
        gap.collection,
        gap.host,
        gap.reason.replace("_", " "),
        state,
    )


def _dead_row(frame: DeadFrame) -> tuple[str, ...]:
    return (
        str(frame.id),
        instant_in_words(frame.at),
        frame.host,
        frame.reason.replace("_", " "),
        str(frame.size),
    )
