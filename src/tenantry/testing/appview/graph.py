"""Whom a fake AppView knows: any network that has this shape, or a small one of its own."""

import random
from base64 import b32encode
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Final, Protocol

import msgspec

_START_US: Final = 1_780_272_000_000_000
_MINUTE_US: Final = 60_000_000
_NAMES: Final = ("ada", "bela", "carmen", "goran", "hana", "kamal", "lena", "milo", "rosa", "yuki")
_REPLIES, _QUOTES = 0.3, 0.4
_TAGS: Final = ("introduction", "newhere", "art", "photography", "tech", "politics")


class Person(Protocol):
    """Somebody."""

    @property
    def did(self) -> str:
        """Their DID."""
        ...

    @property
    def handle(self) -> str:
        """Their handle."""
        ...

    @property
    def display_name(self) -> str:
        """What they call themselves."""
        ...


class Post(Protocol):
    """A post; `reply_to` and `quotes` are indices of other posts, the rest of people."""

    @property
    def author(self) -> int:
        """Who wrote it."""
        ...

    @property
    def uri(self) -> str:
        """Its address."""
        ...

    @property
    def cid(self) -> str:
        """Its hash."""
        ...

    @property
    def created_us(self) -> int:
        """When it was written, µs since 1970."""
        ...

    @property
    def text(self) -> str:
        """What it says."""
        ...

    @property
    def reply_to(self) -> int | None:
        """What it answers."""
        ...

    @property
    def quotes(self) -> int | None:
        """What it quotes."""
        ...

    @property
    def likers(self) -> Sequence[int]:
        """Who likes it."""
        ...

    @property
    def reposters(self) -> Sequence[int]:
        """Who has reposted it."""
        ...


class SocialGraph(Protocol):
    """A network, as `tenantry.testing.network` makes them."""

    @property
    def people(self) -> Sequence[Person]:
        """Everybody; an index means somebody here."""
        ...

    @property
    def posts(self) -> Sequence[Post]:
        """Every post, the oldest first."""
        ...

    def follows(self, index: int, /) -> Sequence[int]:
        """Return whom somebody follows."""
        ...

    def followers(self, index: int, /) -> Sequence[int]:
        """Return who follows somebody."""
        ...


class MadePerson(msgspec.Struct, frozen=True):
    """Somebody made up."""

    did: str
    handle: str
    display_name: str


class MadePost(msgspec.Struct, frozen=True, kw_only=True):
    """A post of somebody made up."""

    author: int
    uri: str
    cid: str
    created_us: int
    text: str
    reply_to: int | None = None
    quotes: int | None = None
    likers: tuple[int, ...] = ()
    reposters: tuple[int, ...] = ()


class SmallGraph:
    """So many people who follow one another; the same for the same seed. Person 0 is known best."""

    def __init__(self, seed: int = 1, *, users: int = 50, posts: int = 100) -> None:
        self._seed = seed
        self._users = users
        self._posts = posts

    @cached_property
    def people(self) -> tuple[MadePerson, ...]:
        """Everybody."""
        return tuple(_person(self._seed, index) for index in range(self._users))

    @cached_property
    def posts(self) -> tuple[MadePost, ...]:
        """Every post, the oldest first."""
        return tuple(self._post(index) for index in range(self._posts))

    def follows(self, index: int) -> tuple[int, ...]:
        """Return whom somebody follows."""
        return self._follows[index]

    def followers(self, index: int) -> tuple[int, ...]:
        """Return who follows somebody."""
        return tuple(one for one, many in enumerate(self._follows) if index in many)

    @cached_property
    def _follows(self) -> tuple[tuple[int, ...], ...]:
        return tuple(self._followed_by(index) for index in range(self._users))

    def _followed_by(self, index: int) -> tuple[int, ...]:
        others = [other for other in range(self._users) if other not in (0, index)]
        chance = self._chance("follows", index)
        chosen = chance.sample(others, min(len(others), chance.randint(0, 12)))
        return (*(() if index == 0 else (0,)), *chosen)

    def _post(self, index: int) -> MadePost:
        chance = self._chance("post", index)
        author = chance.randrange(self._users)
        about = chance.randrange(index) if index else None
        roll = chance.random()
        did = self.people[author].did
        return MadePost(
            author=author,
            uri=f"at://{did}/app.bsky.feed.post/{_word(f'{self._seed}:{index}:rkey', 13)}",
            cid=f"bafyrei{_word(f'{self._seed}:{index}:cid', 52)}",
            created_us=_START_US + index * _MINUTE_US,
            text=f"post number {index} #{chance.choice(_TAGS)}",
            reply_to=about if roll < _REPLIES else None,
            quotes=about if _REPLIES <= roll < _QUOTES else None,
            likers=self._some(chance, 20),
            reposters=self._some(chance, 5),
        )

    def _some(self, chance: random.Random, most: int) -> tuple[int, ...]:
        return tuple(chance.sample(range(self._users), chance.randint(0, min(most, self._users))))

    def _chance(self, what: str, index: int) -> random.Random:
        return random.Random(f"{self._seed}:{what}:{index}")  # noqa: S311 - made-up people


def _person(seed: int, index: int) -> MadePerson:
    name = _NAMES[index % len(_NAMES)]
    return MadePerson(
        did=f"did:plc:{_word(f'{seed}:{index}:did', 24)}",
        handle=f"{name}-{index}.example",
        display_name=f"{name.title()} {index}",
    )


def _word(seed: str, length: int) -> str:
    return b32encode(blake2b(seed.encode(), digest_size=40).digest()).decode().lower()[:length]
