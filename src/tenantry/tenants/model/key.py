"""API keys: what programs show."""

from typing import Final

import msgspec

from tenantry.tenants.model.role import Role
from tenantry.tenants.model.user import Guarded

KEY_PREFIX: Final = "key-"
"""Streams of keys begin with this; the key's id follows."""
FIRST_KEY_STREAM: Final = "first-key"
"""The stream, of every tenant together, that can begin only once."""

MAX_KEY_NAME_CHARACTERS: Final = 100
MAX_KEY_DAYS: Final = 3_650


class KeyGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What a key is good for; `expires_at` is µs since 1970, None where it does not end."""

    tenant_id: str
    key_id: str
    role: Role
    expires_at: int | None = None


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `api_keys`, without the hash; instants are µs since 1970."""

    tenant_id: str
    key_id: str
    name: str
    role: Role
    created_at: int
    created_by: str
    expires_at: int | None
    last_used_at: int | None


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to be made."""

    name: str
    role: Role
    expires_in_days: int | None = None


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is shown: never with what proves it."""

    id: str
    tenant_id: str
    name: str
    role: Role
    created_at: str
    created_by: str
    expires_at: str | None
    last_used_at: str | None


class IssuedKey(Guarded, frozen=True, kw_only=True):
    """A new key with its token, which nobody can be told again."""

    id: str
    tenant_id: str
    name: str
    role: Role
    created_at: str
    created_by: str
    expires_at: str | None
    last_used_at: str | None
    key: str
