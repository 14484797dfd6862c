"""Flags over HTTP: OFREP, and flagd's own format."""

from tenantry.flags.api.document import DECLARATIONS
from tenantry.flags.api.flagd import flagd_handlers
from tenantry.flags.api.routes import ofrep_handlers

__all__ = ["DECLARATIONS", "flagd_handlers", "ofrep_handlers"]
