"""The overrides of breakers that all nodes share."""

from typing import Any

import msgspec

from tenantry.db import Transaction, load_statements
from tenantry.operations.model import BreakerOverride


def read_overrides(tx: Transaction) -> list[BreakerOverride]:
    """Return what was last decided about each breaker, resets too."""
    return [BreakerOverride(**dict(zip(_FIELDS, row, strict=True))) for row in _rows(tx)]


def keep_override(tx: Transaction, override: BreakerOverride) -> None:
    """Put `override` in the place of what was decided before."""
    _statements(tx).keep_override(tx.connection, **msgspec.structs.asdict(override))


_FIELDS = BreakerOverride.__struct_fields__


def _rows(tx: Transaction) -> Any:
    return _statements(tx).overrides(tx.connection)


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.operations", tx.dialect)
