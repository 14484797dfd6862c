"""Sdk: the settings of a Tenantry server, for other programs.

Two clients, which are one core of requests as values and two thin shells of httpx, and a replica:
a copy in this process that follows the server, so that a read is a dictionary look-up. It knows
the server by its routes alone: it imports nothing of what a server is made of, and starts nothing
when it is imported.
"""

from tenantry.sdk.async_client import AsyncConfigClient
from tenantry.sdk.client import ConfigClient
from tenantry.sdk.errors import (
    Conflict,
    Denied,
    Gone,
    Invalid,
    NotFound,
    PreconditionFailed,
    RequestFailed,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    Unreachable,
)
from tenantry.sdk.model import (
    ABSENT,
    AppliedChange,
    Changeset,
    ConfigChange,
    ConfigCommand,
    ConfigDiff,
    ConfigEntry,
    ConfigRecord,
    DeleteConfigValue,
    DiffVersions,
    Explanation,
    Layer,
    LayerEntry,
    Moment,
    NotRestored,
    RejectedValue,
    SchemaChange,
    SchemaReport,
    SetConfigValue,
    Violation,
)
from tenantry.sdk.replica import ConfigReplica, ReplicaSnapshot
from tenantry.sdk.retry import Retry

__all__ = [
    "ABSENT",
    "AppliedChange",
    "AsyncConfigClient",
    "Changeset",
    "ConfigChange",
    "ConfigClient",
    "ConfigCommand",
    "ConfigDiff",
    "ConfigEntry",
    "ConfigRecord",
    "ConfigReplica",
    "Conflict",
    "DeleteConfigValue",
    "Denied",
    "DiffVersions",
    "Explanation",
    "Gone",
    "Invalid",
    "Layer",
    "LayerEntry",
    "Moment",
    "NotFound",
    "NotRestored",
    "PreconditionFailed",
    "RejectedValue",
    "ReplicaSnapshot",
    "RequestFailed",
    "Retry",
    "SchemaChange",
    "SchemaReport",
    "SetConfigValue",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "Unprocessable",
    "Unreachable",
    "Violation",
]
