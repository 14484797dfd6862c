"""What had been posted before the stream began, and who liked and reposted it."""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import msgspec

from tenantry.testing.network.people import Person
from tenantry.testing.network.spelling import made_cid, tid
from tenantry.testing.network.texts import HASHTAGS, made_sentence

POSTS: Final = "app.bsky.feed.post"
_WEEK_US: Final = 7 * 86_400_000_000
_REPLIES, _QUOTES = 0.3, 0.4


class Post(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A post; `author`, `reply_to` and `quotes` are indices of people and of earlier posts."""

    index: int
    author: int
    did: str
    rkey: str
    cid: str
    created_us: int
    text: str
    tags: tuple[str, ...]
    reply_to: int | None = None
    root: int | None = None
    quotes: int | None = None
    likers: tuple[int, ...] = ()
    reposters: tuple[int, ...] = ()

    @property
    def uri(self) -> str:
        """Its address."""
        return f"at://{self.did}/{POSTS}/{self.rkey}"


def made_posts(
    people: Sequence[Person], *, seed: int, count: int, before_us: int
) -> tuple[Post, ...]:
    """Return `count` posts of the week before an instant, the oldest first."""
    chance = random.Random(f"{seed}:posts")  # noqa: S311 - made-up people
    weights = list(accumulate(person.weight for person in people))
    indices = range(len(people))
    step = _WEEK_US // max(count, 1)
    posts: list[Post] = []
    for index in range(count):
        author = people[chance.choices(indices, cum_weights=weights)[0]]
        created_us = before_us - _WEEK_US + index * step
        roll = chance.random()
        earlier = chance.randrange(index) if index else None
        reply_to = earlier if roll < _REPLIES else None
        root = None
        if reply_to is not None:
            above = posts[reply_to].root
            root = reply_to if above is None else above
        tags = (chance.choice(HASHTAGS),) if chance.random() < _REPLIES else ()
        rkey = tid(created_us, author.index)
        posts.append(
            Post(
                index=index,
                author=author.index,
                did=author.did,
                rkey=rkey,
                cid=made_cid(f"{author.did}/{rkey}".encode()),
                created_us=created_us,
                text=" ".join((made_sentence(chance), *(f"#{tag}" for tag in tags))),
                tags=tags,
                reply_to=reply_to,
                root=root,
                quotes=earlier if _REPLIES <= roll < _QUOTES else None,
                likers=_some(chance, len(people), 1.1),
                reposters=_some(chance, len(people), 2.0),
            )
        )
    return tuple(posts)


def _some(chance: random.Random, people: int, alpha: float) -> tuple[int, ...]:
    count = min(people, int(chance.paretovariate(alpha)) - 1)
    return tuple(chance.sample(range(people), count))
