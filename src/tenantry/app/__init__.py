"""The composition root: the only package that builds the concrete parts and joins them.

It decides nothing itself: what a process is made of and in which order that opens stands here, and
what it does stands in the features.
"""

from tenantry.app.application import Application, build_application
from tenantry.app.doors import MAX_BODY_BYTES

__all__ = ["MAX_BODY_BYTES", "Application", "build_application"]
