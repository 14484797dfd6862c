"""What a command does to a state."""

import msgspec

from tenantry.configs.errors import ConfigValueInvalid
from tenantry.configs.model import (
    NO_VALUE,
    PLACEHOLDER,
    Condition,
    ConfigCommand,
    ConfigEntry,
    ConfigEvent,
    ConfigSchemaDeleted,
    ConfigSchemaSet,
    ConfigValueDeleted,
    ConfigValueSet,
    DeleteConfigValue,
    Rejected,
    SchemaEvent,
    Schemas,
    SchemaTarget,
    SetConfigValue,
    entry_after,
)


def decide(
    current: ConfigEntry | None,
    command: ConfigCommand,
    *,
    timestamp: str,
    inherited_version: int = 0,
    sealed: str | None = None,
) -> ConfigEvent | Rejected:
    """Return the event that `command` makes of `current`, or why it may not.

    `current` is None for a name that never was; a deleted one says so itself. `inherited_version`
    is that of the layer beneath, 0 for none; `sealed` is the command's value where it is a secret.
    """
    version = current.version if current and not current.is_deleted else 0
    if not _holds(command.condition, version, inherited_version):
        is_inherited = not version and inherited_version
        return Rejected("stale", f"global:{inherited_version}" if is_inherited else str(version))

    if isinstance(command, SetConfigValue):
        return ConfigValueSet(
            config_name=command.name,
            value=msgspec.Raw(command.value if sealed is None else PLACEHOLDER),
            old_value=msgspec.Raw(current.value) if current else NO_VALUE,
            timestamp=timestamp,
            sealed=sealed,
        )

    if current is None:
        return Rejected("absent", "0")
    if current.is_deleted:
        return Rejected("deleted", "0")
    return ConfigValueDeleted(
        config_name=command.name, deleted_value=msgspec.Raw(current.value), timestamp=timestamp
    )


def evolve(
    current: ConfigEntry | None,
    event: ConfigEvent,
    *,
    tenant_id: str,
    position: int,
    recorded_at: int,
) -> ConfigEntry:
    """Return the state after `event`, the next of its name."""
    return entry_after(
        event,
        tenant_id=tenant_id,
        version=(current.version if current else 0) + 1,
        position=position,
        recorded_at=recorded_at,
    )


def decide_schemas(
    current: Schemas, desired: dict[SchemaTarget, bytes], *, timestamp: str
) -> list[SchemaEvent]:
    """Return the events that make `desired` of the present schemas, by target."""
    events: list[SchemaEvent] = []
    for target in sorted({*current.by_target, *desired}):
        before = current.by_target.get(target)
        after = desired.get(target)
        name, prefix = _named(target)
        if after is not None and (before is None or before.schema != after):
            old_schema = msgspec.Raw(before.schema) if before else NO_VALUE
            events.append(ConfigSchemaSet(name, prefix, msgspec.Raw(after), old_schema, timestamp))
        elif after is None and before is not None:
            deleted = msgspec.Raw(before.schema)
            events.append(ConfigSchemaDeleted(name, prefix, deleted, timestamp))
    return events


def check_deletable(command: DeleteConfigValue) -> None:
    """Raise `ConfigValueInvalid` where a deletion is asked to happen only if nothing is there."""
    if command.condition.must_be_absent:
        raise ConfigValueInvalid(
            field="If-None-Match", got="*", wants="no such condition on a deletion"
        )


def _holds(condition: Condition, version: int, inherited_version: int) -> bool:
    """Whether `condition` holds of an own value at `version`; 0 means there is none."""
    if condition.must_be_absent and version:
        return False
    if condition.must_exist and not version:
        return False
    if condition.versions is None or version in condition.versions:
        return True
    return not version and inherited_version in condition.global_versions


def _named(target: SchemaTarget) -> tuple[str | None, str | None]:
    return (target.text, None) if target.kind == "name" else (None, target.text)
