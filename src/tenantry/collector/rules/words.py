"""How collecting goes, in words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from tenantry.collector.model import CollectorStatus, Pulse

_MICROSECONDS: Final = 1_000_000


def instant_in_words(microseconds: int | None, *, otherwise: str = "") -> str:
    """Return µs since 1970 as people read them, to the second."""
    if microseconds is None:
        return otherwise
    at = datetime.fromtimestamp(microseconds // _MICROSECONDS, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def status_in_words(status: CollectorStatus) -> Iterator[str]:
    """Return how collecting goes, line by line, the first of them the shortest answer."""
    pulse, figures = status.pulse, status.figures
    if not status.is_wanted:
        yield "not wanted" + ("" if status.switched_by is None else f", by {status.switched_by}")
    elif pulse is None or not status.is_running:
        yield "wanted, and nobody collects"
    else:
        yield from _pulse_in_words(pulse)
    yield (
        f"  {figures.events:,} events: {figures.stored:,} stored, {figures.duplicates:,} "
        f"duplicates, {figures.deletes:,} deletes, {figures.dead_letters:,} dead letters"
    )
    yield f"  stored until {instant_in_words(figures.cursor, otherwise='nothing yet')}"
    if status.open_gaps:
        yield f"  {status.open_gaps} gaps: `tenantry collector ledger` tells of them"
    yield from (f"  {note}" for note in status.notes)


def _pulse_in_words(pulse: Pulse) -> Iterator[str]:
    where = "" if pulse.host is None else f" {pulse.host}"
    wire = "" if pulse.wire is None else f" ({pulse.wire})"
    yield f"{pulse.connection}{where}{wire}"
    lag = "no lag known"
    if pulse.lag_seconds is not None:
        lag = f"{max(pulse.lag_seconds, 0):,.1f} s behind"
    yield f"  {pulse.events_per_second:,.0f} events/s, {pulse.queued:,} waiting, {lag}"
    if pulse.error is not None:
        yield f"  {pulse.error}"
