"""What the nodes have leased of the rates they share."""

from typing import Any

from tenantry.base.errors import Unavailable
from tenantry.db import Transaction, load_statements
from tenantry.reliability import Lease


def lease_allowance(
    tx: Transaction, *, limiter: str, key: str, window: int, wanted: int, limit: int, now: int
) -> Lease:
    """Add up to `wanted` to what is leased of `window`, never beyond `limit`; one statement.

    Raises `Unavailable` where the windows of the other nodes are far ahead: a clock is wrong.
    """
    last, leased, granted = _statements(tx).lease_allowance(
        tx.connection,
        limiter=limiter,
        bucket=key,
        window_number=window,
        wanted=wanted,
        most=limit,
        leased_at=now,
    )
    if last > window + 1:
        # It may be a month until these are over here, and whoever asks is not refused for so long.
        raise Unavailable(f"a node has leased of window {last}, and here it is {window}")
    # A node whose clock is a little behind asks for a window that is over for all.
    return Lease(granted, limit - leased) if last == window else Lease(0, 0)


def forget_allowances(tx: Transaction, before: int, after: int) -> None:
    """Delete what was last leased before the instant `before`: its windows are over.

    And what was leased after the instant `after`, which a clock that was wrong has left.
    """
    _statements(tx).forget_allowances(tx.connection, before=before, after=after)


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.operations", tx.dialect)
