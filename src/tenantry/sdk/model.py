"""What the server's answers say, and what a caller sends, as values."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

Layer = Literal["own", "global"]
"""Whose value it is: the tenant's own, or that of the layer beneath every tenant."""

Moment = int | str | datetime
"""A position of the log, or a time that means one: aware, or ISO 8601 text with an offset."""

ABSENT = UNSET
"""What stands where there is no value; a stored `null` is None."""

SECRET_TEXT = "[secret]"  # noqa: S105 - what the server shows in a secret's place
"""What the server shows in the place of a secret."""


class ConfigEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as it stands, or as it stood.

    `version` counts its events from 1, `position` is the last one's place in the log and
    `updated_at` its time.
    """

    name: str
    value: Any
    version: int
    position: int
    updated_at: datetime
    layer: Layer = "own"
    is_secret: bool = field(default=False, name="secret")

    @property
    def token(self) -> str:
        """What stands for this very version: for `if_version=`, and for `wait`."""
        return str(self.version) if self.layer == "own" else f"{self.layer}:{self.version}"


class ConfigChange(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a setting, in one of its layers.

    `value` is `ABSENT` where it was deleted, and `[secret]` for one that `is_secret`.
    """

    name: str
    version: int
    position: int
    updated_at: datetime
    value: Any = UNSET
    layer: Layer = "own"
    is_secret: bool = field(default=False, name="secret")

    @property
    def is_deletion(self) -> bool:
        """Whether the setting was deleted."""
        return self.value is UNSET


class ConfigRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a setting's history."""

    event_type: str
    data: dict[str, Any]
    metadata: dict[str, Any]
    created_at: datetime
    stream_version: int
    position: int


class ConfigDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a setting between two moments; `ABSENT` where there was none."""

    name: str
    before: Any = UNSET
    after: Any = UNSET
    versions: "DiffVersions"


class DiffVersions(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of a setting's versions at two moments, None where there was none."""

    before: str | int | None = None
    after: str | int | None = None


class SetConfigValue(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="op", tag="set", omit_defaults=True
):
    """Of a changeset: store `value` under `name`, where `expected_version` is the present one."""

    name: str
    value: Any
    expected_version: int | str | UnsetType = UNSET
    is_secret: bool = field(default=False, name="secret")


class DeleteConfigValue(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="op", tag="delete", omit_defaults=True
):
    """Of a changeset: delete `name`, where `expected_version` is the present one."""

    name: str
    expected_version: int | str | UnsetType = UNSET


ConfigCommand = SetConfigValue | DeleteConfigValue
"""What a changeset is made of."""


class AppliedChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a changeset has done to one setting."""

    name: str
    op: str
    version: int
    position: int


class SchemaChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a rollback has done to the schema of a name, or of every name with a prefix."""

    op: str
    name: str | None = None
    prefix: str | None = None


class NotRestored(msgspec.Struct, frozen=True, kw_only=True):
    """A setting that a rollback could not restore."""

    name: str
    reason: str


class Changeset(msgspec.Struct, frozen=True, kw_only=True):
    """Changes that were stored together; `position` is that of the last one."""

    position: int
    changes: tuple[AppliedChange, ...] = ()
    schemas: tuple[SchemaChange, ...] = ()
    not_restored: tuple[NotRestored, ...] = ()


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing about a value that its schema forbids: where, as a JSON pointer, and what."""

    pointer: str
    message: str


class RejectedValue(msgspec.Struct, frozen=True, kw_only=True):
    """A stored value, present or past, that a schema would reject."""

    tenant_id: str
    name: str
    version: int
    position: int
    is_present: bool
    violations: tuple[Violation, ...] = ()


class SchemaReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a schema would reject: `checked` values were looked at, `count` of them rejected.

    `skipped` are secrets, which whoever asks may not see.
    """

    checked: int
    count: int
    rejected: tuple[RejectedValue, ...] = ()
    skipped: int = 0


class LayerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What one layer says of a setting; `value` is `ABSENT` where it is deleted there."""

    layer: Layer
    version: int
    position: int
    updated_at: datetime
    actor: str | None = None
    value: Any = UNSET
    is_deleted: bool = False


class Explanation(ConfigEntry, frozen=True, kw_only=True):
    """A setting, and what every layer says of it, the one that counts first."""

    layers: tuple[LayerEntry, ...] = ()
