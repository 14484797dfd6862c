"""The little statistics that a comparison takes; nothing is decided by them but a verdict."""

import math
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

LEVELS: Final = tuple(place / 20 for place in range(1, 20))
"""The shares of all of which a dwell says how long they take at most: 5, 10 … 95 of 100."""
LOWER, MIDDLE, UPPER = 4, 9, 14
"""Where the quartiles are among them."""
_LEAST_EXPECTED: Final = 5.0
_LEAST_RANKS: Final = 5
_HALVINGS: Final = 60


class ChiSquare(msgspec.Struct, frozen=True):
    """The result of Pearson's test; without degrees of freedom there was nothing to compare."""

    statistic: float
    degrees: int
    p_value: float


def chi_square(observed: Sequence[int], shares: Sequence[float]) -> ChiSquare:
    """Return Pearson's test of counts against shares, which are taken to sum up to 1.

    Options of which fewer than five are expected are one option together, as is usual.
    """
    total = sum(observed)
    cells = [(float(count), share * total) for count, share in zip(observed, shares, strict=True)]
    kept = [cell for cell in cells if cell[1] >= _LEAST_EXPECTED]
    small = [cell for cell in cells if cell[1] < _LEAST_EXPECTED]
    expected = sum(cell[1] for cell in small)
    if expected > 0:
        kept.append((sum(cell[0] for cell in small), expected))
    degrees = len(kept) - 1
    if degrees < 1:
        return ChiSquare(0.0, 0, 1.0)
    statistic = sum((count - wanted) ** 2 / wanted for count, wanted in kept)
    return ChiSquare(statistic, degrees, tail(statistic, degrees))


def tail(statistic: float, degrees: int) -> float:
    """Return how often chance alone makes such a chi-square or a larger one.

    By Wilson and Hilferty: the cube root of a chi-square is nearly normal.
    """
    if statistic <= 0:
        return 1.0
    spread = 2 / (9 * degrees)
    return above((math.cbrt(statistic / degrees) - (1 - spread)) / math.sqrt(spread))


def above(z: float) -> float:
    """Return how much of a standard normal distribution lies above `z`."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def quantiles(values: Sequence[float]) -> tuple[float, ...]:
    """Return what the levels of all values are at most; none where there are no values."""
    if not values:
        return ()
    ordered = sorted(values)
    return tuple(ordered[min(len(ordered) - 1, int(level * len(ordered)))] for level in LEVELS)


def log_normal(median: float, sigma: float) -> tuple[float, ...]:
    """Return the same of a log-normal distribution."""
    return mixed_log_normal((median,), (1.0,), sigma)


def mixed_log_normal(
    medians: Sequence[float], weights: Sequence[float], sigma: float
) -> tuple[float, ...]:
    """Return the same of a mixture of log-normal distributions with one shape."""
    total = sum(weights)
    parts = [
        (math.log(median), weight / total) for median, weight in zip(medians, weights, strict=True)
    ]

    def reached(value: float) -> float:
        return sum(weight * (1 - above((value - mean) / sigma)) for mean, weight in parts)

    return tuple(math.exp(_solve(reached, level)) for level in LEVELS)


def log_normal_age(median: float, sigma: float) -> tuple[float, ...]:
    """Return the same of the age of what is under way, if each lasts log-normally long.

    In a stationary process the density of an age is the share that lasts longer, over the mean.
    """
    mean = median * math.exp(sigma**2 / 2)

    def reached(log_value: float) -> float:
        z = (log_value - math.log(median)) / sigma
        return math.exp(log_value) * above(z) / mean + 1 - above(z - sigma)

    return tuple(math.exp(_solve(reached, level)) for level in LEVELS)


def zipf_exponent(counts: Sequence[int]) -> float | None:
    """Return the exponent of the power law that fits counts by rank best; None for too few.

    By least squares over the logarithms of the ranks and counts.
    """
    ordered = sorted((count for count in counts if count > 0), reverse=True)
    if len(ordered) < _LEAST_RANKS:
        return None
    points = [(math.log(rank), math.log(count)) for rank, count in enumerate(ordered, start=1)]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return -slope / sum((x - mean_x) ** 2 for x, _ in points)


def _solve(reached: Callable[[float], float], level: float) -> float:
    """Return where a rising function reaches a level, by bisection."""
    low, high = -20.0, 40.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if reached(middle) < level:
            low = middle
        else:
            high = middle
    return (low + high) / 2
