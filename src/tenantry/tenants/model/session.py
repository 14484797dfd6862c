"""Sessions: what people show after they have logged in."""

from typing import Any, Final

import msgspec

from tenantry.tenants.model.role import Role
from tenantry.tenants.model.tenant import TenantView
from tenantry.tenants.model.user import Guarded, MembershipView, UserView

SESSION_PREFIX: Final = "session-"
"""Streams of sessions begin with this; the session's id follows."""

MAX_SESSION_HOURS: Final = 720


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `sessions`, without the hash; instants are µs since 1970."""

    tenant_id: str
    session_id: str
    user_id: str
    expires_at: int


class Login(Guarded, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants in: an e-mail address or a user name, the password, and which tenant is meant."""

    password: str
    email: str | None = None
    username: str | None = None
    tenant: str | None = None


class LoggedIn(Guarded, frozen=True, kw_only=True):
    """A new session with its token; `sync` is what the step after the login has to say."""

    token: str
    expires_at: str
    user: UserView
    tenant: TenantView | None
    sync: Any = None


class Refresh(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A session in the place of the present one, in `tenant` where that is another."""

    tenant: str | None = None


class WhoAmI(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and what they may do; `kind` is user, key or root."""

    id: str
    kind: str
    role: Role | None
    permissions: tuple[str, ...]
    tenant: TenantView | None
    user: UserView | None
    memberships: tuple[MembershipView, ...]
