"""Batches of records and what they come to, on both databases."""

from typing import Any

import msgspec
import pytest

from tenantry.collector import store
from tenantry.collector.model import (
    HOUR_US,
    Activity,
    AuthorHour,
    Batch,
    CollectionFigures,
    Covered,
    Cursor,
    DeadFrame,
    Engagement,
    Figures,
    Gap,
    Key,
    KnownRecord,
    Mention,
    Pace,
    Pulse,
    Record,
    Subject,
    Switch,
    User,
)
from tenantry.db import Database, Tenant, Transaction
from tests.support.collected import (
    ANN,
    AT_US,
    BLOCKS,
    BOB,
    EVE,
    HOUR,
    PARTS,
    block,
    deleted,
    everything,
    follow,
    like,
    post,
)
from tests.support.two_collected import TABLES

ACME = "acme"
GLOBEX = "globex"
P1 = Subject(ANN, "p1")


async def write(database: Database, batch: Batch, tenant_id: str = ACME) -> Covered | None:
    """Store a batch with what is known of its records, as whoever collects does."""

    def unit(tx: Transaction) -> Covered | None:
        known = store.known_records(tx, tenant_id, [record.key for record in batch.records])
        encoded = store.encode_batch(msgspec.structs.replace(batch, known=known))
        return store.write_batch(tx, tenant_id, encoded)

    return await database.write(Tenant(tenant_id), unit)


async def write_records(database: Database, *records: Record) -> None:
    await write(database, Batch(records=records))


async def known(database: Database, *records: Record) -> dict[Key, KnownRecord]:
    keys = [record.key for record in records]
    return await database.read(Tenant(ACME), store.known_records, ACME, keys)


async def rows(database: Database, columns: str, table: str) -> list[tuple[Any, ...]]:
    """Return some columns of all rows of acme's, in order."""

    def unit(tx: Transaction) -> list[tuple[Any, ...]]:
        found = tx.connection.execute(
            f"SELECT {columns} FROM collector_{table} WHERE tenant_id = 'acme'"
        )
        return sorted(tuple(row) for row in found)

    return await database.read(Tenant(ACME), unit)


async def test_a_post_is_stored_with_all_that_is_in_it(database: Database) -> None:
    replied = post(
        "p2",
        BOB,
        text='a "quote",\n🐈',
        subject=P1,
        root=Subject(EVE, "p0"),
        quoted=Subject(ANN, "p9"),
        data=b'{"text":"a \\u0000 \xf0\x9f\x90\x88"}',
        parts=PARTS,
    )
    await write_records(database, replied)

    assert await rows(database, "rkey, did, text, langs, data", "posts") == [
        ("p2", BOB, 'a "quote",\n🐈', "en", '{"text":"a \\u0000 🐈"}')
    ]
    assert await rows(
        database, "reply_did, reply_rkey, root_did, root_rkey, quote_did, quote_rkey", "posts"
    ) == [(ANN, "p1", EVE, "p0", ANN, "p9")]
    assert await rows(database, "rkey, did, position, mentioned_did", "mentions") == [
        ("p2", BOB, 0, BOB)
    ]
    assert await rows(database, "position, tag", "hashtags") == [(1, "art")]
    assert await rows(database, "position, url, domain", "links") == [
        (2, "https://news.example/a", "news.example")
    ]
    assert await rows(database, "position, kind, alt, mime, cid, width, height", "media") == [
        (3, "image", "a cat", "image/png", "bafy", 3, 4)
    ]


async def test_every_kind_of_record_is_known_by_what_it_is_about(database: Database) -> None:
    batch = everything()
    await write(database, batch)

    found = await known(database, *batch.records)

    assert found == {
        record.key: KnownRecord(
            "1",
            AT_US,
            is_deleted=False,
            subject=None if record.collection == BLOCKS else record.subject,
            quoted=record.quoted,
        )
        for record in batch.records
    }
    assert await known(database, post("p1", BOB), post("unseen"), block("p1")) == {}


async def test_of_two_events_about_a_record_the_later_rev_stays(database: Database) -> None:
    newer, older = like("l1", P1, rev="3"), like("l1", Subject(EVE, "p7"), rev="2")
    await write_records(database, newer)
    await write_records(database, older)
    assert (await known(database, newer))[newer.key].subject == P1

    await write_records(database, deleted(newer, rev="4"))
    await write_records(database, newer)
    assert (await known(database, newer))[newer.key] == KnownRecord("4", AT_US + 1, is_deleted=True)
    assert await rows(database, "is_deleted, cid, created_at, subject_did", "likes") == [
        (1, None, None, None)
    ]


async def test_what_is_derived_of_a_post_is_replaced_with_it(database: Database) -> None:
    await write_records(database, post("p1", parts=PARTS), post("p2", parts=PARTS[:1]))

    await write_records(database, post("p1", rev="2", parts=(Mention(did=EVE),)))
    assert await rows(database, "rkey, position, mentioned_did", "mentions") == [
        ("p1", 0, EVE),
        ("p2", 0, BOB),
    ]
    assert await rows(database, "tag", "hashtags") == []

    await write_records(database, deleted(post("p1")))
    assert await rows(database, "rkey", "mentions") == [("p2",)]


async def test_counts_add_up_and_what_comes_to_nothing_is_gone(database: Database) -> None:
    one, hour = Engagement(likes=1), AuthorHour(HOUR, ANN)
    batch = Batch(engagement={P1: one}, author_hours={hour: Activity(likes=1, followers=1)})
    for _ in range(2):
        await write(database, batch)
    assert await rows(database, "rkey, did, likes, reposts", "engagement") == [("p1", ANN, 2, 0)]
    assert await rows(database, "hour, did, likes, followers", "author_hours") == [
        (HOUR, ANN, 2, 2)
    ]
    assert await rows(database, "did, followers", "followed") == [(ANN, 2)]

    less = Batch(
        engagement={P1: Engagement(likes=-2)},
        author_hours={hour: Activity(likes=-2, followers=-2), AuthorHour(HOUR, BOB): Activity()},
    )
    await write(database, less)
    for table in ("engagement", "author_hours", "followed"):
        assert await rows(database, "did", table) == []


async def test_live_records_are_counted_by_the_hour_of_their_latest_event(
    database: Database,
) -> None:
    await write_records(database, block("b1"), block("b2"), post("p1"))
    assert await rows(database, "hour, collection, records", "hours") == [
        (HOUR, post("p1").collection, 1),
        (HOUR, BLOCKS, 2),
    ]

    moved = block("b1", rev="2", at_us=AT_US + HOUR_US)
    await write_records(database, moved, deleted(post("p1")))
    assert await rows(database, "hour, collection, records", "hours") == [
        (HOUR, BLOCKS, 1),
        (HOUR + 1, BLOCKS, 1),
    ]


async def test_of_users_the_latest_event_of_each_kind_is_kept(database: Database) -> None:
    await write_records(database, post("p1"), like("l1", P1))
    gone = User(did=ANN, is_active=False, status="deactivated", account_at_us=5)
    await write(database, Batch(users=(gone,)))
    named = User(did=ANN, handle="ann.example", identity_at_us=7)
    await write(database, Batch(users=(named,)))
    early = User(did=ANN, handle="old.example", identity_at_us=6, status="active", account_at_us=4)
    await write(database, Batch(users=(early,)))

    columns = "did, handle, identity_at_us, is_active, status, account_at_us"
    assert await rows(database, columns, "users") == [
        (ANN, "ann.example", 7, 0, "deactivated", 5),
        (BOB, None, 0, 1, "active", 0),
    ]


async def test_a_character_that_postgresql_cannot_store_is_replaced_everywhere(
    database: Database,
) -> None:
    await write_records(database, post("p1", text="a\0b", langs="\\u0000", data=b'"\\u0000"'))
    assert await rows(database, "text, langs, data", "posts") == [
        ("a\ufffdb", "\\u0000", '"\\u0000"')
    ]


async def test_a_batch_and_its_cursor_are_stored_together_or_not_at_all(
    database: Database,
) -> None:
    cursor = Cursor(host="h", wire="v2", time_us=5, seq=6)
    encoded = store.encode_batch(msgspec.structs.replace(everything(), cursor=cursor))

    def unit(tx: Transaction) -> None:
        store.write_batch(tx, ACME, encoded)
        raise ValueError("too late")

    with pytest.raises(ValueError, match="too late"):
        await database.write(Tenant(ACME), unit)
    assert await database.read(Tenant(ACME), store.cursors_of, ACME) == []
    assert await rows(database, "rkey", "posts") == []

    await database.write(Tenant(ACME), store.write_batch, ACME, encoded)
    assert await database.read(Tenant(ACME), store.cursors_of, ACME) == [cursor]


async def test_figures_add_up(database: Database) -> None:
    figures = CollectionFigures(events=4, stored=2, duplicates=1, deletes=1)
    dead = DeadFrame(at=1, host="h", reason="not_json", size=3, frame=b"{\x00\xff")
    batch = Batch(
        figures={BLOCKS: figures, "identity": CollectionFigures(events=1)},
        dead_frames=(dead,),
        cursor=Cursor(host="h", wire="v1", time_us=8),
    )
    for _ in range(2):
        await write(database, batch)

    assert await database.read(Tenant(ACME), store.figures_of, ACME) == Figures(
        events=10,
        stored=4,
        duplicates=2,
        deletes=2,
        dead_letters=2,
        cursor=8,
        by_collection={
            BLOCKS: CollectionFigures(events=8, stored=4, duplicates=2, deletes=2),
            "identity": CollectionFigures(events=2),
        },
    )
    found = await database.read(Tenant(ACME), store.dead_letters_before, ACME, 2, 10)
    assert found == [msgspec.structs.replace(dead, id=1)]


async def test_the_oldest_dead_letters_make_room(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.batches, "DEAD_LETTERS_KEPT", 3)
    for n in range(3):
        frames = tuple(
            DeadFrame(at=n, host="h", reason="bad", size=1, frame=b"x" * 100_000) for _ in range(2)
        )
        await write(database, Batch(dead_frames=frames))

    found = await database.read(Tenant(ACME), store.dead_letters_before, ACME, 2**62, 10)
    assert [(each.id, each.at) for each in found] == [(6, 2), (5, 2), (4, 1)]
    assert {len(each.frame) for each in found} == {64 * 1024}


async def test_the_ledger_is_stored_as_it_is_kept(database: Database) -> None:
    covered = Covered(host="h", wire="v1", from_us=1, until_us=2)
    begun = await write(database, Batch(covered=covered))
    assert begun == msgspec.structs.replace(covered, id=1)
    later = msgspec.structs.replace(begun, until_us=3)
    assert await write(database, Batch(covered=later)) == later
    other = await write(database, Batch(covered=covered))
    assert await database.read(Tenant(ACME), store.covered_of, ACME) == [later, other]

    gap = Gap(host="h", from_us=1, until_us=2, reason="blind", opened_at=3)
    opened = await database.write(Tenant(ACME), store.keep_gap, ACME, gap)
    closed = msgspec.structs.replace(opened, state="refilled", closed_at=4, closed_by="i")
    await database.write(Tenant(ACME), store.keep_gap, ACME, closed)
    await database.write(Tenant(ACME), store.forget_covered, ACME, [1])
    assert await database.read(Tenant(ACME), store.gaps_of, ACME) == [closed]
    assert await database.read(Tenant(ACME), store.covered_of, ACME) == [other]

    paces = (Pace(collection="a", events=1, rate=0.25, last_us=3), Pace(collection="b"))
    await write(database, Batch(paces=(Pace(collection="a"), *paces[1:])))
    await write(database, Batch(paces=paces))
    assert await database.read(Tenant(ACME), store.paces_of, ACME) == list(paces)


async def test_the_switch_and_the_pulse_are_what_was_said_last(database: Database) -> None:
    assert await database.read(Tenant(ACME), store.find_switch, ACME) is None
    off = Switch(is_on=False, at=2, by="bob")
    for switch in (Switch(is_on=True, at=1, by="ann"), off):
        await database.write(Tenant(ACME), store.keep_switch, ACME, switch)
    assert await database.read(Tenant(ACME), store.find_switch, ACME) == off

    pulses = [
        Pulse(node=f"n{at % 2}", connection="connected", lag_seconds=0.5, at=at) for at in range(3)
    ]
    for pulse in pulses:
        await database.write(Tenant(ACME), _pulse, pulse)
    assert await database.read(Tenant(ACME), store.pulses_of, ACME) == [pulses[2], pulses[1]]


def _pulse(tx: Transaction, pulse: Pulse) -> None:
    store.keep_pulse(tx, ACME, pulse, forget_before=pulse.at - 1)


async def test_deleting_all_of_a_tenant_leaves_the_others(database: Database) -> None:
    for tenant_id in (ACME, GLOBEX):
        await write(database, everything(), tenant_id)

    await database.write(Tenant(ACME), store.delete_all, ACME)

    for table in TABLES:
        assert await rows(database, "tenant_id", table.removeprefix("collector_")) == []
    keys = [record.key for record in everything().records]
    assert len(await database.read(Tenant(GLOBEX), store.known_records, GLOBEX, keys)) == len(keys)


async def test_followers_are_counted_of_follows_that_are_live(database: Database) -> None:
    batch = Batch(
        records=(follow("f1", ANN), follow("f2", ANN, EVE)),
        author_hours={AuthorHour(HOUR, ANN): Activity(followers=2)},
    )
    await write(database, batch)
    gone = Batch(
        records=(deleted(follow("f1", ANN)),),
        author_hours={AuthorHour(HOUR, ANN): Activity(followers=-1)},
    )
    await write(database, gone)
    assert await rows(database, "did, followers", "followed") == [(ANN, 1)]
