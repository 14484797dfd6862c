"""What the collector's process says of itself becomes metrics, with labels of a bounded set."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tenantry.base import SystemClock
from tenantry.collector import Pulse, PulseWatch
from tenantry.collector.model import PulseCounts
from tenantry.collector.rules import counted, news
from tenantry.telemetry import Metrics, emit, observe_spans

LIKES = "app.bsky.feed.like"


@pytest.fixture
def metrics() -> Iterator[Metrics]:
    metrics = Metrics()
    stop = observe_spans(metrics)
    yield metrics
    stop()


class Views:
    """Stands for those of a database, of which the watch asks for nothing but the pulse."""

    def __init__(self) -> None:
        self.pulses: list[tuple[Pulse | None, bool]] = []

    async def pulse(self) -> tuple[Pulse | None, bool]:
        return self.pulses.pop(0)


def pulse(**counts: Any) -> Pulse:
    return Pulse(
        node="n",
        connection="connected",
        lag_seconds=1.5,
        queued=7,
        counts=PulseCounts(**({"began_at": 1} | counts)),
    )


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"tenantry_collector_{name}", labels)


async def test_what_was_counted_since_the_last_look_is_added(metrics: Metrics) -> None:
    views = Views()
    views.pulses = [
        (None, False),
        (pulse(events={LIKES: 5}, batches=1), True),
        (pulse(events={LIKES: 8, "com.example.mine": 2}, batches=3, gaps=1), True),
        # Another process has begun at nought.
        (pulse(began_at=2, events={LIKES: 1}, batches=1, reconnects=2), True),
        (pulse(began_at=2, events={LIKES: 1}, batches=1, reconnects=2), False),
    ]
    watch = PulseWatch(views, clock=SystemClock())  # type: ignore[arg-type]  # it has all that is asked for

    for _ in range(4):
        await watch.look()

    assert value(metrics, "connected") == 1
    assert value(metrics, "lag_seconds") == 1.5
    assert value(metrics, "queued_events") == 7
    assert value(metrics, "events_total", collection=LIKES) == 9
    assert value(metrics, "events_total", collection="other") == 2
    assert value(metrics, "batches_total") == 4
    assert value(metrics, "gaps_total") == 1
    assert value(metrics, "reconnects_total") == 2
    await watch.look()
    assert value(metrics, "connected") == 0
    assert value(metrics, "batches_total") == 4


def test_the_end_of_the_process_is_counted(metrics: Metrics) -> None:
    emit("tenantry.collector.died", exit_code=-9)

    assert value(metrics, "deaths_total") == 1


def test_collections_that_somebody_makes_up_do_not_make_the_counts_long() -> None:
    counts = PulseCounts()
    for number in range(200):
        events = {f"com.example.c{number}": 1}
        counts = counted(counts, events, seconds=0.1, gaps=0, dead_letters=1)

    assert len(counts.events) == 65
    assert counts.events["other"] == 136
    assert (counts.batches, counts.dead_letters) == (200, 200)


def test_what_is_new_of_counts_is_nothing_where_nothing_has_come() -> None:
    counts = PulseCounts(began_at=1, events={LIKES: 3}, batches=2, commit_seconds=0.5)

    assert news(counts, counts) == PulseCounts(began_at=1)
    assert news(None, counts) == counts
    assert news(msgspec.structs.replace(counts, began_at=0), counts) == counts
