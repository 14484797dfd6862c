"""The people of a network, and whom they follow: few are followed by many."""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import msgspec

from tenantry.testing.network.spelling import made_did

_DAY_US: Final = 86_400_000_000
_MOST_FOLLOWS: Final = 200


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST_NAMES: Final = _words(
    "Ada Bela Carmen Dilara Edgar Frida Goran Hana Idris Jonna Kamal Lena Milo Nadia Oskar Pilar "
    "Quentin Rosa Samir Tilda Umar Vera Wanda Xavier Yuki Zora"
)
_LAST_NAMES: Final = _words(
    "Ahlberg Brandt Castillo Demir Eriksen Fontana Grabowski Haddad Ivanova Jansen Kowalski "
    "Lindgren Moreau Novak Okafor Petrov Quist Rossi Schmidt Tanaka Ueda Varga Weber Young Zeman"
)
_CRAFTS: Final = _words(
    "baker cellist gardener tailor potter surveyor cartographer brewer glazier joiner beekeeper"
)


class Person(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Somebody made up; `weight` is how often others come upon them."""

    index: int
    did: str
    handle: str
    display_name: str
    description: str
    created_us: int
    weight: float


def made_people(*, seed: int, count: int, before_us: int) -> tuple[Person, ...]:
    """Return people who joined in the three years before an instant."""
    return tuple(_person(seed, index, before_us) for index in range(count))


def made_follows(people: Sequence[Person], *, seed: int) -> tuple[tuple[int, ...], ...]:
    """Return whom each follows, as indices, in the order in which they came to."""
    chance = random.Random(f"{seed}:follows")  # noqa: S311 - made-up people
    indices = range(len(people))
    weights = list(accumulate(person.weight for person in people))
    most = min(_MOST_FOLLOWS, len(people) - 1)
    follows = []
    for person in people:
        wanted = min(most, int(chance.paretovariate(1.2) * 6))
        chosen = dict.fromkeys(chance.choices(indices, cum_weights=weights, k=wanted))
        chosen.pop(person.index, None)
        follows.append(tuple(chosen))
    return tuple(follows)


def followers_of(follows: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return by whom each is followed."""
    found: list[list[int]] = [[] for _ in follows]
    for follower, followed in enumerate(follows):
        for index in followed:
            found[index].append(follower)
    return tuple(tuple(one) for one in found)


def _person(seed: int, index: int, before_us: int) -> Person:
    chance = random.Random(f"{seed}:person:{index}")  # noqa: S311 - made-up people
    first, last = chance.choice(_FIRST_NAMES), chance.choice(_LAST_NAMES)
    return Person(
        index=index,
        did=made_did(f"{seed}:{index}"),
        handle=f"{first}-{last}-{index}.example".lower(),
        display_name=f"{first} {last}",
        description=f"{chance.choice(_CRAFTS)} and {chance.choice(_CRAFTS)}",
        created_us=before_us - chance.randrange(_DAY_US, 1_000 * _DAY_US),
        weight=chance.paretovariate(1.1),
    )
