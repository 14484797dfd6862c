"""Draws: integers that are a function of what they are for, and of nothing else.

A counter-based generator in the sense of Salmon et al., "Parallel random numbers: as easy as 1, 2,
3" (2011): a draw is a keyed hash (BLAKE2b, RFC 7693) of (seed, updater, slot, entity) and a count.
There is no state to carry on, so rows can be made in any process, and again; there are integers
only, so no mathematical library of any platform has a say.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate
from typing import Final, Generic, TypeVar

T = TypeVar("T")

WHOLE: Final = 10_000
"""What the weights of a distribution sum up to, and what a chance is of."""
# The digit of the variant, which has two bits of chance, by the one that would be there.
_VARIANTS: Final = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
_BLOCK_BITS: Final = 512
# Below this, what is left of a block would favour small values noticeably (by more than 2^-40).
_LEAST_BITS: Final = 72


class Weights(Generic[T]):
    """Options with weights, to be drawn from; weights are integers above 0 in any unit."""

    def __init__(self, options: Mapping[T, int]) -> None:
        chosen = [(option, weight) for option, weight in options.items() if weight > 0]
        self.options: tuple[T, ...] = tuple(option for option, _ in chosen)
        self.bounds: tuple[int, ...] = tuple(accumulate(weight for _, weight in chosen))
        self.total = self.bounds[-1]


class Draw:
    """Draws for one entity, in the order in which they are asked for."""

    __slots__ = ("_count", "_key", "_left", "_seed", "_value")

    def __init__(self, seed: bytes, key: str) -> None:
        self._seed = seed
        self._key = key.encode()
        self._count = 0
        self._value = 0
        self._left = 0

    def below(self, bound: int) -> int:
        """Return a number from 0 up to and without `bound`, which is at most 2^32."""
        # The block is one number of which each draw takes a digit, whatever its base.
        if self._left < _LEAST_BITS:
            self._refill()
        self._left -= bound.bit_length()
        self._value, digit = divmod(self._value, bound)
        return digit

    def between(self, low: int, high: int) -> int:
        """Return a number from `low` to `high`, both possible."""
        return low + self.below(high - low + 1)

    def chance(self, of_whole: int) -> bool:
        """Return True in `of_whole` of 10,000 cases."""
        return self.below(WHOLE) < of_whole

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options, each as likely as any other."""
        return options[self.below(len(options))]

    def weighted(self, weights: Weights[T]) -> T:
        """Return one of the options by their weights."""
        return weights.options[bisect_right(weights.bounds, self.below(weights.total))]

    def id(self) -> str:
        """Return a UUID (RFC 9562, version 8: made by the rules of its maker)."""
        text = blake2b(b"id:%d:" % self._count + self._key, digest_size=16, key=self._seed)
        self._count += 1
        digits = text.hexdigest()
        variant = _VARIANTS[digits[16]]
        return (
            f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        )

    def _refill(self) -> None:
        block = blake2b(b"%d:" % self._count + self._key, key=self._seed)
        self._count += 1
        self._value = int.from_bytes(block.digest())
        self._left = _BLOCK_BITS


def draw_for(seed: int, updater: str, slot: str, entity: str) -> Draw:
    """Return the draws for one entity of a run; `slot` names the run among those of its updater."""
    return Draw(seed.to_bytes(16), f"{updater}\x1f{slot}\x1f{entity}")


def seed_of(tenant_id: str) -> int:
    """Return the seed of a tenant that has none of its own: of its id, and always the same."""
    return int.from_bytes(blake2b(tenant_id.encode(), digest_size=7, person=b"tenantry").digest())
