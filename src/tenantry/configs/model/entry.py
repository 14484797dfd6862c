"""One setting as it stands, and the layer it stands in."""

from typing import Final, Literal

import msgspec

MAX_NAME_CHARACTERS = 512
MAX_VALUE_CHARACTERS = 1_000_000
RESERVED_NAMES = frozenset({"watch", "diff", "schema"})
"""Names that are routes of their own."""

STREAM_PREFIX = "config-"
SCHEMAS_STREAM = "config_schemas"
"""The stream of all schemas of a tenant: its version says whether any of them has changed."""

GLOBAL_TENANT = "global"
"""The tenant whose settings are the layer beneath every other tenant's."""

PLACEHOLDER: Final = b'"[secret]"'
"""What stands in the place of a sealed value wherever it is shown."""

NO_TOKEN: Final = "0"  # noqa: S105 - the token of a version
"""What stands for the version of a setting that there is none of."""

Layer = Literal["own", "global"]


class ConfigEntry(msgspec.Struct, frozen=True, gc=False):
    """One setting as it stands, or as it stood.

    `value` is its JSON as the client wrote it, or `PLACEHOLDER` where `sealed` holds it; `version`
    counts its events from 1, `position` is the last one's place in the log and `updated_at` its
    time (µs since 1970).
    """

    name: str
    value: bytes
    version: int
    position: int
    updated_at: int
    is_deleted: bool = False
    layer: Layer = "own"
    sealed: str | None = None

    @property
    def is_text(self) -> bool:
        """Whether the value is a JSON string."""
        return self.value[0] == _QUOTE

    @property
    def is_secret(self) -> bool:
        """Whether the value is sealed."""
        return self.sealed is not None

    @property
    def text(self) -> bytes:
        """The characters of a JSON string, in UTF-8."""
        # Without an escape the string stands in its JSON as it is.
        if b"\\" not in self.value:
            return self.value[1:-1]
        return msgspec.json.decode(self.value, type=str).encode()


_QUOTE = ord('"')


def layer_of(tenant_id: str) -> Layer:
    """Return the layer that what this tenant stores is in."""
    return "global" if tenant_id == GLOBAL_TENANT else "own"


def token_of(entry: ConfigEntry | None, tenant_id: str) -> str:
    """Return what tells this version of a setting from any other that `tenant_id` may see.

    That is `3` for a value of its own, `global:3` for one it inherits, and `0` for none.
    """
    if entry is None:
        return NO_TOKEN
    if entry.layer == "own" or tenant_id == GLOBAL_TENANT:
        return str(entry.version)
    return f"global:{entry.version}"
