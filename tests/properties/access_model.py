"""Access as a few dictionaries: what should be so after what was done."""

import random
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import pytest

from tenantry.base import Principal, root_principal
from tenantry.base.errors import TenantryError
from tenantry.tenants import NewKey, NewMember, NewTenant
from tenantry.tenants.model import Login, MemberChange, Refresh
from tenantry.testing import FakeClock
from tests.support.access_core import OpenAccess
from tests.support.access_http import grant_of

ROOT: Final = root_principal(source="test")
TENANTS: Final = ("acme", "initech", "umbrella", "hooli")
EMAILS: Final = ("ada@example.com", "bob@example.com", "eve@example.com", "dan@example.com")
PASSWORDS: Final = ("a first password", "another password")
ROLES: Final = ("viewer", "editor", "admin", None)

_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US


class Grant(msgspec.Struct):
    """What a token should be good for; without a `user` it is a key's."""

    tenant: str
    role: Any
    user: str | None
    expires_at: int | None


class Model(msgspec.Struct):
    """What there should be: the status of tenants, roles of members, passwords, live tokens."""

    tenants: dict[str, str] = {}
    members: dict[tuple[str, str], Any] = {}
    passwords: dict[str, str | None] = {}
    ids: dict[str, str] = {}
    grants: dict[str, Grant] = {}
    dead: set[str] = set()

    def tenants_of(self, email: str) -> list[str]:
        """Return what somebody belongs to."""
        return sorted(tenant for tenant, member in self.members if member == email)

    def end(self, *, tenant: str | None = None, email: str | None = None) -> None:
        """End the sessions of somebody, in one tenant or in all."""
        for token, grant in list(self.grants.items()):
            if grant.user == email and tenant in (None, grant.tenant):
                self.drop(token)

    def drop(self, token: str) -> None:
        """End what a token was good for, for ever."""
        del self.grants[token]
        self.dead.add(token)

    def leave(self, tenant: str, email: str) -> None:
        """Let somebody go; whoever belongs nowhere is nobody any more."""
        del self.members[tenant, email]
        self.end(tenant=tenant, email=email)
        if not self.tenants_of(email):
            del self.passwords[email], self.ids[email]

    def permits(self, token: str, now_us: int) -> tuple[str, Any] | None:
        """Return tenant and role of who should be let in, None where nobody should."""
        grant = self.grants.get(token)
        if grant is None or self.tenants[grant.tenant] != "active":
            return None
        if grant.expires_at is not None and grant.expires_at <= now_us:
            return None
        role = grant.role if grant.user is None else self.members[grant.tenant, grant.user]
        return grant.tenant, role


class Play:
    """Does what chance says, to access and to the model alike."""

    def __init__(self, *, clock: FakeClock, chance: random.Random) -> None:
        self.model = Model()
        self._clock = clock
        self._chance = chance

    async def act(self, opened: OpenAccess) -> None:
        """Do one thing; where the model says that it is refused, it must be."""
        moves: list[Callable[[OpenAccess], Awaitable[object]]] = [
            self._create,
            self._add,
            self._add,
            self._add,
            self._set_role,
            self._set_password,
            self._remove,
            self._make_key,
            self._make_key,
            self._revoke,
            self._log_in,
            self._log_in,
            self._log_in,
            self._refresh,
            self._log_out,
            self._switch,
            self._wait,
        ]
        if self._chance.random() < 0.02:
            moves = [self._erase]
        await self._chance.choice(moves)(opened)

    async def _done(self, done: Awaitable[Any], *, is_right: bool) -> Any:
        """Return what came of it; fails unless it was done exactly where it should be."""
        if is_right:
            return await done
        with pytest.raises(TenantryError):
            await done
        return None

    def _tenant(self) -> str:
        return self._chance.choice(TENANTS)

    def _email(self) -> str:
        return self._chance.choice(EMAILS)

    def _lives(self, tenant: str) -> bool:
        return self.model.tenants.get(tenant, "erased") != "erased"

    async def _create(self, opened: OpenAccess) -> None:
        tenant, model = self._tenant(), self.model
        making = opened.tenants.create(ROOT, NewTenant(id=tenant, name=tenant))
        if await self._done(making, is_right=tenant not in model.tenants):
            model.tenants[tenant] = "active"

    async def _switch(self, opened: OpenAccess) -> None:
        tenant, model = self._tenant(), self.model
        if self._chance.random() < 0.5:
            suspending = opened.tenants.suspend(ROOT, tenant, reason="")
            if await self._done(suspending, is_right=self._lives(tenant)):
                model.tenants[tenant] = "suspended"
        elif await self._done(opened.tenants.activate(ROOT, tenant), is_right=self._lives(tenant)):
            model.tenants[tenant] = "active"

    async def _erase(self, opened: OpenAccess) -> None:
        tenant, model = self._tenant(), self.model
        erasing = opened.tenants.erase(ROOT, tenant, confirm=tenant)
        if await self._done(erasing, is_right=self._lives(tenant)):
            model.tenants[tenant] = "erased"
            for member in [email for of, email in model.members if of == tenant]:
                model.leave(tenant, member)
            for token in [token for token, each in model.grants.items() if each.tenant == tenant]:
                model.drop(token)

    async def _add(self, opened: OpenAccess) -> None:
        tenant, email, model = self._tenant(), self._email(), self.model
        role = self._chance.choice(ROLES)
        password = None if email in model.ids else self._chance.choice(PASSWORDS)
        new = NewMember(email=email, password=password, role=role)  # type: ignore[arg-type]  # a role's name
        is_right = self._lives(tenant) and (tenant, email) not in model.members
        added = await self._done(opened.users.add(ROOT, tenant, new), is_right=is_right)
        if added is not None:
            member, is_new = added
            assert is_new == (email not in model.ids)
            assert model.ids.setdefault(email, member.id) == member.id
            model.passwords.setdefault(email, password)
            model.members[tenant, email] = role

    async def _set_role(self, opened: OpenAccess) -> None:
        tenant, email, model = self._tenant(), self._email(), self.model
        role = self._chance.choice(ROLES)
        changing = opened.users.change(
            ROOT,
            tenant,
            model.ids.get(email, "nobody"),
            MemberChange(role=role),  # type: ignore[arg-type]  # a role's name
        )
        if await self._done(changing, is_right=(tenant, email) in model.members):
            model.members[tenant, email] = role

    async def _set_password(self, opened: OpenAccess) -> None:
        tenant, email, model = self._tenant(), self._email(), self.model
        password = self._chance.choice(PASSWORDS)
        changing = opened.users.change(
            ROOT, tenant, model.ids.get(email, "nobody"), MemberChange(password=password)
        )
        if await self._done(changing, is_right=(tenant, email) in model.members):
            model.passwords[email] = password
            model.end(email=email)

    async def _remove(self, opened: OpenAccess) -> None:
        tenant, email, model = self._tenant(), self._email(), self.model
        removing = opened.users.remove(ROOT, tenant, model.ids.get(email, "nobody"))
        is_right = (tenant, email) in model.members
        await self._done(removing, is_right=is_right)
        if is_right:
            model.leave(tenant, email)

    async def _make_key(self, opened: OpenAccess) -> None:
        tenant, model = self._tenant(), self.model
        role, days = self._chance.choice(ROLES[:3]), self._chance.choice([None, None, 1])
        new = NewKey(name="key", role=role, expires_in_days=days)  # type: ignore[arg-type]  # a role's name
        making = opened.keys.create(ROOT, tenant, new)
        issued = await self._done(making, is_right=self._lives(tenant))
        if issued is not None:
            expires_at = None if days is None else self._clock.now_us() + days * _DAY_US
            model.grants[issued.key] = Grant(tenant, role, None, expires_at)

    async def _revoke(self, opened: OpenAccess) -> None:
        keys = [token for token in self.model.grants if token.startswith("tnk")]
        if keys:
            token = self._chance.choice(keys)
            tenant = self.model.grants[token].tenant
            await opened.keys.revoke(ROOT, tenant, grant_of(token))
            self.model.drop(token)

    async def _log_in(self, opened: OpenAccess) -> None:
        tenant, email, model = self._tenant(), self._email(), self.model
        password = self._chance.choice(PASSWORDS)
        is_right = model.passwords.get(email) == password
        is_right &= (tenant, email) in model.members and model.tenants[tenant] == "active"
        wanted = Login(email=email, password=password, tenant=tenant)
        entering = opened.logins.login(wanted, source="test", admit=lambda _: None)
        logged_in = await self._done(entering, is_right=is_right)
        if logged_in is not None:
            self._has_session(logged_in.token, tenant, email)

    async def _refresh(self, opened: OpenAccess) -> None:
        token = self._live_session()
        if token is None:
            return
        email, model = self.model.grants[token].user, self.model
        assert email is not None
        tenant = self._tenant()
        is_right = (tenant, email) in model.members and model.tenants[tenant] == "active"
        refreshing = opened.logins.refresh(
            holder_of(token), Refresh(tenant=tenant), source="test", admit=lambda _: None
        )
        logged_in = await self._done(refreshing, is_right=is_right)
        if logged_in is not None:
            model.drop(token)
            self._has_session(logged_in.token, tenant, email)

    async def _log_out(self, opened: OpenAccess) -> None:
        token = self._live_session()
        if token is not None:
            await opened.logins.logout(holder_of(token))
            self.model.drop(token)

    async def _wait(self, _opened: OpenAccess) -> None:
        self._clock.advance(self._chance.choice([1, 600, 3_600, 40_000]))

    def _has_session(self, token: str, tenant: str, email: str) -> None:
        expires_at = self._clock.now_us() + _HOUR_US
        self.model.grants[token] = Grant(tenant, None, email, expires_at)

    def _live_session(self) -> str | None:
        now, model = self._clock.now_us(), self.model
        live = [
            token
            for token, grant in model.grants.items()
            if grant.user is not None and model.permits(token, now) is not None
        ]
        return self._chance.choice(live) if live else None


def holder_of(token: str) -> Principal:
    """Return who the door makes of a session's token."""
    return Principal(
        id="user:somebody",
        tenant_id="*",
        permissions=frozenset(),
        source="test",
        grant=f"session:{grant_of(token)}",
    )
