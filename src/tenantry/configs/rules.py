"""The decisions about settings: what may be stored, and what a command does to a state."""

import json
import unicodedata
from typing import Any

import msgspec

from tenantry.base.codec import check_depth, decode_json, encode_json
from tenantry.configs.errors import (
    ConfigNameInvalid,
    ConfigValueInvalid,
    ConfigValueTooLarge,
)
from tenantry.configs.model import (
    MAX_NAME_CHARACTERS,
    MAX_VALUE_CHARACTERS,
    NO_VALUE,
    RESERVED_NAMES,
    Condition,
    ConfigCommand,
    ConfigEntry,
    ConfigEvent,
    ConfigValueDeleted,
    ConfigValueSet,
    DeleteConfigValue,
    Rejected,
    SetConfigValue,
    entry_after,
)


def check_name(name: str) -> None:
    """Raise `ConfigNameInvalid` unless `name` can be a setting's.

    That is 1 to 512 characters, any but `/` and control characters, and no reserved name.
    """
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
        raise ConfigNameInvalid(
            field="name",
            got=f"{len(name)} characters",
            wants=f"1 to {MAX_NAME_CHARACTERS} characters",
        )
    if name in RESERVED_NAMES:
        raise ConfigNameInvalid(field="name", got=name, wants="a name that is not reserved")
    if "/" in name or _has_forbidden_character(name):
        raise ConfigNameInvalid(
            field="name", got=name, wants="characters other than / and control characters"
        )


def check_prefix(prefix: str) -> None:
    """Raise `ConfigNameInvalid` unless a setting's name can start with `prefix`."""
    if len(prefix) > MAX_NAME_CHARACTERS:
        raise ConfigNameInvalid(
            field="prefix",
            got=f"{len(prefix)} characters",
            wants=f"at most {MAX_NAME_CHARACTERS} characters",
        )
    if "/" in prefix or _has_forbidden_character(prefix):
        raise ConfigNameInvalid(
            field="prefix", got=prefix, wants="characters other than / and control characters"
        )


def check_value(value: bytes) -> None:
    """Raise `ConfigValueInvalid` or `ConfigValueTooLarge` unless `value` is JSON we can keep.

    A string is measured by its characters, anything else by those of its JSON.
    """
    if len(value) <= MAX_VALUE_CHARACTERS:
        decode_json(value, field="value")
        return

    check_depth(value, field="value")
    decoded = decode_json(value, field="value")
    characters = len(decoded) if isinstance(decoded, str) else len(value.decode())
    if characters > MAX_VALUE_CHARACTERS:
        raise ConfigValueTooLarge(
            field="value",
            got=f"{characters} characters",
            wants=f"at most {MAX_VALUE_CHARACTERS} characters",
        )


def encode_value(value: Any) -> bytes:
    """Return the JSON of `value`; raises `ConfigValueInvalid` for what JSON cannot say."""
    try:
        # The strict encoder judges: the quick one would write NaN as null and bytes as text.
        json.dumps(value, allow_nan=False)
        return encode_json(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ConfigValueInvalid(f"value: {error}", field="value", wants="JSON") from error


def decide(
    current: ConfigEntry | None, command: ConfigCommand, *, timestamp: str
) -> ConfigEvent | Rejected:
    """Return the event that `command` makes of `current`, or why it may not.

    `current` is None for a name that never was; a deleted one says so itself.
    """
    version = current.version if current and not current.is_deleted else 0
    if not _holds(command.condition, version):
        return Rejected("stale", version)

    if isinstance(command, SetConfigValue):
        return ConfigValueSet(
            config_name=command.name,
            value=msgspec.Raw(command.value),
            old_value=msgspec.Raw(current.value) if current else NO_VALUE,
            timestamp=timestamp,
        )

    if current is None:
        return Rejected("absent", 0)
    if current.is_deleted:
        return Rejected("deleted", current.version)
    return ConfigValueDeleted(
        config_name=command.name, deleted_value=msgspec.Raw(current.value), timestamp=timestamp
    )


def evolve(
    current: ConfigEntry | None, event: ConfigEvent, *, position: int, recorded_at: int
) -> ConfigEntry:
    """Return the state after `event`, the next of its name."""
    return entry_after(
        event,
        version=(current.version if current else 0) + 1,
        position=position,
        recorded_at=recorded_at,
    )


def check_deletable(command: DeleteConfigValue) -> None:
    """Raise `ConfigValueInvalid` where a deletion is asked to happen only if nothing is there."""
    if command.condition.must_be_absent:
        raise ConfigValueInvalid(
            field="If-None-Match", got="*", wants="no such condition on a deletion"
        )


def _holds(condition: Condition, version: int) -> bool:
    """Whether `condition` holds of a value at `version`; 0 means there is none."""
    if condition.must_be_absent and version:
        return False
    if condition.must_exist and not version:
        return False
    return condition.versions is None or version in condition.versions


def _has_forbidden_character(name: str) -> bool:
    if name.isprintable():
        return False
    # Control characters, and surrogates, which no encoding of text can carry.
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in name)
