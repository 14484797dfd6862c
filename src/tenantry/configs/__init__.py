"""Configs: every setting of every tenant, event-sourced.

It stores values by name, answers what a value is and was, and refuses a write that was decided on
a state that is no longer the present one. Values are JSON and opaque: what they mean is the
business of whoever reads them. It keeps no table of its own: the log is the truth, and the tree
in memory is built from it.

The routes are in `tenantry.configs.api`, which only `tenantry.app` imports: a command line that
starts needs no web framework.
"""

from tenantry.configs.model import (
    GLOBAL_TENANT,
    NO_CONDITION,
    Condition,
    ConfigCommand,
    ConfigEntry,
    ConfigRecord,
    DeleteConfigValue,
    Difference,
    Explanation,
    Idempotency,
    ReservedNames,
    RollbackReport,
    Schema,
    SchemaTarget,
    SchemaTrial,
    SetConfigValue,
    Violation,
    WorkerStats,
)
from tenantry.configs.rules import checker_of
from tenantry.configs.service import ConfigFeed, ConfigRuntime, ConfigStore, ConfigWatches, Watcher
from tenantry.configs.store import EVENT_TYPES, ConfigStateProjection
from tenantry.configs.worker import ConfigUpdateWorker, ProjectionNarrator

__all__ = [
    "EVENT_TYPES",
    "GLOBAL_TENANT",
    "NO_CONDITION",
    "Condition",
    "ConfigCommand",
    "ConfigEntry",
    "ConfigFeed",
    "ConfigRecord",
    "ConfigRuntime",
    "ConfigStateProjection",
    "ConfigStore",
    "ConfigUpdateWorker",
    "ConfigWatches",
    "DeleteConfigValue",
    "Difference",
    "Explanation",
    "Idempotency",
    "ProjectionNarrator",
    "ReservedNames",
    "RollbackReport",
    "Schema",
    "SchemaTarget",
    "SchemaTrial",
    "SetConfigValue",
    "Violation",
    "Watcher",
    "WorkerStats",
    "checker_of",
]
