"""What upkeep must not break: no table for nothing, and followers that outlive an emptied cache."""

import asyncio

from tenantry.db import Transaction
from tests.conformance.spine import TEST, append, request, running_database, running_log

TABLES = {
    "allowances",
    "api_keys",
    "appends",
    "breaker_overrides",
    "business_record_activities",
    "business_records",
    "checkpoints",
    "clients",
    "collector_author_hours",
    "collector_covered",
    "collector_cursors",
    "collector_dead_letters",
    "collector_engagement",
    "collector_figures",
    "collector_followed",
    "collector_follows",
    "collector_found",
    "collector_frontier",
    "collector_gaps",
    "collector_hashtags",
    "collector_hours",
    "collector_likes",
    "collector_links",
    "collector_media",
    "collector_mentions",
    "collector_paces",
    "collector_posts",
    "collector_pulses",
    "collector_records",
    "collector_reposts",
    "collector_runs",
    "collector_switches",
    "collector_users",
    "customers",
    "data_keys",
    "equipment",
    "events",
    "leases",
    "log_head",
    "members",
    "schedule_firings",
    "schedule_marks",
    "schema_migrations",
    "service_ticket_updates",
    "service_tickets",
    "sessions",
    "snapshot_chunks",
    "snapshots",
    "sync_collections",
    "sync_pages",
    "sync_runs",
    "sync_tenants",
    "sync_timeline",
    "synced_rows",
    "technicians",
    "updater_changes",
    "updater_logs",
    "updater_removed",
    "updater_runs",
    "updater_worlds",
    "users",
}
DERIVED = ("appends", "checkpoints", "snapshot_chunks", "snapshots")
LISTED = {
    "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table'",
    "postgres": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
}


def tables(tx: Transaction) -> set[str]:
    return {name for (name,) in tx.connection.execute(LISTED[tx.dialect])}


def empty_what_is_derived(tx: Transaction) -> None:
    for table in DERIVED:
        tx.connection.execute(f"DELETE FROM {table}")


async def test_a_start_makes_no_table_that_nobody_uses(database_url: str) -> None:
    async with running_database(database_url) as database:
        assert await database.read(TEST, tables) == TABLES


async def test_a_follower_goes_on_after_everything_derived_was_emptied(database_url: str) -> None:
    async with running_log(database_url) as log:
        await append(log, request())
        following = aiter(log.subscribe(after=0))
        assert [event.position for event in await anext(following)] == [1]

        await log.database.administer(empty_what_is_derived)
        await append(log, request())

        async with asyncio.timeout(10):
            assert [event.position for event in await anext(following)] == [2]
