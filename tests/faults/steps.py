"""What the writers of settings do: one fixed sequence of steps for each, with an answer to each.

A step is the same whenever it is asked for, so what a killed process never saw answered is tried
again as it was, under the same idempotency key.
"""

import random
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

Kind = Literal["put", "create", "match", "delete"]

SHARED_NAMES = ("shared-0", "shared-1", "geteilt:größe")
"""What all writers write; the last one takes the slow door."""

_OWN_NAMES = 5
_KINDS: tuple[Kind, ...] = ("put", "put", "put", "create", "match", "delete")
_LONGEST_TEXT = 8_000


class Step(msgspec.Struct, frozen=True):
    """One write; `key` is its idempotency key and its correlation id, so it names its event."""

    key: str
    kind: Kind
    name: str
    value: dict[str, Any]


class Ack(msgspec.Struct, frozen=True):
    """A step that was answered with success, and where its event is."""

    key: str
    name: str
    position: int
    version: int | None = None


def step_of(writer: int, index: int) -> Step:
    """Return what `writer` does at its turn `index`: half of it on names that all writers write."""
    key = f"{writer}-{index}"
    rng = random.Random(key)
    is_shared = rng.random() < 0.5
    # A few long values let a kill find a write of many pages under way.
    length = rng.choice((0, 10, 100, _LONGEST_TEXT))
    return Step(
        key=key,
        kind=rng.choice(_KINDS),
        name=rng.choice(SHARED_NAMES) if is_shared else f"own-{writer}-{index % _OWN_NAMES}",
        value={"by": key, "text": "ü" * rng.randint(0, length)},
    )


def names_of(writers: Iterable[int]) -> list[str]:
    """Return every name that `writers` may write."""
    own = [f"own-{writer}-{number}" for writer in writers for number in range(_OWN_NAMES)]
    return [*SHARED_NAMES, *own]
