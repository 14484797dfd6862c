"""What to do to settings, as a seed decides it: for runs whose order is not ours to decide."""

import random
from collections.abc import Sequence
from typing import TypeVar

from tests.properties.config_moves import NAMES, VALUES

T = TypeVar("T")


class SeededChooser:
    """Chooses by a seed, among few names, so that those who do things at once meet."""

    def __init__(self, seed: int, *, name_count: int = 3) -> None:
        self._random = random.Random(seed)
        self._names = NAMES[:name_count]

    def one_of(self, items: Sequence[T]) -> T:
        """Choose one of `items`."""
        return self._random.choice(items)

    def number(self, most: int) -> int:
        """Choose from 0 to `most`."""
        return self._random.randint(0, most)

    def name(self) -> str:
        """Choose a name."""
        return self.one_of(self._names)

    def value(self) -> bytes:
        """Choose a value, as JSON."""
        return self.one_of(VALUES)
