"""Who may do what, as the server's answers say it. What a newer server adds is left unread."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec

from tenantry.base.secret import REDACTED


class _Masked(msgspec.Struct, frozen=True, kw_only=True):
    """Shows `[redacted]` for the field that is nobody's business; its attribute has it."""

    masked_field: ClassVar[str]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [
            (name, REDACTED if name == self.masked_field else getattr(self, name))
            for name in self.__struct_fields__
        ]


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant: `status` is `active` or `suspended`, `origins` whose pages may call in its name.

    Made-up data may be written into a `sandbox`, and into no other.
    """

    id: str
    name: str
    status: str
    created_at: datetime
    origins: tuple[str, ...] = ()
    sandbox: bool = False

    @property
    def is_active(self) -> bool:
        """Whether its keys and sessions are good for something."""
        return self.status == "active"


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """A user's roles in a front end of the tenant, or in every one where `client_key` is None.

    They are the front end's own: none of them permits anything here.
    """

    client_key: str | None = None
    roles: tuple[str, ...] = ()


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user as they see themselves."""

    id: str
    email: str
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    created_at: datetime


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant that a user belongs to; without a `role` they may do nothing there."""

    tenant_id: str
    role: str | None = None
    applications: tuple[Application, ...] = ()


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A user as a tenant sees them; without a `role` they may do nothing there.

    `is_owned`: names and credentials are this tenant's to change. Of somebody else's user it sees
    neither user name nor names.
    """

    id: str
    email: str
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    role: str | None = None
    applications: tuple[Application, ...] = ()
    is_owned: bool = False
    created_at: datetime


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key, never with what proves it; `expires_at` is None for one that does not end."""

    id: str
    tenant_id: str
    name: str
    role: str
    created_at: datetime
    created_by: str | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class NewKey(_Masked, frozen=True, kw_only=True):
    """A key that was just made: `key` is the token, which the server tells this once."""

    masked_field: ClassVar[str] = "key"

    id: str
    tenant_id: str
    name: str
    role: str
    created_at: datetime
    created_by: str | None = None
    expires_at: datetime | None = None
    key: str


class Session(_Masked, frozen=True, kw_only=True):
    """Somebody who has logged in: `token` is what they show until `expires_at`.

    `tenant` is None for who acts on every tenant; `sync` is what became of the tenant's data.
    """

    masked_field: ClassVar[str] = "token"

    token: str
    expires_at: datetime
    user: User
    tenant: Tenant | None = None
    sync: Any = None


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and what they may do: `kind` is `user`, `key` or `root`.

    `tenant` is None for who acts on every tenant, `user` for what is no person.
    """

    id: str
    kind: str
    role: str | None = None
    permissions: tuple[str, ...] = ()
    tenant: Tenant | None = None
    user: User | None = None
    memberships: tuple[Membership, ...] = ()


class TenantExport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a tenant has; a secret among its settings is `[secret]`."""

    tenant: Tenant
    members: tuple[Member, ...] = ()
    keys: tuple[ApiKey, ...] = ()
    settings: dict[str, Any] = {}


class TenantErasure(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure has taken away."""

    id: str
    users_erased: int = 0
    members_removed: int = 0
    keys_deleted: int = 0
    sessions_ended: int = 0
    data_keys_shredded: int = 0


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what, to what (`subject`), when, from where (`source`), on which request's behalf.

    `position` is its place in the log, `action` its kind, such as `tenants.key_created`.
    """

    position: int
    at: datetime
    tenant_id: str
    actor: str | None = None
    action: str
    subject: str | None = None
    source: str | None = None
    correlation_id: str | None = None
    details: dict[str, Any] = {}
