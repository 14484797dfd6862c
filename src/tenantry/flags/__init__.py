"""Flags: what a tenant gets depends on its settings named `flag:KEY`, and on whom it is asked for.

Each is a flag definition of flagd, and evaluated by the reference evaluator in this process. A
tenant's own definition hides the one of `global` entirely, as settings do. It keeps nothing itself:
flags are written, versioned, rolled back and watched as settings, which ask for `flags:write` too.

The routes are in `tenantry.flags.api`, which only `tenantry.app` imports.
"""

from tenantry.flags.model import FLAG_PREFIX, Context, Evaluation
from tenantry.flags.service import Flags, FlagWatches, reserved_names

__all__ = ["FLAG_PREFIX", "Context", "Evaluation", "FlagWatches", "Flags", "reserved_names"]
