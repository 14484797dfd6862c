"""Whether a node works, in the form of its first interface."""

from typing import Literal

import msgspec


class NodeHealthReport(msgspec.Struct, frozen=True):
    """Whether what a node needs works, each thing touched just now."""

    status: Literal["healthy", "unhealthy"]
    timestamp: str
    checks: dict[str, str]

    @property
    def is_healthy(self) -> bool:
        """Whether every check passed."""
        return self.status == "healthy"


class ReadinessReport(msgspec.Struct, frozen=True):
    """Whether a node may be sent requests."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether every check passed."""
        return self.status == "ready"
