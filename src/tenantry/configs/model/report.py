"""What is told of settings besides their values."""

from typing import Literal

import msgspec

from tenantry.configs.model.entry import ConfigEntry
from tenantry.configs.model.schema import SchemaTarget, Violation


class ConfigRecord(msgspec.Struct, frozen=True):
    """One line of a setting's history, as it is shown."""

    event_type: str
    data: msgspec.Raw
    metadata: msgspec.Raw
    created_at: str
    stream_version: int
    position: int


class Difference(msgspec.Struct, frozen=True):
    """A setting that is not the same at two moments; None is a moment at which it was not there."""

    name: str
    before: ConfigEntry | None
    after: ConfigEntry | None


class LayerOfEntry(msgspec.Struct, frozen=True):
    """What one layer holds of a name, deleted or not, and who put it there."""

    entry: ConfigEntry
    actor: str


class Explanation(msgspec.Struct, frozen=True):
    """Why a name has the value it has: what answers, and every layer, the winning one first."""

    entry: ConfigEntry
    layers: tuple[LayerOfEntry, ...]


class Unrestored(msgspec.Struct, frozen=True):
    """A setting that a rollback has left as it is."""

    name: str
    reason: Literal["shredded"]


class RollbackReport(msgspec.Struct, frozen=True):
    """What a rollback has done; `position` is its last, or the present one where it did nothing."""

    position: int
    changes: tuple[ConfigEntry, ...]
    schemas_set: tuple[SchemaTarget, ...]
    schemas_deleted: tuple[SchemaTarget, ...]
    not_restored: tuple[Unrestored, ...]


class Rejection(msgspec.Struct, frozen=True):
    """A value, present or past, that a schema on trial would not let in."""

    tenant_id: str
    name: str
    version: int
    position: int
    is_present: bool
    violations: tuple[Violation, ...]


class SchemaTrial(msgspec.Struct, frozen=True):
    """What a schema would reject: `rejected` is the beginning of `count` values of `checked`.

    `skipped` are secrets, which nothing is told of.
    """

    checked: int
    count: int
    rejected: tuple[Rejection, ...]
    skipped: int


class WorkerStats(msgspec.Struct, frozen=True):
    """What the update worker has seen since it was started."""

    message_count: int
    uptime_seconds: int
    started_at: str
