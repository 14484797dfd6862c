"""What is read of all that is collected, on both databases."""

import pytest

from tenantry.collector import store
from tenantry.collector.model import (
    HOUR_US,
    Activity,
    AuthorHour,
    Batch,
    GrowingUser,
    Hashtag,
    Leader,
    Mention,
    Mentioned,
    Network,
    TrendingUser,
    User,
)
from tenantry.db import Database, Tenant, Transaction
from tests.support.collected import ANN, BLOCKS, BOB, EVE, HOUR, PARTS, block, deleted, post

ACME = "acme"
NOW_US = HOUR * HOUR_US + 5
HOURS = {
    # Before the window, in its first hour and in its last one, and after it.
    AuthorHour(HOUR - 24, ANN): Activity(followers=4, likes=50),
    AuthorHour(HOUR - 23, ANN): Activity(followers=1, likes=1, posts=3),
    AuthorHour(HOUR, ANN): Activity(followers=1, replies=1),
    AuthorHour(HOUR + 1, ANN): Activity(followers=7, quotes=9),
    AuthorHour(HOUR - 2, BOB): Activity(followers=1, reposts=1, quotes=1),
    AuthorHour(HOUR - 2, EVE): Activity(followers=9, likes=9),
}
USERS = (
    User(did=ANN, handle="ann.example", identity_at_us=1),
    User(did=EVE, is_active=False, status="takendown", account_at_us=1),
)


@pytest.fixture
async def collected(database: Database) -> Database:
    """A database with users of whom one is hidden."""
    records = (
        post("3a", parts=PARTS),
        post("3b", BOB, parts=(Hashtag(tag="art"), Hashtag(tag="news"), Mention(did=EVE))),
        post("3c", EVE, parts=PARTS),
        post("1a", parts=PARTS),
        block("b1", at_us=NOW_US - 24 * HOUR_US),
        deleted(block("b2")),
    )
    batch = Batch(records=records, author_hours=HOURS, users=USERS)
    await database.write(Tenant(ACME), _write, ACME, batch)
    await database.write(Tenant("globex"), _write, "globex", batch)
    return database


def _write(tx: Transaction, tenant_id: str, batch: Batch) -> None:
    store.write_batch(tx, tenant_id, store.encode_batch(batch))


def trending(tx: Transaction, limit: int) -> list[TrendingUser]:
    return store.trending(tx, ACME, now_us=NOW_US, limit=limit)


def growth(tx: Transaction, least: int) -> list[GrowingUser]:
    return store.growth(tx, ACME, now_us=NOW_US, limit=9, least=least)


def leaders(tx: Transaction, hours: int) -> list[Leader]:
    return store.leaders(tx, ACME, now_us=NOW_US, limit=9, hours=hours)


def network(tx: Transaction) -> Network:
    return store.network(tx, ACME, now_us=NOW_US, from_rkey="2", until_rkey="4")


async def test_those_trend_who_have_gained_followers_in_the_last_day(collected: Database) -> None:
    ann = TrendingUser(did=ANN, handle="ann.example", gained=2, followers=13)
    bob = TrendingUser(did=BOB, handle=None, gained=1, followers=1)
    assert await collected.read(Tenant(ACME), trending, 9) == [ann, bob]
    assert await collected.read(Tenant(ACME), trending, 1) == [ann]


async def test_growth_is_relative_to_the_followers_known_before(collected: Database) -> None:
    bob = GrowingUser(did=BOB, handle=None, gained=1, before=0, rate=1.0)
    ann = GrowingUser(did=ANN, handle="ann.example", gained=2, before=4, rate=0.5)
    assert await collected.read(Tenant(ACME), growth, 1) == [bob, ann]
    assert await collected.read(Tenant(ACME), growth, 2) == [ann]


async def test_leaders_are_those_whose_posts_have_got_the_most(collected: Database) -> None:
    ann = Leader(
        did=ANN, handle="ann.example", score=4, posts=3, likes=1, reposts=0, replies=1, quotes=0
    )
    bob = Leader(did=BOB, handle=None, score=4, posts=0, likes=0, reposts=1, replies=0, quotes=1)
    assert await collected.read(Tenant(ACME), leaders, 24) == [ann, bob]
    (first, _) = await collected.read(Tenant(ACME), leaders, 25)
    assert first.score == 54


async def test_the_network_is_counted_without_those_who_are_hidden(collected: Database) -> None:
    posts = post("x").collection
    assert await collected.read(Tenant(ACME), network) == Network(
        users=3,
        hidden_users=1,
        records={posts: 4, BLOCKS: 1},
        records_per_hour=4 / 24,
        hashtags={"art": 2, "news": 1},
        domains={"news.example": 1},
        mentions=(Mentioned(did=BOB, handle=None, uses=1),),
    )


async def test_of_nothing_there_is_nothing(database: Database) -> None:
    assert await database.read(Tenant(ACME), trending, 9) == []
    assert await database.read(Tenant(ACME), growth, 1) == []
    assert await database.read(Tenant(ACME), leaders, 24) == []
    assert (await database.read(Tenant(ACME), network)).users == 0
