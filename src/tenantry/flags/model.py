"""Flags as values: a definition, and what evaluating one has come to."""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

FLAG_PREFIX: Final = "flag:"
"""What the names of settings that are flags start with; the flag's key follows."""

MAX_DEFINITION_BYTES: Final = 65_536
MAX_CONTEXT_BYTES: Final = 16_384
MAX_CONTEXT_VALUES: Final = 1_000

Context: TypeAlias = Mapping[str, Any]
"""What a flag is evaluated for: attributes, of which `targetingKey` says for whom."""

Kind = Literal["boolean", "string", "integer", "float", "object"]

Reason = Literal["STATIC", "TARGETING_MATCH", "SPLIT", "DEFAULT", "DISABLED", "ERROR"]
ErrorCode = Literal[
    "FLAG_NOT_FOUND", "PARSE_ERROR", "INVALID_CONTEXT", "PROVIDER_NOT_READY", "GENERAL"
]
"""Those of OpenFeature."""


class FlagDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A flag that can be evaluated, of which all values are of one `kind`.

    `json` is the definition as it was stored; `is_timed` says that its targeting asks for the time.
    """

    key: str
    kind: Kind
    json: bytes
    is_disabled: bool
    variants: Mapping[str, Any]
    targeting: Mapping[str, Any]
    metadata: Mapping[str, str | float | bool]
    is_timed: bool


class StoredFlag(msgspec.Struct, frozen=True):
    """A flag as it is stored, and the version of what is stored: `own:3`, or `global:3`."""

    key: str
    json: bytes
    version: str


class FlagSet(msgspec.Struct, frozen=True):
    """All flags that a tenant sees, by key; `version` is another one where any of them is."""

    tenant_id: str
    flags: tuple[StoredFlag, ...]
    version: str


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What a flag is for a context, and why.

    `value` is unset, and `variant` empty, where whoever asks is to take their own default: the flag
    is disabled, says so itself, or there is an `error_code`, of which `error_details` tell more.
    """

    key: str
    reason: Reason
    value: Any = msgspec.UNSET
    variant: str = ""
    metadata: Mapping[str, Any] = {}
    error_code: ErrorCode | None = None
    error_details: str | None = None

    @property
    def has_value(self) -> bool:
        """Whether there is a value, and not the code's own default to take."""
        return self.value is not msgspec.UNSET
