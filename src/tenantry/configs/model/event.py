"""What happened to a setting or to a schema, and the state it leaves behind."""

import msgspec

from tenantry.configs.model.entry import PLACEHOLDER, ConfigEntry, layer_of

NO_VALUE = msgspec.Raw(b"null")
"""What stands for "there was none before"; the same as a stored `null`, as clients know it."""


class ConfigValueSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """A value was stored; `old_value` is the one before, also a deleted one, or `NO_VALUE`.

    Where `sealed` holds the value, `value` only stands for it.
    """

    config_name: str
    value: msgspec.Raw
    old_value: msgspec.Raw
    timestamp: str
    sealed: str | None = None


class ConfigValueDeleted(msgspec.Struct, frozen=True):
    """A value was deleted."""

    config_name: str
    deleted_value: msgspec.Raw
    timestamp: str


class ConfigSecretShredded(msgspec.Struct, frozen=True):
    """The key of all sealed values of a deleted name was destroyed: nobody can read them again."""

    config_name: str
    timestamp: str


ConfigEvent = ConfigValueSet | ConfigValueDeleted | ConfigSecretShredded


class ConfigSchemaSet(msgspec.Struct, frozen=True):
    """A schema was set for one name, or for all names with a prefix; the other of the two is None.

    `old_schema` is the one before, or `NO_VALUE`.
    """

    config_name: str | None
    prefix: str | None
    schema: msgspec.Raw
    old_schema: msgspec.Raw
    timestamp: str


class ConfigSchemaDeleted(msgspec.Struct, frozen=True):
    """A schema was deleted."""

    config_name: str | None
    prefix: str | None
    deleted_schema: msgspec.Raw
    timestamp: str


SchemaEvent = ConfigSchemaSet | ConfigSchemaDeleted


def entry_after(
    event: ConfigEvent, *, tenant_id: str, version: int, position: int, recorded_at: int
) -> ConfigEntry:
    """Return the state that `event`, recorded as said, leaves behind: it needs no other."""
    layer = layer_of(tenant_id)
    match event:
        case ConfigValueSet():
            return ConfigEntry(
                event.config_name,
                bytes(event.value),
                version,
                position,
                recorded_at,
                layer=layer,
                sealed=event.sealed,
            )
        case ConfigValueDeleted():
            left = bytes(event.deleted_value)
        case _:
            left = PLACEHOLDER
    return ConfigEntry(
        event.config_name, left, version, position, recorded_at, is_deleted=True, layer=layer
    )
