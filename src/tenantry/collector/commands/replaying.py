"""`collector replay`: events from a file, stored as if they had come from a host."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from tenantry.base.errors import Invalid
from tenantry.collector.commands.address import path_of
from tenantry.collector.commands.standing import show_figures
from tenantry.collector.model import Figures
from tenantry.collector.remote.packed import BROKEN, broken, unpacked
from tenantry.collector.rules import added
from tenantry.terminal import Progress, Terminal, command

PART_BYTES: Final = 4 * 1024 * 1024
"""So much is sent at a time, and stored before more is."""
_HEADERS: Final = {"Content-Type": "application/x-ndjson"}


def add_replaying(collector: typer.Typer) -> None:
    """Add the command."""
    command(collector, "replay", shows=("tenant",))(_replay)


def _replay(
    terminal: Terminal,
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines of either wire, packed with gzip or zstd or not; - is standard input.",
            metavar="FILE",
            show_default=False,
            allow_dash=True,
        ),
    ],
) -> None:
    """Store the events of a file; what is stored already stays as it is."""
    total = Figures()
    with (
        ExitStack() as stack,
        terminal.http() as http,
        Progress(label="events") as progress,
    ):
        for part in _parts(_opened(terminal, file, stack)):
            answer = http.send("POST", path_of("replay"), body=part, headers=_HEADERS)
            total = added(total, answer.data(Figures))
            progress.update(total.events + total.dead_letters, None)

    if terminal.output.wants_document:
        terminal.output.document(total)
        return
    show_figures(terminal, total)


def _opened(terminal: Terminal, file: Path, stack: ExitStack) -> BinaryIO:
    if str(file) == "-":
        return stack.enter_context(unpacked(sys.stdin.buffer))
    try:
        opened = stack.enter_context(terminal.path(file).open("rb"))
    except OSError as error:
        raise Invalid(field="FILE", got=f"{file} ({error.strerror})", wants="a file") from error
    return stack.enter_context(unpacked(opened))


def _parts(lines: BinaryIO) -> Iterator[bytes]:
    """Yield whole lines, as many at a time as are sent."""
    part = bytearray()
    try:
        for line in lines:
            if part and len(part) + len(line) > PART_BYTES:
                yield bytes(part)
                part.clear()
            part += line
    except BROKEN as error:
        raise broken(error) from error
    if part:
        yield bytes(part)
