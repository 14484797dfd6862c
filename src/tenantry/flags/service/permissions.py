"""What one may be allowed to do with flags."""

from tenantry.configs import ReservedNames
from tenantry.flags import rules
from tenantry.flags.model import FLAG_PREFIX

EVALUATE = "flags:evaluate"
WRITE = "flags:write"
"""To change a flag, besides what changing any setting asks for."""


def reserved_names() -> ReservedNames:
    """Return the names of settings that are flags, for the store of settings."""
    return ReservedNames(prefix=FLAG_PREFIX, permission=WRITE, check=rules.check_setting)
