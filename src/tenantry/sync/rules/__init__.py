"""Decisions about sync: pure, without I/O, clock or chance."""

from tenantry.sync.rules.collections import DEFAULT_COLLECTIONS, levels
from tenantry.sync.rules.declared import why_no_path
from tenantry.sync.rules.figures import (
    by_collection,
    database,
    durations_of,
    health,
    is_stuck,
    orchestration,
    percentage,
    percentiles,
    success_rate,
)
from tenantry.sync.rules.method import FLAG, decide_method
from tenantry.sync.rules.naming import correlation_id, lease_name, tenant_of, workflow_id
from tenantry.sync.rules.passes import Pass, check_steady, check_total, next_pass, retry_at
from tenantry.sync.rules.rows import (
    CheckRow,
    Prepared,
    hash_of,
    later_since,
    pack_hashes,
    prepare,
    unpack_hashes,
)
from tenantry.sync.rules.source import name_of, parse_source
from tenantry.sync.rules.standing import Standing, standing_of

__all__ = [
    "DEFAULT_COLLECTIONS",
    "FLAG",
    "CheckRow",
    "Pass",
    "Prepared",
    "Standing",
    "by_collection",
    "check_steady",
    "check_total",
    "correlation_id",
    "database",
    "decide_method",
    "durations_of",
    "hash_of",
    "health",
    "is_stuck",
    "later_since",
    "lease_name",
    "levels",
    "name_of",
    "next_pass",
    "orchestration",
    "pack_hashes",
    "parse_source",
    "percentage",
    "percentiles",
    "prepare",
    "retry_at",
    "standing_of",
    "success_rate",
    "tenant_of",
    "unpack_hashes",
    "why_no_path",
    "workflow_id",
]
