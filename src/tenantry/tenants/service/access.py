"""`Access`: who somebody is who shows a token, and whether they still may."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.errors import TenantryError, Unauthenticated
from tenantry.base.principal import ALL
from tenantry.tenants import rules
from tenantry.tenants.errors import TenantErased, TenantSuspended
from tenantry.tenants.model import Role, Session
from tenantry.tenants.service.ledger import SYSTEM, AccessLedger
from tenantry.tenants.store.credentials import find_session, hash_of_key

_FOREVER: Final = 2**63
_MOST_REMEMBERED: Final = 100_000
_MOST_RECOGNISED: Final = 10_000
_MOST_UNKNOWN: Final = 10_000


class _Recognised(msgspec.Struct, frozen=True):
    """A principal, and how long it need not be looked at again."""

    principal: Principal
    change_count: int
    until: int


class _Kept(msgspec.Struct, frozen=True):
    """What is kept of a token that was looked up; a session says whose it is."""

    digest: bytes
    session: Session | None

    def __repr__(self) -> str:
        return "_Kept(…)"


class Access:
    """Proves tokens on this node.

    What somebody may do is in memory: a key that is revoked anywhere, a session that has ended, a
    membership or a tenant that is gone is refused as soon as this node hears of it. Only what is
    kept of a token's secret is read, once: it never changes as long as the token is good.
    """

    def __init__(self, *, ledger: AccessLedger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._recognised: dict[tuple[bytes, str], _Recognised] = {}
        # Both by grant: what is no key of an id may be a session of it all the same.
        self._kept: dict[str, _Kept] = {}
        # An id has 80 random bits, so none that is unknown now is ever given to anybody.
        self._unknown: set[str] = set()
        self._used_at: dict[str, int] = {}

    def recognise(self, token: bytes, source: str) -> Principal | None:
        """Return who shows `token`, None where only `authenticate` can tell.

        Raises `Unauthenticated`, and `Denied` for a tenant that is suspended.
        """
        if not self._ledger.is_ready:
            return None
        state, now = self._ledger.state, self._clock.now_us()
        found = self._recognised.get((token, source))
        if found is not None and found.change_count == state.change_count and now < found.until:
            self._note_use(found.principal, now)
            return found.principal

        taken = _taken_apart(token)
        kept = self._kept.get(taken.grant)
        if kept is None and taken.grant not in self._unknown:
            return None
        if kept is None or not taken.is_proven_by(kept.digest):
            raise _not_valid()
        principal, until = self._principal(taken, kept.session, source, now)
        self._remember(token, source, _Recognised(principal, state.change_count, until))
        self._note_use(principal, now)
        return principal

    async def authenticate(self, token: bytes, source: str) -> Principal:
        """Return who shows `token`; raises as `recognise`, and `Unavailable`."""
        principal = self.recognise(token, source)
        if principal is not None:
            return principal

        self._ledger.require_ready()
        await self._look_up(_taken_apart(token))
        principal = self.recognise(token, source)
        if principal is None:
            raise _not_valid()
        return principal

    def may_still(self, principal: Principal, tenant_id: str, permission: str) -> bool:
        """Whether somebody who was recognised once may still do this."""
        if principal.grant is None:
            return principal.may(tenant_id, permission)
        kind, _, grant_id = principal.grant.partition(":")
        session = None
        if kind == "session":
            kept = self._kept.get(principal.grant)
            if kept is None:
                return False
            session = kept.session
        token = rules.Token("key" if kind == "key" else "session", grant_id, b"")
        try:
            present, _ = self._principal(token, session, principal.source, self._clock.now_us())
        except TenantryError:
            return False
        return present.may(tenant_id, permission)

    def refuse_erased(self, tenant_id: str) -> None:
        """Raise `TenantErased` for a tenant that nobody acts on any more."""
        if was_erased(self._ledger, tenant_id):
            raise TenantErased(tenant_id)

    def is_sandbox(self, tenant_id: str) -> bool:
        """Whether root has marked the tenant as one that made-up data may be written into.

        Of a tenant that this node does not know, or that was erased, it is never true.
        """
        tenant = self._ledger.state.tenant(tenant_id)
        return tenant is not None and tenant.is_sandbox

    def is_known(self, origin: str) -> bool:
        """Whether any tenant's pages come from this web origin."""
        return bool(self._ledger.state.tenants_of_origin(origin))

    def is_of(self, origin: str, tenant_id: str) -> bool:
        """Whether this tenant's pages come from this web origin."""
        return tenant_id in self._ledger.state.tenants_of_origin(origin)

    def root_count(self) -> int | None:
        """Return how many keys and users are root; None while this node does not know."""
        if not self._ledger.is_ready:
            return None
        state, now = self._ledger.state, self._clock.now_us()
        keys = [k for k in state.keys_of(ALL) if k.expires_at is None or k.expires_at > now]
        users = [member for member in state.members_of(ALL) if member.role == "root"]
        return len(keys) + len(users)

    def take_uses(self) -> dict[str, int]:
        """Return when keys were last used since this was last asked, by id."""
        used_at, self._used_at = self._used_at, {}
        return used_at

    def put_back(self, used_at: Mapping[str, int]) -> None:
        """Take uses back that could not be stored."""
        self._used_at = {**used_at, **self._used_at}

    def _principal(
        self, token: rules.Token, session: Session | None, source: str, now: int
    ) -> tuple[Principal, int]:
        """Return who holds `token` and until when that stands; raises where it does not."""
        if session is None:
            return self._key_holder(token, source, now)
        state = self._ledger.state
        member = state.member(session.tenant_id, session.user_id)
        if state.has_ended(session.session_id) or member is None:
            raise _not_valid()
        return self._holder(
            f"user:{session.user_id}",
            session.tenant_id,
            member.role,
            token.grant,
            source,
            until=self._unexpired(session.expires_at, now),
        )

    def _key_holder(self, token: rules.Token, source: str, now: int) -> tuple[Principal, int]:
        key = self._ledger.state.key(token.id)
        if key is None:
            raise _not_valid()
        until = _FOREVER if key.expires_at is None else self._unexpired(key.expires_at, now)
        return self._holder(token.grant, key.tenant_id, key.role, token.grant, source, until=until)

    def _holder(
        self,
        principal_id: str,
        tenant_id: str,
        role: Role | None,
        grant: str,
        source: str,
        *,
        until: int,
    ) -> tuple[Principal, int]:
        if tenant_id != ALL:
            tenant = self._ledger.living(tenant_id)
            if tenant is not None and tenant.status == "suspended":
                raise TenantSuspended(tenant_id)
        principal = Principal(
            id=principal_id,
            tenant_id=tenant_id,
            permissions=rules.permissions_of(role),
            source=source,
            grant=grant,
        )
        return principal, until

    def _unexpired(self, expires_at: int, now: int) -> int:
        if expires_at <= now:
            raise Unauthenticated("this token has expired", code="token_expired")
        return expires_at

    async def _look_up(self, token: rules.Token) -> None:
        """Read what is kept of a token, and remember it, also that there is nothing."""
        kept = await self._read(token)
        if kept is None:
            if len(self._unknown) >= _MOST_UNKNOWN:
                self._unknown.clear()
            self._unknown.add(token.grant)
            return

        if not self._is_granted(token, kept):
            # Another node may have granted it a moment ago. Nobody is told before this has heard.
            await self._ledger.catch_up()
        if len(self._kept) >= _MOST_REMEMBERED:
            self._kept.pop(next(iter(self._kept)))
        self._kept[token.grant] = kept

    async def _read(self, token: rules.Token) -> _Kept | None:
        if token.kind == "key":
            digest = await self._ledger.database.read(SYSTEM, hash_of_key, token.id)
            return None if digest is None else _Kept(digest, None)
        found = await self._ledger.database.read(SYSTEM, find_session, token.id)
        return None if found is None else _Kept(found[1], found[0])

    def _is_granted(self, token: rules.Token, kept: _Kept) -> bool:
        """Whether this node has heard of what the token is good for."""
        state, session = self._ledger.state, kept.session
        if session is None:
            return state.key(token.id) is not None
        return state.member(session.tenant_id, session.user_id) is not None

    def _remember(self, token: bytes, source: str, recognised: _Recognised) -> None:
        if len(self._recognised) >= _MOST_RECOGNISED:
            self._recognised.clear()
        self._recognised[token, source] = recognised

    def _note_use(self, principal: Principal, now: int) -> None:
        grant = principal.grant
        if grant is not None and grant.startswith("key:"):
            self._used_at[grant[4:]] = now


def _taken_apart(token: bytes) -> rules.Token:
    taken = rules.read_token(token)
    if taken is None:
        raise _not_valid()
    return taken


def _not_valid() -> Unauthenticated:
    return Unauthenticated("this token is not valid here")


def roles_in_client(
    ledger: AccessLedger, principal: Principal, tenant_id: str, client_key: str
) -> tuple[str, ...]:
    """Return the roles that a user has in a front end: those of all of them, and those of it."""
    kind, _, user_id = principal.id.partition(":")
    member = ledger.state.member(tenant_id, user_id) if kind == "user" else None
    if member is None:
        return ()
    return tuple(
        role
        for application in member.applications
        if application.client_key in (None, client_key)
        for role in application.roles
    )


def was_erased(ledger: AccessLedger, tenant_id: str) -> bool:
    """Whether there was such a tenant, and it was erased."""
    tenant = ledger.state.tenant(tenant_id)
    return tenant is not None and tenant.is_erased


def tenants_of_origin(ledger: AccessLedger, origin: str) -> frozenset[str]:
    """Return the tenants whose pages come from this web origin."""
    return frozenset(ledger.state.tenants_of_origin(origin))
