"""A figure: the rounds of both sides, their medians, the ratio, and what was aimed at."""

import statistics
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

T = TypeVar("T")
U = TypeVar("U")


class Series(msgspec.Struct, frozen=True):
    """What the rounds of one side measured."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """What is quoted."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The least of the rounds."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The most of the rounds."""
        return max(self.values)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report.

    `aim_ratio` is how many times better than the peer we want to be, `aim_most` and `aim_least` are
    bounds of our own value; a figure with none is information. `peer` says who `theirs` are.
    """

    suite: str
    name: str
    unit: str
    ours: Series
    theirs: Series | None = None
    peer: str = ""
    is_lower_better: bool = False
    aim_ratio: float | None = None
    aim_most: float | None = None
    aim_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times better we are than the peer: below 1 we are worse."""
        if self.theirs is None:
            return None
        ours, theirs = self.ours.median, self.theirs.median
        return theirs / ours if self.is_lower_better else ours / theirs

    @property
    def is_met(self) -> bool | None:
        """Whether it is as good as we aimed at; None where we aimed at nothing."""
        if self.aim_most is not None:
            return self.ours.median <= self.aim_most
        if self.aim_least is not None:
            return self.ours.median >= self.aim_least
        if self.aim_ratio is not None and self.ratio is not None:
            return self.ratio >= self.aim_ratio
        return None


def series(values: Iterable[float]) -> Series:
    """Return the measured values of one side as a series."""
    return Series(tuple(values))


def in_turn(rounds: int, ours: Callable[[], T], theirs: Callable[[], U]) -> tuple[list[T], list[U]]:
    """Measure both sides in turn, so that what disturbs the machine disturbs both."""
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return [our for our, _ in pairs], [their for _, their in pairs]
