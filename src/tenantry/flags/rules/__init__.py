"""The decisions about flags: what one may be, and what it is for a context."""

from tenantry.flags.rules.definition import check_setting, key_of, read_definition
from tenantry.flags.rules.evaluation import (
    checked_context,
    compiled,
    evaluate,
    failed,
    is_broken,
    is_timed,
)

__all__ = [
    "check_setting",
    "checked_context",
    "compiled",
    "evaluate",
    "failed",
    "is_broken",
    "is_timed",
    "key_of",
    "read_definition",
]
