"""How much of everything a run measures."""

import msgspec


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of one run; every measurement is repeated `rounds` times, both sides in turn."""

    rounds: int
    dialects: tuple[str, ...] = ("sqlite", "postgres")
    writers: tuple[int, ...] = (1, 32, 256)
    append_seconds: float
    replay_events: int
    startup_events: int
    live_settings: int
    http_seconds: int
    contention_seconds: int
    watchers: int
    watched_changes: int
    declared_routes: int
    declared_clients: int
    synced_tenants: int
    synced_rows: int
    sync_rounds: int
    logins: int
    lived_days: int
    lived_slots: int
    streamed_events: int


FULL = Plan(
    rounds=3,
    append_seconds=1.0,
    replay_events=50_000,
    startup_events=1_000_000,
    live_settings=10_000,
    http_seconds=5,
    contention_seconds=3,
    watchers=2_000,
    watched_changes=1_000,
    declared_routes=100_000,
    declared_clients=1_000,
    synced_tenants=100,
    synced_rows=40_000,
    sync_rounds=100,
    logins=1_000,
    lived_days=365,
    lived_slots=300,
    streamed_events=200_000,
)
"""What figures are quoted from: at most twelve minutes, the first time with the log to generate."""

QUICK = Plan(
    rounds=1,
    append_seconds=0.4,
    replay_events=10_000,
    startup_events=40_000,
    live_settings=4_000,
    http_seconds=1,
    contention_seconds=1,
    watchers=300,
    watched_changes=200,
    declared_routes=10_000,
    declared_clients=50,
    synced_tenants=40,
    synced_rows=20_000,
    sync_rounds=30,
    logins=1_000,
    lived_days=365,
    lived_slots=60,
    streamed_events=10_000,
)
"""Whether the benchmark works, and where things stand roughly: less than a minute."""
