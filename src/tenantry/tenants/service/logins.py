"""`Logins`: from a password to a session, and what becomes of sessions."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.errors import Invalid, TenantryError
from tenantry.base.instant import format_instant
from tenantry.base.principal import ALL
from tenantry.db import Transaction
from tenantry.eventlog import StreamAppend
from tenantry.telemetry import emit, get_logger, span
from tenantry.tenants import rules
from tenantry.tenants.errors import (
    InvalidCredentials,
    NoSession,
    NotMember,
    TenantRequired,
    TenantSuspended,
    WrongPassword,
)
from tenantry.tenants.model import (
    LoggedIn,
    Login,
    MembershipView,
    Person,
    Refresh,
    Role,
    SelfChange,
    Session,
    UserView,
    WhoAmI,
    folded,
)
from tenantry.tenants.service.failures import LoginFailures
from tenantry.tenants.service.ledger import SYSTEM, AccessLedger
from tenantry.tenants.service.opening import Opening, make_up, session_ended
from tenantry.tenants.service.passwords import Passwords
from tenantry.tenants.service.users import change_person, lock_for_change, person_changed
from tenantry.tenants.store import credentials, people

_HOUR_US: Final = 3_600_000_000
_LOGGER: Final = get_logger("tenantry.tenants")

AdmitTenant = Callable[[str], None]
"""Raises where who asks may not be let into a tenant from where they ask."""


class AfterLogin(Protocol):
    """What an answer says of the step after a login; JSON can be made of it."""

    @property
    def correlation_id(self) -> str | None:
        """The flow that it tells of, which the answer's header names; None for none."""
        ...


class PostLogin(Protocol):
    """The step after a login, before it is answered: the tenant's data are fetched here."""

    async def __call__(self, principal: Principal, tenant_id: str) -> AfterLogin | None:
        """Do it, and return what the answer says of it; None for nothing."""
        ...


async def no_step(principal: Principal, tenant_id: str) -> AfterLogin | None:  # noqa: ARG001 - the port's form
    """Do nothing after a login."""
    return None


class Logins:
    """Sessions of `session_hours`; `post_login` is the step after a login."""

    def __init__(
        self,
        *,
        ledger: AccessLedger,
        passwords: Passwords,
        failures: LoginFailures,
        clock: Clock,
        session_hours: int,
        post_login: PostLogin = no_step,
    ) -> None:
        self._ledger = ledger
        self._passwords = passwords
        self._failures = failures
        self._clock = clock
        self._session_us = session_hours * _HOUR_US
        self._post_login = post_login

    async def login(self, wanted: Login, *, source: str, admit: AdmitTenant) -> LoggedIn:
        """Let somebody in who knows their password, and answer when their tenant is ready.

        An unknown user and a wrong password are told in the same words after the same time:
        `InvalidCredentials`. Raises `RateLimited` after five failures a minute of an account or an
        address, `TenantRequired`, `NotMember`, `TenantSuspended`, `BulkheadFull` where too many
        wait, whatever `admit` raises for the tenant, and whatever the step after it: there is no
        session then.
        """
        find, name = _account_named(wanted)
        with span("tenantry.tenants.login"):
            self._ledger.require_ready()
            person = await self._ledger.database.read(SYSTEM, find, name)
            await self._check_password(
                person, wanted.password, account=_account_of(person, name), source=source
            )
            assert person is not None and person.password_hash is not None  # noqa: S101, PT018 - it was right
            await self._ledger.catch_up()
            tenant_id = self._tenant_for(person, wanted.tenant)
            admit(tenant_id)
            opening = self._opening(person, tenant_id, source)
            if not await self._ledger.database.write(SYSTEM, opening.insert, person.password_hash):
                # The password, or the membership, was another's word a moment ago.
                raise InvalidCredentials("no such user, or another password")
            logged_in, principal = self._opened(opening)
            _LOGGER.info("User logged in", tenant=tenant_id, user=person.id, address=source)
            sync = await self._step_or_end(principal, opening.session)
        return msgspec.structs.replace(logged_in, sync=sync)

    async def refresh(
        self, principal: Principal, wanted: Refresh, *, source: str, admit: AdmitTenant
    ) -> LoggedIn:
        """Put another session in the place of the present one, in another tenant if that is meant.

        Raises `NoSession`, `NotMember` and `TenantSuspended`.
        """
        before = await self._session_of(principal)
        person = await self._person_of(before)
        tenant_id = self._tenant_for(person, wanted.tenant or before.tenant_id)
        admit(tenant_id)
        opening = self._opening(person, tenant_id, source)

        def unit(tx: Transaction) -> tuple[Sequence[StreamAppend], None]:
            people.share_tenant(tx, tenant_id)
            present = people.lock_person(tx, person.id)
            # What has ended it meanwhile, a new password for one, has ended what would follow too.
            if present is None or not credentials.delete_session(tx, before):
                raise NoSession("this session is over")
            if not opening.insert(tx, present.password_hash):
                raise NotMember("this user belongs to that tenant no longer")
            return (session_ended(principal, before),), None

        with span("tenantry.tenants.refresh", tenant=tenant_id):
            await self._ledger.write(before.tenant_id, unit)
        logged_in, present = self._opened(opening)
        if tenant_id == before.tenant_id:
            return logged_in
        sync = await self._step_or_end(present, opening.session)
        return msgspec.structs.replace(logged_in, sync=sync)

    async def logout(self, principal: Principal) -> None:
        """End the present session, on all nodes; raises `NoSession`."""
        session = await self._session_of(principal)
        await self._end(principal, session)
        _LOGGER.info("User logged out", tenant=session.tenant_id, user=session.user_id)

    async def who(self, principal: Principal) -> WhoAmI:
        """Return who asks, and what they may do."""
        self._ledger.require_ready()
        user_id = _user_id(principal)
        person = None
        if user_id is not None:
            person = await self._ledger.database.read(SYSTEM, people.find_person, user_id)
        state = self._ledger.state
        memberships = state.memberships(user_id) if user_id is not None else []
        tenant = state.tenant(principal.tenant_id)
        return WhoAmI(
            id=principal.id,
            kind=principal.id.partition(":")[0],
            role=self._role_of(principal, user_id),
            permissions=tuple(sorted(principal.permissions)),
            tenant=None if tenant is None else rules.tenants.as_view(tenant),
            user=None if person is None else rules.people.as_user(person),
            memberships=tuple(
                MembershipView(
                    tenant_id=member.tenant_id,
                    role=member.role,
                    applications=member.applications,
                )
                for member in memberships
            ),
        )

    async def change_self(self, principal: Principal, wish: SelfChange, *, source: str) -> UserView:
        """Change one's own names and credentials; a new password ends all one's other sessions.

        Raises `NoSession`, `Invalid`, `NameTaken`, `WrongPassword`, and `RateLimited` after five of
        those a minute.
        """
        session = await self._session_of(principal)
        fields = rules.people.checked(wish)
        proven: Person | None = None
        if fields.email is not None or fields.password is not None:
            proven = await self._person_by_password(session, wish.current_password, source)
        password = fields.password
        password_hash = None if password is None else await self._passwords.hash(password)
        now = self._clock.now_us()

        def unit(tx: Transaction) -> tuple[Sequence[StreamAppend], Person]:
            person = lock_for_change(tx, session.user_id, fields)
            # Whoever has given the user a new password meanwhile has ended this session too.
            if person is None or credentials.find_session(tx, session.session_id) is None:
                raise NoSession("this session is over")
            if proven is not None and person.password_hash != proven.password_hash:
                raise _wrong_password()
            wanted = rules.people.differing(person, fields)
            if not wanted.named():
                return (), person
            person = change_person(tx, person, wanted, password_hash, now=now)
            ended: tuple[str, ...] = ()
            if password_hash is not None:
                ended = credentials.delete_sessions_of_user(tx, person.id, but=session.session_id)
            return (person_changed(principal, person.id, wanted.named(), ended),), person

        with span("tenantry.tenants.change_self", tenant=session.tenant_id):
            person = await self._ledger.write(session.tenant_id, unit)
        return rules.people.as_user(person)

    async def _check_password(
        self, person: Person | None, password: str, *, account: str, source: str
    ) -> None:
        kept = None if person is None else person.password_hash
        self._failures.refuse_spent(account, source)
        async with self._failures.turn(account):
            is_right = await self._passwords.is_right(
                password, kept, before=lambda: self._failures.refuse_spent(account, source)
            )
            if is_right:
                return
            emit("tenantry.tenants.login_failed")
            _LOGGER.warning("Login failed", address=source)
            await self._failures.count(account, source)
        raise InvalidCredentials("no such user, or another password")

    async def _person_by_password(self, session: Session, given: str | None, source: str) -> Person:
        """Return who has the session, where `given` is their password."""
        person = await self._person_of(session)
        try:
            await self._check_password(
                person, given or "", account=_account_of(person, ""), source=source
            )
        except InvalidCredentials:
            raise _wrong_password() from None
        return person

    def _tenant_for(self, person: Person, named: str | None) -> str:
        """Return the tenant that somebody goes into; raises where that is not possible."""
        memberships = self._ledger.state.memberships(person.id)
        tenants = [member.tenant_id for member in memberships]
        if named is None and len(tenants) > 1:
            raise TenantRequired(
                f"tenant: got nothing, wants one of {', '.join(tenants)}",
                details={"field": "tenant", "tenants": tenants},
            )
        wanted = named if named is not None else next(iter(tenants), "")
        if wanted not in tenants:
            raise NotMember("this user does not belong to that tenant", details={"tenant": named})
        tenant = self._ledger.living(wanted)
        if tenant is not None and tenant.status == "suspended":
            raise TenantSuspended(wanted)
        return wanted

    def _opening(self, person: Person, tenant_id: str, source: str) -> Opening:
        now = self._clock.now_us()
        return make_up(person, tenant_id, now=now, expires_at=now + self._session_us, source=source)

    def _opened(self, opening: Opening) -> tuple[LoggedIn, Principal]:
        """Return what to answer with a session that is stored, and who has it."""
        session, state = opening.session, self._ledger.state
        tenant = state.tenant(session.tenant_id)
        member = state.member(session.tenant_id, session.user_id)
        principal = Principal(
            id=f"user:{session.user_id}",
            tenant_id=session.tenant_id,
            permissions=rules.permissions_of(None if member is None else member.role),
            source=opening.source,
            grant=opening.token.grant,
        )
        answer = LoggedIn(
            token=opening.text,
            expires_at=format_instant(session.expires_at),
            user=rules.people.as_user(opening.person),
            tenant=None if tenant is None else rules.tenants.as_view(tenant),
        )
        return answer, principal

    async def _step_or_end(self, principal: Principal, session: Session) -> AfterLogin | None:
        """Do what comes after a login; without it the session is none, and nobody has its token."""
        try:
            return await self._post_login(principal, session.tenant_id)
        except BaseException:
            # Also where who asked has gone away, who never hears of the session.
            with contextlib.suppress(TenantryError):
                await asyncio.shield(self._end(principal, session))
            raise

    async def _end(self, principal: Principal, session: Session) -> None:
        def unit(tx: Transaction) -> tuple[Sequence[StreamAppend], None]:
            if not credentials.delete_session(tx, session):
                return (), None
            return (session_ended(principal, session),), None

        await self._ledger.write(session.tenant_id, unit)

    async def _session_of(self, principal: Principal) -> Session:
        kind, _, session_id = (principal.grant or "").partition(":")
        found = None
        if kind == "session":
            found = await self._ledger.database.read(SYSTEM, credentials.find_session, session_id)
        if found is None:
            raise NoSession("this wants a session's token: log in first")
        return found[0]

    async def _person_of(self, session: Session) -> Person:
        person = await self._ledger.database.read(SYSTEM, people.find_person, session.user_id)
        if person is None:
            raise NoSession("this user is not there any more")
        return person

    def _role_of(self, principal: Principal, user_id: str | None) -> Role | None:
        state = self._ledger.state
        if user_id is not None:
            member = state.member(principal.tenant_id, user_id)
            return None if member is None else member.role
        kind, _, key_id = (principal.grant or "").partition(":")
        if kind == "key":
            key = state.key(key_id)
            return None if key is None else key.role
        return "root" if principal.tenant_id == ALL else None


def _account_named(
    wanted: Login,
) -> tuple[Callable[[Transaction, str], Person | None], str]:
    """Return how to find who wants in, and by which name; raises `Invalid`."""
    if (wanted.email is None) == (wanted.username is None):
        got = "neither" if wanted.email is None else "both"
        raise Invalid(field="email", got=got, wants="an e-mail address or a username, one of them")
    if wanted.email is not None:
        return people.find_by_email, wanted.email[:1_000]
    return people.find_by_username, (wanted.username or "")[:1_000]


def _account_of(person: Person | None, name: str) -> str:
    """Return what failures are counted under, also for somebody who is not there.

    Nodes share it through the database, so it holds nobody's address.
    """
    if person is not None:
        return f"user:{person.id}"
    return f"name:{hashlib.sha256(folded(name).encode()).hexdigest()}"


def _wrong_password() -> WrongPassword:
    return WrongPassword(
        "current_password: wants the present password, to change it or the e-mail address"
    )


def _user_id(principal: Principal) -> str | None:
    kind, _, user_id = principal.id.partition(":")
    return user_id if kind == "user" else None
