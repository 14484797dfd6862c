"""`Users`: people, and what each tenant has made of them."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from tenantry.base import Clock, Principal, new_id
from tenantry.base.principal import ALL
from tenantry.db import Tenant, Transaction
from tenantry.eventlog import ANY, StreamAppend
from tenantry.telemetry import get_logger, span
from tenantry.tenants import rules
from tenantry.tenants.errors import MemberExists, NameTaken, NotOwner, UnknownMember
from tenantry.tenants.model import (
    MEMBER_PREFIX,
    PERSON_PREFIX,
    AccessEvent,
    Member,
    MemberChange,
    MemberRemoved,
    MemberSet,
    MemberView,
    NewMember,
    Page,
    Person,
    PersonalFields,
    PersonChanged,
)
from tenantry.tenants.service.ledger import AccessLedger, Stale, stream_append
from tenantry.tenants.service.paging import check_limit, page_of, read_cursor
from tenantry.tenants.service.passwords import Passwords
from tenantry.tenants.store import credentials, people
from tenantry.tenants.store.people import Listed

READ: Final = "users:read"
WRITE: Final = "users:write"

_LOGGER: Final = get_logger("tenantry.tenants")


class Users:
    """The users of each tenant, and those of every tenant together, who are root.

    Each method raises `Denied`, `UnknownTenant` and `TenantErased`.
    """

    def __init__(self, *, ledger: AccessLedger, passwords: Passwords, clock: Clock) -> None:
        self._ledger = ledger
        self._passwords = passwords
        self._clock = clock

    async def add(
        self, principal: Principal, tenant_id: str, new: NewMember
    ) -> tuple[MemberView, bool]:
        """Make somebody a member; True where they are a new person and not one who was there.

        Raises `Invalid`, `BeyondOwnRole`, `MemberExists`, `NameTaken`, and `NotOwner` where the
        person is there already and more is said of them than their e-mail address.
        """
        principal.authorise(tenant_id, WRITE)
        rules.check_grant(principal, tenant_id, new.role)
        self._ledger.living(tenant_id)
        fields, email = rules.people.checked(new), rules.names.check_email(new.email)
        more = tuple(name for name in fields.named() if name != "email")
        applications = rules.names.check_applications(new.applications)
        password_hash = await self._hash_of(fields)
        user_id, now = new_id(), self._clock.now_us()

        def unit(tx: Transaction) -> tuple[Sequence[StreamAppend], tuple[Listed, bool]]:
            people.lock_names(tx)
            found = people.find_by_email(tx, email)
            if found is not None and more:
                raise _not_owner(tenant_id)
            if found is not None and people.lock_person(tx, found.id) is None:
                # Another tenant has just let them go: they are nobody any more.
                raise Stale
            person = found or Person(
                id=user_id,
                email=email,
                username=fields.username,
                first_name=fields.first_name,
                last_name=fields.last_name,
                password_hash=password_hash,
                owner_tenant=tenant_id,
                created_at=now,
            )
            if found is None:
                insert_person(tx, person)
            if people.find_member(tx, tenant_id, person.id) is not None:
                raise MemberExists(
                    f"user {person.id} is a member of {tenant_id} already",
                    details={"user": person.id, "tenant": tenant_id},
                )
            member = Member(
                tenant_id=tenant_id, user_id=person.id, role=new.role, applications=applications
            )
            people.keep_member(tx, member, now_us=now)
            return (member_set(principal, member),), ((person, member, now), found is None)

        with span("tenantry.tenants.add_user", tenant=tenant_id):
            listed, is_new = await self._ledger.write(tenant_id, unit)
        _LOGGER.info("User added", tenant=tenant_id, user=listed[0].id, actor=principal.id)
        return self._shown(principal, listed), is_new

    async def list(
        self,
        principal: Principal,
        tenant_id: str,
        *,
        limit: int,
        cursor: str | None,
        email: str | None = None,
    ) -> Page[MemberView]:
        """Return a tenant's members, those who came first before the others.

        With `email`, in whatever spelling, it is only the one who has that address, if any.
        """
        principal.authorise(tenant_id, READ)
        self._ledger.living(tenant_id)
        check_limit(limit)
        if email is not None:
            found = await self._ledger.database.read(
                Tenant(tenant_id), people.find_member_by_email, tenant_id, email
            )
            shown = () if found is None else (self._shown(principal, found),)
            return Page(items=shown, next_cursor=None)
        rows = await self._ledger.database.read(
            Tenant(tenant_id), people.members_behind, tenant_id, read_cursor(cursor), limit + 1
        )
        return page_of(
            rows,
            limit,
            show=lambda listed: self._shown(principal, listed),
            place=lambda listed: (listed[2], listed[0].id),
        )

    async def get(self, principal: Principal, tenant_id: str, user_id: str) -> MemberView:
        """Return a member; raises `UnknownMember`."""
        principal.authorise(tenant_id, READ)
        self._ledger.living(tenant_id)
        listed = await self._ledger.database.read(
            Tenant(tenant_id), people.find_member, tenant_id, user_id
        )
        if listed is None:
            raise _unknown(tenant_id)
        return self._shown(principal, listed)

    async def change(
        self, principal: Principal, tenant_id: str, user_id: str, wish: MemberChange
    ) -> MemberView:
        """Change what a member is called, proves themselves with, or may do here.

        A new password ends all of the user's sessions. Raises `Invalid`, `BeyondOwnRole`,
        `UnknownMember`, `NameTaken`, and `NotOwner` where names and credentials are another's.
        """
        principal.authorise(tenant_id, WRITE)
        self._ledger.living(tenant_id)
        fields = rules.people.checked(wish)
        role = None if wish.role is msgspec.UNSET else wish.role
        rules.check_grant(principal, tenant_id, role)
        applications = (
            None if wish.applications is None else rules.names.check_applications(wish.applications)
        )
        password_hash = await self._hash_of(fields)
        now = self._clock.now_us()

        def unit(tx: Transaction) -> tuple[Sequence[StreamAppend], Listed]:
            person = lock_for_change(tx, user_id, fields)
            listed = people.find_member(tx, tenant_id, user_id)
            if person is None or listed is None:
                raise _unknown(tenant_id)

            streams: list[StreamAppend] = []
            wanted = rules.people.differing(person, fields)
            if fields.named():
                tenants = people.tenants_of(tx, user_id)
                rules.people.check_may_change(principal, tenant_id, person, tenants)
            if wanted.named():
                person = change_person(tx, person, wanted, password_hash, now=now)
                ended = credentials.delete_sessions_of_user(tx, user_id) if password_hash else ()
                streams.append(person_changed(principal, user_id, wanted.named(), ended))

            member = msgspec.structs.replace(
                listed[1],
                role=listed[1].role if wish.role is msgspec.UNSET else wish.role,
                applications=listed[1].applications if applications is None else applications,
            )
            if member != listed[1]:
                people.keep_member(tx, member, now_us=now)
                streams.append(member_set(principal, member))
            return streams, (person, member, listed[2])

        with span("tenantry.tenants.change_user", tenant=tenant_id):
            listed = await self._ledger.write(tenant_id, unit)
        _LOGGER.info("User changed", tenant=tenant_id, user=user_id, actor=principal.id)
        return self._shown(principal, listed)

    async def remove(self, principal: Principal, tenant_id: str, user_id: str) -> None:
        """Let a member go; whoever belongs to no other tenant is erased. Raises `UnknownMember`."""
        principal.authorise(tenant_id, WRITE)

        def unit(tx: Transaction) -> tuple[Sequence[StreamAppend], None]:
            person = people.lock_person(tx, user_id)
            if person is None or people.find_member(tx, tenant_id, user_id) is None:
                raise _unknown(tenant_id)
            ended = credentials.delete_sessions_of_member(tx, tenant_id, user_id)
            people.delete_member(tx, tenant_id, user_id)
            if not people.tenants_of(tx, user_id):
                people.delete_person(tx, user_id)
            removed = MemberRemoved(user_id=user_id, sessions=ended)
            return (_of_member(principal, user_id, removed),), None

        with span("tenantry.tenants.remove_user", tenant=tenant_id):
            await self._ledger.write(tenant_id, unit)
        _LOGGER.info("User removed", tenant=tenant_id, user=user_id, actor=principal.id)

    async def _hash_of(self, fields: PersonalFields) -> str | None:
        return None if fields.password is None else await self._passwords.hash(fields.password)

    def _shown(self, principal: Principal, listed: Listed) -> MemberView:
        person, member, since = listed
        return rules.people.as_member(
            person, member, since=since, sees_all=principal.tenant_id == ALL
        )


def lock_for_change(tx: Transaction, user_id: str, fields: PersonalFields) -> Person | None:
    """Return a person whom nobody else changes until this transaction has ended.

    Whoever gives names away locks these first, as `Users.add` does: otherwise two would wait for
    each other.
    """
    if fields.email is not None or fields.username is not None:
        people.lock_names(tx)
    return people.lock_person(tx, user_id)


def change_person(
    tx: Transaction,
    person: Person,
    fields: PersonalFields,
    password_hash: str | None,
    *,
    now: int,
) -> Person:
    """Store what is otherwise about who was locked for it, and return them; raises `NameTaken`."""
    named: dict[str, str | None] = {
        name: getattr(fields, name) for name in fields.named() if name != "password"
    }
    if password_hash is not None:
        named["password_hash"] = password_hash
    changed = msgspec.structs.replace(person, **named)

    if fields.email is not None or fields.username is not None:
        _refuse_taken(tx, changed)
    people.update_person(tx, changed, updated_at=now)
    return changed


def person_changed(
    principal: Principal, user_id: str, fields: tuple[str, ...], ended: tuple[str, ...]
) -> StreamAppend:
    """Return the event that says which of a person's fields were changed, and not to what."""
    return stream_append(
        principal,
        PersonChanged(user_id=user_id, fields=fields, sessions=ended),
        stream=PERSON_PREFIX + user_id,
        subject=user_id,
        kind="User",
        expected_version=ANY,
    )


def insert_person(tx: Transaction, person: Person) -> None:
    """Store a new person; raises `NameTaken`. The names are locked."""
    _refuse_taken(tx, person)
    people.insert_person(tx, person)


def _refuse_taken(tx: Transaction, person: Person) -> None:
    """Raise `NameTaken` where another has an address or a user name; the names are locked."""
    lookups: tuple[tuple[str, str | None, Callable[[Transaction, str], Person | None]], ...] = (
        ("email", person.email, people.find_by_email),
        ("username", person.username, people.find_by_username),
    )
    for field, name, find in lookups:
        found = None if name is None else find(tx, name)
        if found is not None and found.id != person.id:
            raise NameTaken(f"{field}: somebody else has this one", details={"field": field})


def member_set(principal: Principal, member: Member) -> StreamAppend:
    """Return the event that says what a tenant has made of somebody who is locked."""
    event = MemberSet(user_id=member.user_id, role=member.role, applications=member.applications)
    return _of_member(principal, member.user_id, event)


def _of_member(principal: Principal, user_id: str, event: AccessEvent) -> StreamAppend:
    # The person is locked, so the versions follow on each other.
    return stream_append(
        principal,
        event,
        stream=MEMBER_PREFIX + user_id,
        subject=user_id,
        kind="Membership",
        expected_version=ANY,
    )


def _not_owner(tenant_id: str) -> NotOwner:
    # Who the person is elsewhere is none of this tenant's business, not even by id.
    return NotOwner(
        "this person has an account already: make them a member by e-mail address and role alone",
        details={"tenant": tenant_id},
    )


def _unknown(tenant_id: str) -> UnknownMember:
    return UnknownMember(f"tenant {tenant_id} has no such user", details={"tenant": tenant_id})
