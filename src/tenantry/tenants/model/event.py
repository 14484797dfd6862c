"""What happens to tenants, memberships, keys and sessions; people are named by id alone."""

from typing import TypeAlias

import msgspec

from tenantry.tenants.model.role import Role
from tenantry.tenants.model.user import Application


class TenantCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant came to be; what was recorded before there were sandboxes made none."""

    name: str
    origins: tuple[str, ...] = ()
    sandbox: bool = False


class TenantChanged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tenant got another name or other origins, or became a sandbox or none any more."""

    name: str | None = None
    origins: tuple[str, ...] | None = None
    sandbox: bool | None = None


class TenantSuspended(msgspec.Struct, frozen=True, kw_only=True):
    """From here on the tenant's keys and sessions stand still."""

    reason: str = ""


class TenantActivated(msgspec.Struct, frozen=True, kw_only=True):
    """They work again."""


class TenantErased(msgspec.Struct, frozen=True, kw_only=True):
    """The tenant's rows and the keys of its secrets were destroyed; the id is used up."""


class MemberSet(msgspec.Struct, frozen=True, kw_only=True):
    """A user belongs to the tenant, in this role."""

    user_id: str
    role: Role | None
    applications: tuple[Application, ...] = ()


class MemberRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A user belongs to the tenant no longer; `sessions` ended with that."""

    user_id: str
    sessions: tuple[str, ...] = ()


class PersonChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of a person were changed, which is all that is said; `sessions` ended with that."""

    user_id: str
    fields: tuple[str, ...]
    sessions: tuple[str, ...] = ()


class KeyCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A key came to be; `expires_at` is µs since 1970."""

    key_id: str
    role: Role
    expires_at: int | None = None


class KeyRevoked(msgspec.Struct, frozen=True, kw_only=True):
    """A key is good for nothing any more."""

    key_id: str


class SessionEnded(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody logged out, or went on in another session."""

    session_id: str
    user_id: str


AccessEvent: TypeAlias = (
    TenantCreated
    | TenantChanged
    | TenantSuspended
    | TenantActivated
    | TenantErased
    | MemberSet
    | MemberRemoved
    | PersonChanged
    | KeyCreated
    | KeyRevoked
    | SessionEnded
)
