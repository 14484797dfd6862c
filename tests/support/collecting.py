"""Collecting from made-up hosts, and what is stored of it, held against what was sent."""

import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from tenantry.base import Clock, SystemClock
from tenantry.collector import store
from tenantry.collector.model import FOLLOWS, LIKES, POSTS, REPOSTS, Figures, Gap
from tenantry.collector.remote.jetstream import Connector
from tenantry.collector.service.claiming import Claim
from tenantry.collector.service.collecting import Collector, Wanted
from tenantry.collector.service.pulsing import Pulsing
from tenantry.db import Database, Tenant, Transaction
from tenantry.testing.network import Sent, expected_records, expected_users
from tests.support.recounted import recounted, stored_counts
from tests.support.waiting import eventually

TENANT: Final = "acme"
_TABLES: Final = {"posts": POSTS, "likes": LIKES, "reposts": REPOSTS, "follows": FOLLOWS}

Key = tuple[str, str, str]
"""DID, collection and rkey."""
State = tuple[str, bool, str | None]
"""`rev`, whether it is deleted, and CID."""
User = tuple[str | None, int, bool, str, int]
"""Handle, since when, whether active, status, since when."""


class Stored:
    """All records and users of a tenant, whichever table has them."""

    def __init__(self, records: dict[Key, State], users: dict[str, User]) -> None:
        self.records = records
        self.users = users

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stored) and not self.differences(other)

    __hash__ = None  # type: ignore[assignment]

    def differences(self, other: "Stored") -> str:
        """Return in words how `other` differs; nothing where it does not."""
        told = []
        for name, ours, theirs in (
            ("records", self.records, other.records),
            ("users", self.users, other.users),
        ):
            missing, more = ours.keys() - theirs.keys(), theirs.keys() - ours.keys()
            both = ours.keys() & theirs.keys()
            changed = [key for key in both if ours[key] != theirs[key]]  # type: ignore[index]
            if missing or more or changed:
                told.append(
                    f"{name}: {len(missing)} of {len(ours)} missing, {len(more)} too many, "
                    f"{len(changed)} differ; for instance "
                    f"{[*sorted(missing)[:2], *sorted(more)[:2], *sorted(changed)[:2]]}"
                )
        return "; ".join(told)


def sent(events: Iterable[Sent]) -> Stored:
    """Return what `events` leave behind, computed by the network that sent them."""
    events = list(events)
    return Stored(
        {
            key: (record.rev, record.is_deleted, record.cid)
            for key, record in expected_records(events).items()
        },
        {
            did: (
                user.handle,
                user.identity_at_us,
                user.is_active,
                user.status,
                user.account_at_us,
            )
            for did, user in expected_users(events).items()
        },
    )


async def stored(database: Database, tenant_id: str = TENANT) -> Stored:
    """Return what is stored."""
    return await database.read(Tenant(tenant_id), _stored, tenant_id)


async def figures(database: Database, tenant_id: str = TENANT) -> Figures:
    """Return what the collector has counted."""
    return await database.read(Tenant(tenant_id), store.figures_of, tenant_id)


async def gaps(database: Database, tenant_id: str = TENANT) -> list[Gap]:
    """Return the gaps of the ledger, the first one first."""
    found = await database.read(Tenant(tenant_id), store.gaps_of, tenant_id)
    return sorted(found, key=lambda gap: gap.id)


async def eventually_stored(
    database: Database,
    events: Sequence[Sent],
    *,
    timeout: float = 30.0,  # noqa: ASYNC109 - as of `eventually`
) -> None:
    """Wait until what is stored is exactly what `events` leave behind."""
    expected = sent(events)

    async def is_all_there() -> bool:
        count = await database.read(Tenant(TENANT), _count)
        if count < len(expected.records):
            return False
        return await stored(database) == expected

    try:
        await eventually(is_all_there, timeout=timeout)
    except AssertionError as error:
        found = await stored(database)
        if told := expected.differences(found):
            raise AssertionError(told) from error


async def check_stored(database: Database, events: Sequence[Sent]) -> None:
    """Fail unless the records are those of `events`, and every count is that of the records."""
    assert (await stored(database)) == sent(events), sent(events).differences(
        await stored(database)
    )
    await check_counts(database)


async def check_counts(database: Database) -> None:
    """Fail unless every count is what counting the records again comes to."""
    counts = await database.read(Tenant(TENANT), stored_counts, TENANT)
    assert counts == await database.read(Tenant(TENANT), recounted, TENANT)
    found = await figures(database)
    for name, each in found.by_collection.items():
        assert each.events == each.stored + each.duplicates + each.deletes, name
    assert found.events == sum(each.events for each in found.by_collection.values())
    live, dead = await database.read(Tenant(TENANT), _live_and_dead)
    commits = {name: each for name, each in found.by_collection.items() if "." in name}
    # An update is stored as well, and what was deleted may have been stored before.
    assert sum(each.stored for each in commits.values()) >= live
    assert sum(each.deletes for each in commits.values()) >= dead


def collector_of(
    database: Database,
    *endpoints: str,
    clock: Clock | None = None,
    connector: Connector | None = None,
    node: str | None = None,
    pulse_seconds: float = 0.05,
    **wanted: Any,
) -> Collector:
    """Return a collector as a process puts it together, which asks `endpoints` in their order."""
    clock = clock or SystemClock()
    node = node or f"test:{os.getpid()}"
    return Collector(
        tenant_id=TENANT,
        wanted=Wanted(endpoints=endpoints, **wanted),
        database=database,
        connector=connector or Connector(is_compressed=False, connect_seconds=2.0),
        claim=Claim(tenant_id=TENANT, database=database, node=node, clock=clock),
        pulsing=Pulsing(
            tenant_id=TENANT,
            database=database,
            node=node,
            clock=clock,
            seconds=pulse_seconds,
        ),
        clock=clock,
    )


@asynccontextmanager
async def collecting(
    database: Database, *endpoints: str, **options: Any
) -> AsyncIterator[Collector]:
    """Have a collector run in the block; see `collector_of`."""
    collector = collector_of(database, *endpoints, **options)
    await collector.start()
    try:
        yield collector
    finally:
        await collector.stop()


async def collect_all(
    database: Database, events: Sequence[Sent], *endpoints: str, **options: Any
) -> None:
    """Collect until all of `events` is stored, and check that nothing else is."""
    async with collecting(database, *endpoints, **options):
        await eventually_stored(database, events)
    await check_stored(database, events)


def _stored(tx: Transaction, tenant_id: str) -> Stored:
    mark = "?" if tx.dialect == "sqlite" else "%s"
    records: dict[Key, State] = {}

    def rows(columns: str, table: str) -> Iterable[Any]:
        query = f"SELECT {columns} FROM collector_{table} WHERE tenant_id = {mark}"
        found: Iterable[Any] = tx.connection.execute(query, (tenant_id,))
        return found

    for table, collection in _TABLES.items():
        for did, rkey, rev, is_deleted, cid in rows("did, rkey, rev, is_deleted, cid", table):
            records[did, collection, rkey] = (rev, bool(is_deleted), cid)
    columns = "did, collection, rkey, rev, is_deleted, cid"
    for did, collection, rkey, rev, is_deleted, cid in rows(columns, "records"):
        records[did, collection, rkey] = (rev, bool(is_deleted), cid)
    columns = "did, handle, identity_at_us, is_active, status, account_at_us"
    users = {
        did: (handle, identity_at, bool(is_active), status, account_at)
        for did, handle, identity_at, is_active, status, account_at in rows(columns, "users")
    }
    return Stored(records, users)


def _count(tx: Transaction) -> int:
    return sum(_counts(tx, "true"))


def _live_and_dead(tx: Transaction) -> tuple[int, int]:
    return sum(_counts(tx, "is_deleted = 0")), sum(_counts(tx, "is_deleted = 1"))


def _counts(tx: Transaction, condition: str) -> Iterable[int]:
    for table in (*_TABLES, "records"):
        query = f"SELECT count(*) FROM collector_{table} WHERE tenant_id = '{TENANT}'"
        yield next(iter(tx.connection.execute(f"{query} AND {condition}")))[0]
