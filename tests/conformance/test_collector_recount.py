"""What is stored is a function of the set of events, and its counts are those of live records."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tenantry.collector import store
from tenantry.collector.model import HOUR_US, Account, Batch, Commit, Identity
from tenantry.collector.rules import fold, settle, users_of
from tenantry.collector.service import purging
from tenantry.db import Database, Tenant, Transaction
from tenantry.testing import FakeClock
from tenantry.testing.network import (
    GeneratedNetwork,
    SentAccount,
    SentCommit,
    SentIdentity,
    expected_records,
)
from tests.support.recounted import dump, recounted, stored_counts

Known = Commit | Identity | Account
TABLES = (
    "posts", "likes", "reposts", "follows", "records", "mentions", "hashtags", "links", "media",
    "engagement", "author_hours", "followed", "hours", "users",
)  # fmt: skip
RECORDS = TABLES[:5]
COUNT = 3_000


def events_of(network: GeneratedNetwork) -> list[Known]:
    """Return what the network sends, as a parser would make of it."""
    found: list[Known] = []
    for sent in network.events(COUNT):
        match sent:
            case SentCommit():
                found.append(Commit(**msgspec.structs.asdict(sent)))
            case SentIdentity():
                found.append(Identity(**msgspec.structs.asdict(sent)))
            case SentAccount():
                values = msgspec.structs.asdict(sent) | {"status": sent.status or "active"}
                found.append(Account(**values))
            case _:
                pass
    return found


def take(tx: Transaction, tenant_id: str, events: Sequence[Known]) -> None:
    folded = fold([each for each in events if isinstance(each, Commit)])
    known = store.known_records(tx, tenant_id, folded.records)
    settled = settle(folded, known)
    batch = Batch(
        records=settled.records,
        known=known,
        engagement=settled.engagement,
        author_hours=settled.author_hours,
        figures=settled.figures,
        users=users_of([each for each in events if not isinstance(each, Commit)]),
    )
    store.write_batch(tx, tenant_id, store.encode_batch(batch))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_events_come_to_the_same_however_they_come(database: Database, seed: int) -> None:
    rng = random.Random(seed)
    events = events_of(GeneratedNetwork(seed, users=40))

    for start in range(0, COUNT, 1_000):
        await database.write(Tenant("acme"), take, "acme", events[start : start + 1_000])
    again = [*events, *rng.choices(events, k=COUNT // 3)]
    rng.shuffle(again)
    while again:
        size = rng.randint(1, 400)
        await database.write(Tenant("globex"), take, "globex", again[:size])
        again = again[size:]

    acme = await database.read(Tenant("acme"), dump, "acme", TABLES)
    globex = await database.read(Tenant("globex"), dump, "globex", TABLES)
    for table in TABLES:
        theirs = {row[1:]: count for row, count in globex[table].items()}
        assert {row[1:]: count for row, count in acme[table].items()} == theirs
    for tenant_id in ("acme", "globex"):
        counts = await database.read(Tenant(tenant_id), stored_counts, tenant_id)
        assert counts == await database.read(Tenant(tenant_id), recounted, tenant_id)


async def test_there_is_a_row_for_every_record_that_was_ever_sent(database: Database) -> None:
    network = GeneratedNetwork(4, users=40)
    await database.write(Tenant("acme"), take, "acme", events_of(network))

    found = await database.read(Tenant("acme"), dump, "acme", RECORDS)

    assert sum(map(len, found.values())) == len(expected_records(network.events(COUNT)))


async def test_what_deleted_accounts_have_left_is_forgotten_and_counts_stay_true(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "_ROWS_AT_ONCE", 7)
    events = events_of(GeneratedNetwork(5, users=20))
    await database.write(Tenant("acme"), take, "acme", events)
    authors = sorted({each.did for each in events if isinstance(each, Commit)})
    late = 2**52
    ends = [
        _ended(authors[0], late - 72 * HOUR_US),
        _ended(authors[1], late - 72 * HOUR_US + 1),
        msgspec.structs.replace(_ended(authors[2], late - 73 * HOUR_US), status="deactivated"),
    ]
    await database.write(Tenant("acme"), take, "acme", ends)
    before = await database.read(Tenant("acme"), _live_by_author)

    clock = FakeClock(now=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=late))
    count = await purging.Purging(database=database, clock=clock).purge("acme")

    after = await database.read(Tenant("acme"), _live_by_author)
    assert count == before[authors[0]] > 0
    assert after == before - Counter({authors[0]: count})
    counts = await database.read(Tenant("acme"), stored_counts, "acme")
    assert counts == await database.read(Tenant("acme"), recounted, "acme")

    # What is told again does not come back.
    await database.write(Tenant("acme"), take, "acme", events)
    assert await database.read(Tenant("acme"), _live_by_author) == after


def _ended(did: str, at_us: int) -> Account:
    return Account(did=did, time_us=0, at_us=at_us, is_active=False, status="deleted")


def _live_by_author(tx: Transaction) -> Counter[str]:
    tables = dump(tx, "acme", RECORDS, columns="did", condition="AND is_deleted = 0")
    return Counter(did for found in tables.values() for (did,) in found.elements())
