"""`DeclaredUsers`: people whom another feature brings into a tenant, in a unit of its own."""

from collections.abc import Sequence
from typing import Final

import msgspec

from tenantry.base import Clock, Principal, new_id
from tenantry.base.principal import ALL
from tenantry.db import Transaction
from tenantry.eventlog import StreamAppend
from tenantry.tenants import rules
from tenantry.tenants.errors import UnknownTenant
from tenantry.tenants.model import (
    TENANT_STREAM,
    Application,
    DeclaredPerson,
    KnownPerson,
    Member,
    Person,
)
from tenantry.tenants.service.ledger import SYSTEM, AccessLedger, Stale
from tenantry.tenants.service.passwords import Passwords
from tenantry.tenants.service.users import insert_person, member_set
from tenantry.tenants.store import people

WRITE: Final = "users:write"


class DeclaredUsers:
    """Whoever a client's file names, and their roles in that client.

    A person who is there already is never changed, whichever tenant they are of: they only get
    their roles in the client. Nobody is removed.
    """

    def __init__(self, *, ledger: AccessLedger, passwords: Passwords, clock: Clock) -> None:
        self._ledger = ledger
        self._passwords = passwords
        self._clock = clock

    def checked(self, person: DeclaredPerson) -> DeclaredPerson:
        """Return somebody with their names as they are stored; raises `Invalid`."""
        fields = rules.people.checked(person.as_fields())
        return msgspec.structs.replace(
            person,
            email=rules.names.check_email(person.email),
            username=fields.username,
            first_name=fields.first_name,
            last_name=fields.last_name,
            password=fields.password,
        )

    async def known(
        self, tenant_id: str, client_key: str, emails: Sequence[str]
    ) -> dict[str, KnownPerson]:
        """Return those who are there already, by the e-mail address that was asked for."""
        return await self._ledger.database.read(SYSTEM, _find_known, tenant_id, client_key, emails)

    async def hash_of(self, person: DeclaredPerson) -> str | None:
        """Return the hash of a declared password, None where there is none."""
        return None if person.password is None else await self._passwords.hash(person.password)

    def tenant_of(self, named: str) -> str:
        """Return a tenant's id in its one spelling, also where there is no such tenant yet.

        Raises `Invalid` for what can be none, and `TenantErased`.
        """
        tenant_id = rules.names.check_tenant_id(named)
        self.is_there(tenant_id)
        return tenant_id

    def is_there(self, tenant_id: str) -> bool:
        """Whether there is such a tenant; raises `TenantErased`."""
        try:
            self._ledger.living(tenant_id)
        except UnknownTenant:
            return False
        return True

    def condition(self, tenant_id: str) -> tuple[StreamAppend, ...]:
        """Return what holds as long as the tenant is what it is now, also if it is none yet."""
        if self.is_there(tenant_id):
            return self._ledger.condition(tenant_id)
        return (StreamAppend(TENANT_STREAM, 0),)

    def lock_in(self, tx: Transaction, tenant_id: str) -> None:
        """Keep a tenant from being erased until this unit has ended; its first statement."""
        people.share_tenant(tx, tenant_id)

    def declare_in(
        self,
        tx: Transaction,
        principal: Principal,
        tenant_id: str,
        client_key: str,
        declared: Sequence[tuple[DeclaredPerson, str | None]],
    ) -> tuple[list[StreamAppend], dict[str, str]]:
        """Bring people into the tenant, each with the hash of their password.

        Returns what the unit is to append, and their ids by e-mail address. Raises `NameTaken`,
        `Denied`, and `Stale` where somebody came or went meanwhile, who may be tried again.
        """
        principal.authorise(tenant_id, WRITE)
        if tenant_id == ALL:
            raise UnknownTenant(tenant_id)
        streams, ids = list[StreamAppend](), dict[str, str]()
        if declared:
            people.lock_names(tx)
        for person, password_hash in declared:
            user_id = self._person_in(tx, tenant_id, person, password_hash)
            ids[person.email] = user_id
            mine = Application(client_key=client_key, roles=person.roles)
            member = self._member_in(tx, tenant_id, user_id, mine)
            if member is not None:
                streams.append(member_set(principal, member))
        return streams, ids

    def _person_in(
        self, tx: Transaction, tenant_id: str, declared: DeclaredPerson, password_hash: str | None
    ) -> str:
        found = people.find_by_email(tx, declared.email)
        if found is None:
            person = Person(
                id=new_id(),
                email=declared.email,
                username=declared.username,
                first_name=declared.first_name,
                last_name=declared.last_name,
                password_hash=password_hash,
                owner_tenant=tenant_id,
                created_at=self._clock.now_us(),
            )
            insert_person(tx, person)
            return person.id
        if people.lock_person(tx, found.id) is None:
            raise Stale
        return found.id

    def _member_in(
        self, tx: Transaction, tenant_id: str, user_id: str, mine: Application
    ) -> Member | None:
        """Store a membership with these roles; None where it has them already."""
        listed = people.find_member(tx, tenant_id, user_id)
        before = listed[1] if listed else Member(tenant_id=tenant_id, user_id=user_id, role=None)
        others = tuple(a for a in before.applications if a.client_key != mine.client_key)
        applications = rules.names.check_applications((*others, mine))
        if listed and applications == before.applications:
            return None
        member = msgspec.structs.replace(before, applications=applications)
        people.keep_member(tx, member, now_us=self._clock.now_us())
        return member


def _find_known(
    tx: Transaction, tenant_id: str, client_key: str, emails: Sequence[str]
) -> dict[str, KnownPerson]:
    known = {}
    for email in emails:
        person = people.find_by_email(tx, email)
        if person is None:
            continue
        listed = people.find_member(tx, tenant_id, person.id)
        known[email] = KnownPerson(
            user_id=person.id,
            is_member=listed is not None,
            roles=None if listed is None else _roles_in(listed[1], client_key),
        )
    return known


def _roles_in(member: Member, client_key: str) -> tuple[str, ...] | None:
    for application in member.applications:
        if application.client_key == client_key:
            return application.roles
    return None
