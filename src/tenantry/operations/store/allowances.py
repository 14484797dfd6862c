"""What the nodes have leased of the rates they share."""

from typing import Any

from tenantry.db import Transaction, load_statements
from tenantry.reliability import Lease


def lease_allowance(
    tx: Transaction, *, limiter: str, key: str, window: int, wanted: int, limit: int, now: int
) -> Lease:
    """Add up to `wanted` to what is leased of `window`, never beyond `limit`; one statement."""
    last, leased, granted = _statements(tx).lease_allowance(
        tx.connection,
        limiter=limiter,
        bucket=key,
        window_number=window,
        wanted=wanted,
        most=limit,
        leased_at=now,
    )
    # A node whose clock is behind asks for a window that is over for all.
    return Lease(granted, limit - leased) if last == window else Lease(0, 0)


def forget_allowances(tx: Transaction, before: int) -> None:
    """Delete what was last leased before the instant `before`: its windows are over."""
    _statements(tx).forget_allowances(tx.connection, before=before)


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.operations", tx.dialect)
