"""How often a long test does what it does: all of it in `make soak`, a tenth in `make test`."""

import os

IS_CI = os.environ.get("CI") == "true"
IS_SOAK = os.environ.get("TENANTRY_SOAK") == "1"


def soak_count(full: int) -> int:
    """Return `full` in a soak run and a tenth of it, at least 1, in any other."""
    return full if IS_SOAK else max(1, full // 10)


def search_count(full: int) -> int:
    """Return how far a random search goes whose count no issue names.

    As `soak_count`, but a quarter as far in the soak of CI, which would not come to its end in time
    and finds the same each time: see `derandomize` in tests/conftest.py.
    """
    return full // 4 if IS_SOAK and IS_CI else soak_count(full)
