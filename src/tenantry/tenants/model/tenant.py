"""A tenant: the isolation boundary."""

from typing import Final, Literal, TypeAlias

import msgspec

TENANT_STREAM: Final = "tenant"
"""The stream, in its own scope, of what a tenant is."""

MAX_NAME_CHARACTERS: Final = 200
MAX_ORIGINS: Final = 100

TenantStatus: TypeAlias = Literal["active", "suspended"]


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as it is now; `version` is that of its stream, `created_at` µs since 1970.

    `origins` are the web origins whose pages may call in its name. Made-up data may be written into
    a sandbox, and into nothing else.
    """

    id: str
    name: str
    status: TenantStatus
    created_at: int
    origins: tuple[str, ...] = ()
    version: int = 1
    is_erased: bool = False
    is_sandbox: bool = False


class TenantView(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as it is shown."""

    id: str
    name: str
    status: TenantStatus
    created_at: str
    origins: tuple[str, ...]
    sandbox: bool


class NewTenant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant to be made; without an `id` it gets a UUID."""

    name: str
    id: str | None = None
    origins: tuple[str, ...] = ()
    sandbox: bool = False


class TenantChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be otherwise about a tenant; what is left out stays."""

    name: str | None = None
    origins: tuple[str, ...] | None = None
    sandbox: bool | None = None


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure has taken away."""

    id: str
    users_erased: int
    members_removed: int
    keys_deleted: int
    sessions_ended: int
    data_keys_shredded: int
