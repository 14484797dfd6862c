"""The use cases of flags."""

from tenantry.flags.service.flags import Flags
from tenantry.flags.service.permissions import EVALUATE, WRITE, reserved_names
from tenantry.flags.service.watching import FlagWatch, FlagWatches

__all__ = ["EVALUATE", "WRITE", "FlagWatch", "FlagWatches", "Flags", "reserved_names"]
