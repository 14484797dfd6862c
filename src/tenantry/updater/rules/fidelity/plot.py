"""The report as a picture: one SVG that needs nothing else, and is the same for the same report."""

import math
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from tenantry.updater.model import Ages, Concentration, Dwell, FidelityReport, Hours, Mix
from tenantry.updater.rules.fidelity.canvas import (
    BAD,
    DECLARED,
    INK,
    MUTED,
    OBSERVED,
    Canvas,
    Point,
)
from tenantry.updater.rules.fidelity.statistics import LEVELS, MIDDLE

_Panel: TypeAlias = tuple[float, Callable[[Canvas, Point], None]]
"""How high a panel is, and what draws it from its upper left corner."""

_COLUMNS: Final = 3
_WIDTH: Final = 380.0
_MARGIN: Final = 20.0
_GAP: Final = 24.0
_HEAD: Final = 64.0
_TITLE: Final = 22.0
_ROW: Final = 15.0
_LABEL: Final = 132.0
_BAR: Final = 190.0
_CURVE: Final = 110.0
_LONGEST: Final = 24
_MOST_REMARKS: Final = 12
_SHORTEST: Final = 0.01
"""Hours: shorter ones would stretch the axis."""


def draw_svg(report: FidelityReport) -> str:
    """Return the report as SVG: bars for what there is, marks for what was declared."""
    canvas = Canvas()
    height = _HEAD + _draw_remarks(canvas, report.remarks)
    columns = [height] * _COLUMNS
    for panel_height, draw in _panels(report):
        # Where there is most room, and from the left.
        column = columns.index(min(columns))
        draw(canvas, (_MARGIN + column * (_WIDTH + _GAP), columns[column]))
        columns[column] += panel_height + _GAP
    width = 2 * _MARGIN + _COLUMNS * _WIDTH + (_COLUMNS - 1) * _GAP
    _draw_head(canvas, report, width)
    return canvas.svg(width, max(columns) + _MARGIN, title="What the rows are like")


def _draw_head(canvas: Canvas, report: FidelityReport, width: float) -> None:
    canvas.text((_MARGIN, 28), "What the rows are like", size=17)
    canvas.text((_MARGIN, 47), f"{report.rows} rows", fill=MUTED)
    canvas.bar((width - 220, 38), 14, 9)
    canvas.text((width - 201, 47), "observed", fill=MUTED)
    canvas.line((width - 128, 38), (width - 128, 47), stroke=DECLARED, width=3)
    canvas.text((width - 119, 47), "declared", fill=MUTED)


def _draw_remarks(canvas: Canvas, remarks: Sequence[str]) -> float:
    shown = remarks[:_MOST_REMARKS]
    for place, remark in enumerate(shown):
        canvas.text((_MARGIN, _HEAD + 4 + place * _ROW), remark, fill=BAD)
    return len(shown) * _ROW + (_ROW if shown else 0)


def _panels(report: FidelityReport) -> list[_Panel]:
    panels = [_mix(mix) for mix in report.mixes if mix.count]
    panels += [_dwell(dwell) for dwell in report.dwells if dwell.count]
    panels.append(_hours(report.hours))
    panels += [_ages(ages) for ages in report.ages if ages.count]
    panels += [_concentration(found) for found in report.concentrations if found.count]
    return panels


def _mix(mix: Mix) -> _Panel:
    most = max(max(share.observed, share.declared or 0.0) for share in mix.shares) or 1.0

    def draw(canvas: Canvas, at: Point) -> None:
        _draw_title(canvas, at, f"{mix.name} ({mix.count})", mix.verdict)
        for place, share in enumerate(mix.shares):
            y = at[1] + _TITLE + place * _ROW
            _draw_bar(canvas, (at[0], y), share.option, share.observed / most)
            canvas.text((at[0] + _WIDTH, y + 9), f"{share.observed:.1%}", anchor="end")
            if share.declared is not None:
                x = at[0] + _LABEL + _BAR * share.declared / most
                canvas.line((x, y), (x, y + 11), stroke=DECLARED, width=3)

    return _TITLE + len(mix.shares) * _ROW, draw


def _dwell(dwell: Dwell) -> _Panel:
    logs = [math.log(max(value, _SHORTEST)) for value in (*dwell.observed, *dwell.declared)]
    low, high = min(logs), max(logs)
    span = (high - low) or 1.0

    def points(at: Point, values: Sequence[float]) -> list[Point]:
        return [
            (
                at[0] + _WIDTH * (math.log(max(value, _SHORTEST)) - low) / span,
                at[1] + _TITLE + _CURVE * (1 - level),
            )
            for value, level in zip(values, LEVELS, strict=True)
        ]

    def draw(canvas: Canvas, at: Point) -> None:
        _draw_title(canvas, at, f"{dwell.name} ({dwell.count})", dwell.verdict)
        bottom = at[1] + _TITLE + _CURVE
        canvas.line((at[0], bottom), (at[0] + _WIDTH, bottom))
        if dwell.declared:
            canvas.curve(points(at, dwell.declared), stroke=DECLARED, is_dashed=True)
        canvas.curve(points(at, dwell.observed), stroke=OBSERVED)
        canvas.text((at[0], bottom + 13), _hours_of(math.exp(low)), fill=MUTED, size=10)
        canvas.text(
            (at[0] + _WIDTH / 2, bottom + 13),
            f"median {_hours_of(dwell.observed[MIDDLE])}",
            fill=MUTED,
            size=10,
            anchor="middle",
        )
        canvas.text(
            (at[0] + _WIDTH, bottom + 13),
            _hours_of(math.exp(high)),
            fill=MUTED,
            size=10,
            anchor="end",
        )

    return _TITLE + _CURVE + 16, draw


def _hours(hours: Sequence[Hours]) -> _Panel:
    def draw(canvas: Canvas, at: Point) -> None:
        _draw_title(canvas, at, "In business hours", "")
        for place, one in enumerate(hours):
            y = at[1] + _TITLE + place * _ROW
            _draw_bar(canvas, (at[0], y), one.name, one.observed)
            canvas.text((at[0] + _WIDTH, y + 9), f"{one.observed:.1%}", anchor="end")

    return _TITLE + len(hours) * _ROW, draw


def _ages(ages: Ages) -> _Panel:
    most = max(ages.counts) or 1

    def draw(canvas: Canvas, at: Point) -> None:
        _draw_title(canvas, at, f"{ages.name} by age ({ages.count})", "")
        for place, (label, count) in enumerate(zip(ages.labels, ages.counts, strict=True)):
            y = at[1] + _TITLE + place * _ROW
            _draw_bar(canvas, (at[0], y), label, count / most)
            canvas.text((at[0] + _WIDTH, y + 9), str(count), anchor="end")

    return _TITLE + len(ages.labels) * _ROW, draw


def _concentration(found: Concentration) -> _Panel:
    most = max(found.counts)
    width = _WIDTH / len(found.counts)

    def draw(canvas: Canvas, at: Point) -> None:
        _draw_title(canvas, at, f"{found.name} ({found.count} of {found.of})", "")
        bottom = at[1] + _TITLE + _CURVE / 2
        for place, count in enumerate(found.counts):
            height = _CURVE / 2 * count / most
            canvas.bar((at[0] + place * width, bottom - height), width - 2, height)
        canvas.line((at[0], bottom), (at[0] + _WIDTH, bottom))

    return _TITLE + _CURVE / 2 + 4, draw


def _draw_title(canvas: Canvas, at: Point, title: str, verdict: str) -> None:
    canvas.text((at[0], at[1] + 10), title, size=12)
    words = "" if verdict == "not_tested" else verdict.replace("_", " ")
    fill = BAD if verdict == "differs" else MUTED
    canvas.text((at[0] + _WIDTH, at[1] + 10), words, fill=fill, anchor="end")


def _draw_bar(canvas: Canvas, at: Point, label: str, share: float) -> None:
    shown = label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
    canvas.text((at[0], at[1] + 9), shown, fill=INK)
    canvas.bar((at[0] + _LABEL, at[1] + 1), _BAR * share, 9)


def _hours_of(value: float) -> str:
    return f"{value:.{2 if value < 1 else 0}f} h"
