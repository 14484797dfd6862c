"""Posts as the collector has stored them, for strategies that look through them."""

from collections.abc import Sequence

import msgspec

from tenantry.db import Transaction
from tests.support.strategy_world import did, handle


class CollectedPost(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at of a post; later ones have greater numbers."""

    number: int
    author: int
    tags: tuple[str, ...] = ()
    mentions: tuple[int, ...] = ()
    likes: int = 0
    is_hidden: bool = False

    @property
    def rkey(self) -> str:
        return f"3k{self.number:011d}"

    @property
    def uri(self) -> str:
        return f"at://{did(self.author)}/app.bsky.feed.post/{self.rkey}"


def collect(tx: Transaction, tenant_id: str, posts: Sequence[CollectedPost]) -> None:
    """Store posts, and their authors."""

    def insert(table: str, *values: object) -> None:
        mark = "?" if tx.dialect == "sqlite" else "%s"
        marks = ", ".join([mark] * (len(values) + 1))
        tx.connection.execute(
            f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO NOTHING", (tenant_id, *values)
        )

    for post in posts:
        author = did(post.author)
        for position, tag in enumerate(post.tags):
            insert("collector_hashtags", post.rkey, author, position, tag)
        for position, number in enumerate(post.mentions):
            insert("collector_mentions", post.rkey, author, position, did(number))
        insert("collector_engagement", post.rkey, author, post.likes, 0, 0, 0)
        insert(
            "collector_users", author, handle(post.author), 1, int(not post.is_hidden), "active", 1
        )
