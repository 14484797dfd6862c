"""Distributions of the configuration as weights: whole numbers of 10,000."""

from collections.abc import Mapping
from functools import lru_cache

from tenantry.updater.rules.draw import WHOLE, Weights


def weights_of(distribution: Mapping[str, float]) -> Weights[str]:
    """Return the weights of a distribution; the order of its options does not matter."""
    return _weights(tuple(sorted(distribution.items())))


@lru_cache(maxsize=1024)
def _weights(shares: tuple[tuple[str, float], ...]) -> Weights[str]:
    return Weights({option: round(share * WHOLE) for option, share in shares})
