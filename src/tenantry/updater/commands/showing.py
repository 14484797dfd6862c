"""Schedules in words: what each means, what it comes to, and what is not as it seems."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from tenantry.terminal import Line, Piece, Terminal
from tenantry.terminal.table import table_width
from tenantry.updater.model import Explained, ScheduleView

SHOWN_RUNS = 10
"""So many next runs are shown where a schedule is not what was asked about."""
_RUNS_IN_LINE = 2


def show_schedules(
    terminal: Terminal, schedules: Mapping[str, ScheduleView], *, runs: int = SHOWN_RUNS
) -> None:
    """Print every schedule by its key, with its next `runs` runs and all its warnings."""
    for key, view in schedules.items():
        terminal.output.lines([(Piece(key, "bold"), Piece(_standing(view)))])
        show_explained(terminal, view.explanation, runs=runs)


def show_explained(terminal: Terminal, explained: Explained, *, runs: int) -> None:
    """Print what an expression means, with its next `runs` runs and all its warnings."""
    terminal.output.lines(_lines(explained, runs))


def show_given(terminal: Terminal, value: object, *, path: str = "") -> None:
    """Print values by the paths that `updater config PATH=VALUE` takes."""
    for name, shown in flattened(value, path):
        terminal.output.line(f"{name} = {shown}")


def flattened(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each value in a tree of objects."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from flattened(inner, f"{path}.{key}" if path else key)
        return
    yield path, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def wrapped(text: str, *, style: str = "", indent: str = "  ") -> Iterable[Line]:
    """Return a text as lines that fit the terminal."""
    lines = textwrap.wrap(
        text,
        width=table_width(),
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
    )
    return [(Piece(line, style),) for line in lines]


def _standing(view: ScheduleView) -> str:
    if not view.is_enabled:
        return ", disabled"
    return ", paused" if view.is_paused else ""


def _lines(explained: Explained, runs: int) -> Iterator[Line]:
    yield (Piece(f"  {explained.expression}", "cyan"), Piece(f"  ({explained.timezone})"))
    yield from wrapped(explained.description)
    yield from wrapped(
        f"{explained.runs_per_week:,g} runs a week, "
        f"about {explained.estimated_rows_per_day:,g} rows a day"
    )
    shown = explained.next_runs[:runs]
    for number in range(0, len(shown), _RUNS_IN_LINE):
        line = "  ".join(shown[number : number + _RUNS_IN_LINE])
        yield (Piece("        " if number else "  next  ", "dim"), Piece(line))
    for warning in explained.warnings:
        yield from wrapped(f"warning: {warning.message} ({warning.code})", style="yellow")
