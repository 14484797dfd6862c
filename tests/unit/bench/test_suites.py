"""The suites at counts that tell nothing: that they still fit what they measure."""

import tempfile
from pathlib import Path

import pytest

from bench import applies, clients, log, reliability, replica, seeded, startup, watch
from bench.plan import Plan

TINY = Plan(
    rounds=1,
    dialects=("sqlite",),
    writers=(3,),
    append_seconds=0.05,
    replay_events=4_000,
    startup_events=4_000,
    live_settings=400,
    http_seconds=1,
    contention_seconds=1,
    watchers=20,
    watched_changes=10,
    declared_routes=1_000,
    declared_clients=3,
)


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_the_log_suite_measures_appends_and_replays() -> None:
    figures = log.measure(TINY, lambda _: None)

    assert len(figures) == 5
    assert all(figure.ratio for figure in figures)


def test_the_startup_suite_starts_on_logs_that_are_generated_once() -> None:
    told: list[str] = []

    figures = startup.measure(TINY, told.append)
    again = seeded.seeded_logs(TINY, told.append)

    assert [figure.ours.median > 0 for figure in figures] == [True] * 3
    assert again.event_count == TINY.startup_events
    assert len([line for line in told if line.startswith("generating")]) == 1


def test_the_watch_suite_sees_every_change_everywhere() -> None:
    figures = watch.measure(TINY, lambda _: None)

    assert [figure.unit for figure in figures] == ["ms", "ms", "KiB"]
    assert figures[1].ours.median > 0


def test_the_replica_suite_reads_from_memory_and_over_http() -> None:
    figures = replica.measure(TINY, lambda _: None)

    assert len(figures) == 2
    assert all(figure.ratio is not None for figure in figures)


def test_the_reliability_suite_measures_each_guard_and_its_peers() -> None:
    figures = reliability.measure(TINY, lambda _: None)

    assert [figure.peer for figure in figures if figure.theirs] == [
        "pybreaker",
        "circuitbreaker",
        "purgatory",
        "aiobreaker",
        "limits, sliding window",
        "limits",
        "stamina",
        "without it",
    ]
    assert all(figure.ours.median > 0 for figure in figures)


def test_the_clients_suite_plans_beside_its_peers_and_applies_twice() -> None:
    figures = clients.measure(TINY, lambda _: None)

    assert [figure.peer for figure in figures if figure.theirs] == [
        "diffsync",
        "diffsync",
        "deepdiff",
    ]
    assert all(figure.ours.median > 0 for figure in figures)
    assert len(figures) == 4 + 2 * applies.is_there()
