"""Figures for people, a table for each suite, and for programs; and what the machine was."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from bench.figure import Figure, Series
from bench.machine import Machine

_HEADING = ("", "ours", "peer", "ratio", "aim", "")


def render(machine: Machine, figures: Sequence[Figure]) -> str:
    """Return the report of a run."""
    lines = [*_machine_lines(machine)]
    for suite, group in groupby(figures, key=lambda figure: figure.suite):
        lines += ["", f"{suite}: median (least to most of the rounds)", *_table(list(group))]
    return "\n".join(lines)


def as_json(machine: Machine, figures: Sequence[Figure]) -> str:
    """Return the same as one JSON document, with every round."""
    document = {"machine": machine, "figures": [_as_document(figure) for figure in figures]}
    return msgspec.json.format(msgspec.json.encode(document)).decode()


def _as_document(figure: Figure) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(figure),
        "our_median": figure.ours.median,
        "their_median": figure.theirs.median if figure.theirs else None,
        "ratio": figure.ratio,
        "is_met": figure.is_met,
    }


def _machine_lines(machine: Machine) -> Iterator[str]:
    load = " ".join(f"{value:.2f}" for value in machine.load_average)
    yield f"{machine.cpu_count} CPUs, load average {load}, {machine.system}"
    yield f"4 KiB are durable on this disk after {machine.sync_milliseconds:.2f} ms"
    yield ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    if machine.is_busy:
        yield "THE MACHINE IS BUSY: read the ratios, and not even those too closely"


def _table(figures: list[Figure]) -> list[str]:
    rows = [_HEADING, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADING))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _row(figure: Figure) -> tuple[str, ...]:
    verdict = {None: "", True: "met", False: "MISSED"}[figure.is_met]
    return (
        f"{figure.name}, {figure.unit}",
        _shown(figure.ours),
        f"{_shown(figure.theirs)} {figure.peer}" if figure.theirs else "",
        f"{_number(figure.ratio)}x" if figure.ratio is not None else "",
        _aim(figure),
        verdict,
    )


def _aim(figure: Figure) -> str:
    if figure.aim_most is not None:
        return f"≤ {_number(figure.aim_most)} {figure.unit}"
    if figure.aim_least is not None:
        return f"≥ {_number(figure.aim_least)} {figure.unit}"
    return f"≥ {_number(figure.aim_ratio)}x" if figure.aim_ratio is not None else ""


def _shown(series: Series) -> str:
    if len(series.values) == 1:
        return _number(series.median)
    return f"{_number(series.median)} ({_number(series.low)} to {_number(series.high)})"


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
