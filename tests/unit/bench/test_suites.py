"""The suites at counts that tell nothing: that they still fit what they measure."""

import tempfile
from pathlib import Path

import pytest

from bench import (
    applies,
    clients,
    collector,
    cron,
    log,
    reliability,
    replica,
    seeded,
    startup,
    sync,
    updater,
    watch,
)
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
    synced_tenants=20,
    synced_rows=4_000,
    sync_rounds=2,
    logins=20,
    lived_days=30,
    lived_slots=3,
    streamed_events=3_000,
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


def test_the_sync_suite_measures_logins_syncs_and_rows_beside_its_peer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sync, "has_temporal", lambda: False)

    figures = sync.measure(TINY, lambda _: None)

    assert len(figures) == 12
    assert sum(figure.ratio is not None for figure in figures) == 4


def test_the_cron_suite_measures_each_expression_beside_each_peer() -> None:
    figures = cron.measure(TINY, lambda _: None)

    assert len(figures) == len(cron.WALKED) * len(cron.PEERS) + 2
    assert all(figure.ours.median > 0 for figure in figures)


def test_the_collector_suite_stores_a_stream_beside_its_peer() -> None:
    figures = collector.measure(TINY, lambda _: None)

    assert [figure.peer for figure in figures if figure.theirs] == ["atproto"] * 3
    assert [figure.unit for figure in figures][:3] == ["1/s", "1/s", "µs"]
    assert all(figure.ours.median > 0 for figure in figures)


def test_the_updater_suite_measures_a_tenant_that_lives() -> None:
    figures = updater.measure(TINY, lambda _: None)

    assert [figure.peer for figure in figures if figure.theirs] == [
        "Faker, rows that do not agree",
        "Mimesis, rows that do not agree",
    ]
    assert [figure.unit for figure in figures] == ["1/s"] * 5 + ["s"] * 2 + ["ms"] * 2
    assert all(figure.ours.median > 0 for figure in figures)
