"""Settings as values: what is stored, what happened to it, and what a caller asks."""

import msgspec

MAX_NAME_CHARACTERS = 512
MAX_VALUE_CHARACTERS = 1_000_000
RESERVED_NAMES = frozenset({"watch", "diff", "schema"})
"""Names that are routes of their own."""

STREAM_PREFIX = "config-"
GLOBAL_TENANT = "global"
"""The tenant whose settings are the layer beneath every other tenant's."""


class ConfigEntry(msgspec.Struct, frozen=True, gc=False):
    """One setting as it stands, or as it stood.

    `value` is its JSON as the client wrote it; `version` counts its events from 1, `position` is
    the last one's place in the log and `updated_at` its time (µs since 1970).
    """

    name: str
    value: bytes
    version: int
    position: int
    updated_at: int
    is_deleted: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the value is a JSON string."""
        return self.value[0] == _QUOTE

    @property
    def text(self) -> bytes:
        """The characters of a JSON string, in UTF-8."""
        # Without an escape the string stands in its JSON as it is.
        if b"\\" not in self.value:
            return self.value[1:-1]
        return msgspec.json.decode(self.value, type=str).encode()


_QUOTE = ord('"')


NO_VALUE = msgspec.Raw(b"null")
"""What stands for "there was none before"; the same as a stored `null`, as clients know it."""


class ConfigValueSet(msgspec.Struct, frozen=True):
    """A value was stored; `old_value` is the one before, also a deleted one, or `NO_VALUE`."""

    config_name: str
    value: msgspec.Raw
    old_value: msgspec.Raw
    timestamp: str


class ConfigValueDeleted(msgspec.Struct, frozen=True):
    """A value was deleted."""

    config_name: str
    deleted_value: msgspec.Raw
    timestamp: str


ConfigEvent = ConfigValueSet | ConfigValueDeleted


class ConfigRecord(msgspec.Struct, frozen=True):
    """One line of a setting's history, as it is shown."""

    event_type: str
    data: msgspec.Raw
    metadata: msgspec.Raw
    created_at: str
    stream_version: int
    position: int


class Condition(msgspec.Struct, frozen=True):
    """What must hold of the present value for a write to happen.

    `versions`: it is at one of these; `must_exist`: there is one; `must_be_absent`: there is none.
    """

    versions: frozenset[int] | None = None
    must_exist: bool = False
    must_be_absent: bool = False


NO_CONDITION = Condition()


class Idempotency(msgspec.Struct, frozen=True):
    """A client's own name for its request, and a digest that tells a retry from another request."""

    key: str
    request_digest: bytes


class SetConfigValue(msgspec.Struct, frozen=True):
    """Store `value` (JSON) under `name`."""

    name: str
    value: bytes
    condition: Condition = NO_CONDITION


class DeleteConfigValue(msgspec.Struct, frozen=True):
    """Delete what is stored under `name`."""

    name: str
    condition: Condition = NO_CONDITION


ConfigCommand = SetConfigValue | DeleteConfigValue


class Rejected(msgspec.Struct, frozen=True):
    """The command may not be done: `absent`, `deleted`, or `stale` with the present `version`."""

    reason: str
    version: int


class WorkerStats(msgspec.Struct, frozen=True):
    """What the update worker has seen since it was started."""

    message_count: int
    uptime_seconds: int
    started_at: str


NO_TOKEN = "0"  # noqa: S105 - the token of a version
"""What stands for the version of a setting that there is none of."""


def token_of(entry: ConfigEntry | None, *, is_inherited: bool) -> str:
    """Return what clients know a version by: `3`, and `global:3` where the layer beneath has it."""
    if entry is None:
        return NO_TOKEN
    return f"{GLOBAL_TENANT}:{entry.version}" if is_inherited else str(entry.version)


def entry_after(
    event: ConfigEvent, *, version: int, position: int, recorded_at: int
) -> ConfigEntry:
    """Return the state that `event`, recorded as said, leaves behind: it needs no other."""
    if isinstance(event, ConfigValueSet):
        value, is_deleted = bytes(event.value), False
    else:
        value, is_deleted = bytes(event.deleted_value), True
    return ConfigEntry(event.config_name, value, version, position, recorded_at, is_deleted)
