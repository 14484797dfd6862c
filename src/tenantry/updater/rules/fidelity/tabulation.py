"""The report as tables, for whoever shows it as text."""

from collections.abc import Iterable
from typing import Final

from tenantry.updater.model import Concentration, Dwell, FidelityReport, FidelityTable, Hours, Mix
from tenantry.updater.rules.fidelity.statistics import LOWER, MIDDLE, UPPER

_NOTHING: Final = "-"


def tabulate(report: FidelityReport) -> tuple[FidelityTable, ...]:
    """Return the report as tables, in the order in which they are to be read."""
    return (
        *(_mix(mix) for mix in report.mixes if mix.count),
        _dwells(report.dwells),
        _hours(report.hours),
        *(
            FidelityTable(
                title=ages.name,
                columns=("Age", "Count"),
                rows=tuple(
                    (label, str(count))
                    for label, count in zip(ages.labels, ages.counts, strict=True)
                ),
            )
            for ages in report.ages
        ),
        _concentrations(report.concentrations),
        FidelityTable(
            title="Leads decided",
            columns=("Leads", "Won", "Lost", "Open", "Won of all", "Declared", "Verdict"),
            rows=(
                (
                    str(report.conversion.count),
                    str(report.conversion.won),
                    str(report.conversion.lost),
                    str(report.conversion.open),
                    _percent(report.conversion.observed),
                    _percent(report.conversion.declared),
                    _words(report.conversion.verdict),
                ),
            ),
        ),
    )


def _mix(mix: Mix) -> FidelityTable:
    title = f"{mix.name}: {mix.count}, {_words(mix.verdict)}"
    if mix.chi_square is not None and mix.p_value is not None:
        title += f" (chi-square {mix.chi_square:.1f}, degrees {mix.degrees}, p {mix.p_value:.3f})"
    return FidelityTable(
        title=title,
        columns=("Option", "Count", "Observed", "Declared"),
        rows=tuple(
            (share.option, str(share.count), _percent(share.observed), _percent(share.declared))
            for share in mix.shares
        ),
    )


def _dwells(dwells: Iterable[Dwell]) -> FidelityTable:
    return FidelityTable(
        title="Durations in business hours",
        columns=("What", "Count", "Quarter", "Median", "Three quarters", "Declared", "Verdict"),
        rows=tuple(
            (
                dwell.name,
                str(dwell.count),
                *_quartiles(dwell.observed),
                " / ".join(_quartiles(dwell.declared)),
                _words(dwell.verdict),
            )
            for dwell in dwells
        ),
    )


def _hours(hours: Iterable[Hours]) -> FidelityTable:
    return FidelityTable(
        title="Business hours",
        columns=("What", "Count", "In business hours"),
        rows=tuple((one.name, str(one.count), _percent(one.observed)) for one in hours),
    )


def _concentrations(found: Iterable[Concentration]) -> FidelityTable:
    return FidelityTable(
        title="On how few it falls",
        columns=("What", "Count", "Of", "The first", "The first fifth", "Zipf exponent"),
        rows=tuple(
            (
                one.name,
                str(one.count),
                str(one.of),
                _percent(one.largest),
                _percent(one.top_fifth),
                _NOTHING if one.exponent is None else f"{one.exponent:.2f}",
            )
            for one in found
        ),
    )


def _quartiles(values: tuple[float, ...]) -> tuple[str, str, str]:
    if not values:
        return _NOTHING, _NOTHING, _NOTHING
    return f"{values[LOWER]:.1f}", f"{values[MIDDLE]:.1f}", f"{values[UPPER]:.1f}"


def _percent(share: float | None) -> str:
    return _NOTHING if share is None else f"{share:.1%}"


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")
