"""Rows to what operations work with; the only place that names their tables."""

from tenantry.operations.store.allowances import forget_allowances, lease_allowance
from tenantry.operations.store.archive import (
    PAGE_BYTES,
    PAGE_ROWS,
    TABLES,
    act_as_system,
    has_data_keys,
    is_empty,
    lock_log,
    read_appends,
    read_changing,
    read_events,
    read_head,
    write_page,
)
from tenantry.operations.store.breakers import keep_override, read_overrides
from tenantry.operations.store.codec import EVENT_TYPES, encode_acted
from tenantry.operations.store.server import read_server

__all__ = [
    "EVENT_TYPES",
    "PAGE_BYTES",
    "PAGE_ROWS",
    "TABLES",
    "act_as_system",
    "encode_acted",
    "forget_allowances",
    "has_data_keys",
    "is_empty",
    "keep_override",
    "lease_allowance",
    "lock_log",
    "read_appends",
    "read_changing",
    "read_events",
    "read_head",
    "read_overrides",
    "read_server",
    "write_page",
]
