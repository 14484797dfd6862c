"""The decisions about settings: what may be stored, and what a command does to a state."""

from tenantry.configs.rules.changes import MAX_CHANGES, check_changes, restoring
from tenantry.configs.rules.decision import check_deletable, decide, decide_schemas, evolve
from tenantry.configs.rules.names import check_name, check_prefix
from tenantry.configs.rules.schema import check_schema, checker_of, violations_of
from tenantry.configs.rules.tree import differences, merge_layers
from tenantry.configs.rules.values import check_not_placeholder, check_value, encode_value

__all__ = [
    "MAX_CHANGES",
    "check_changes",
    "check_deletable",
    "check_name",
    "check_not_placeholder",
    "check_prefix",
    "check_schema",
    "check_value",
    "checker_of",
    "decide",
    "decide_schemas",
    "differences",
    "encode_value",
    "evolve",
    "merge_layers",
    "restoring",
    "violations_of",
]
