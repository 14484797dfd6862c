"""How often a long test does what it does: all of it in `make soak`, a tenth in `make test`."""

import os

IS_CI = os.environ.get("CI") == "true"
IS_SOAK = os.environ.get("TENANTRY_SOAK") == "1"


def soak_count(full: int) -> int:
    """Return `full` in a soak run and a tenth of it, at least 1, in any other."""
    return full if IS_SOAK else max(1, full // 10)
