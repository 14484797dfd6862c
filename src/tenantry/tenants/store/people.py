"""Rows of `users` and `members` to values."""

from typing import Any

import msgspec

from tenantry.db import Transaction, load_statements
from tenantry.tenants.model import Application, Member, Person, folded

_APPLICATIONS = msgspec.json.Decoder(tuple[Application, ...])

# PostgreSQL has no text with one, so nobody is called that.
_NUL = "\x00"

Listed = tuple[Person, Member, int]
"""A person, their membership, and since when they have it (µs)."""


def statements(tx: Transaction) -> Any:
    """Return the feature's named statements in the transaction's dialect."""
    return load_statements("tenantry.tenants", tx.dialect)


def share_tenant(tx: Transaction, tenant_id: str) -> None:
    """Keep a tenant from being erased until this transaction has ended; the first lock to take."""
    statements(tx).share_tenant(tx.connection, tenant_id=tenant_id)


def seize_tenant(tx: Transaction, tenant_id: str) -> None:
    """Be the only one who does anything with a tenant until this transaction has ended."""
    statements(tx).seize_tenant(tx.connection, tenant_id=tenant_id)


def find_person(tx: Transaction, user_id: str) -> Person | None:
    """Return a person by id."""
    return _person(statements(tx).user_of_id(tx.connection, user_id=user_id))


def find_by_email(tx: Transaction, email: str) -> Person | None:
    """Return a person by e-mail address, however that is spelt."""
    if _NUL in email:
        return None
    row = statements(tx).user_of_email(tx.connection, email_key=folded(email))
    return _person(row)


def find_by_username(tx: Transaction, username: str) -> Person | None:
    """Return a person by user name, however that is spelt."""
    if _NUL in username:
        return None
    row = statements(tx).user_of_username(tx.connection, username_key=folded(username))
    return _person(row)


def lock_person(tx: Transaction, user_id: str) -> Person | None:
    """Return a person whom nobody else changes until this transaction has ended."""
    named = statements(tx)
    if _NUL in user_id or named.lock_user(tx.connection, user_id=user_id) is None:
        return None
    return find_person(tx, user_id)


def insert_person(tx: Transaction, person: Person) -> None:
    """Store a new person; the database refuses an id, an address or a user name that is taken."""
    statements(tx).insert_user(
        tx.connection,
        **_row(person),
        owner_tenant=person.owner_tenant,
        created_at=person.created_at,
    )


def update_person(tx: Transaction, person: Person, *, updated_at: int) -> None:
    """Put `person` in the place of what is stored of them; the database refuses a name twice."""
    statements(tx).update_user(tx.connection, **_row(person), updated_at=updated_at)


def delete_person(tx: Transaction, user_id: str) -> None:
    """Erase a person, who must be nobody's member and have no session."""
    statements(tx).delete_user(tx.connection, user_id=user_id)


def tenants_of(tx: Transaction, user_id: str) -> list[str]:
    """Return all tenants that a person belongs to; only the system sees them."""
    rows = statements(tx).tenants_of_user(tx.connection, user_id=user_id)
    return [tenant_id for (tenant_id,) in rows]


def lock_names(tx: Transaction) -> None:
    """Be the only one who gives somebody a name until this transaction has ended."""
    statements(tx).lock_names(tx.connection)


def lock_people_of(tx: Transaction, tenant_id: str) -> None:
    """Let nobody come to a tenant, log in there or be changed until this transaction has ended."""
    lock_names(tx)
    list(statements(tx).lock_users_of_tenant(tx.connection, tenant_id=tenant_id))


def delete_members(tx: Transaction, tenant_id: str) -> tuple[int, int]:
    """Delete a tenant's memberships, and whoever belonged to no other one.

    Returns how many memberships and how many people that were; the people must be locked and their
    sessions gone.
    """
    named = statements(tx)
    members = len(list(named.delete_members(tx.connection, tenant_id=tenant_id)))
    return members, len(list(named.delete_users_of_nobody(tx.connection)))


def keep_member(tx: Transaction, member: Member, *, now_us: int) -> None:
    """Store a membership, new or in the place of the one before."""
    statements(tx).keep_member(
        tx.connection,
        tenant_id=member.tenant_id,
        user_id=member.user_id,
        role=member.role,
        applications=msgspec.json.encode(member.applications).decode(),
        created_at=now_us,
    )


def delete_member(tx: Transaction, tenant_id: str, user_id: str) -> None:
    """Delete a membership."""
    statements(tx).delete_member(tx.connection, tenant_id=tenant_id, user_id=user_id)


def find_member(tx: Transaction, tenant_id: str, user_id: str) -> Listed | None:
    """Return a member by id."""
    if _NUL in user_id:
        return None
    row = statements(tx).member_of_id(tx.connection, tenant_id=tenant_id, user_id=user_id)
    return None if row is None else _listed(tenant_id, row)


def find_member_by_email(tx: Transaction, tenant_id: str, email: str) -> Listed | None:
    """Return a member by e-mail address, however that is spelt."""
    if _NUL in email:
        return None
    row = statements(tx).member_of_email(
        tx.connection, tenant_id=tenant_id, email_key=folded(email)
    )
    return None if row is None else _listed(tenant_id, row)


def members_behind(
    tx: Transaction, tenant_id: str, after: tuple[int, str], limit: int
) -> list[Listed]:
    """Return the next members of a tenant, those who came first before the others."""
    rows = statements(tx).members_behind(
        tx.connection,
        tenant_id=tenant_id,
        created_at=after[0],
        user_id=after[1],
        row_limit=limit,
    )
    return [_listed(tenant_id, row) for row in rows]


def _row(person: Person) -> dict[str, Any]:
    return {
        "user_id": person.id,
        "email": person.email,
        "email_key": folded(person.email),
        "username": person.username,
        "username_key": None if person.username is None else folded(person.username),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "password_hash": person.password_hash,
    }


def _person(row: Any) -> Person | None:
    if row is None:
        return None
    user_id, email, username, first_name, last_name, password_hash, owner_tenant, created_at = row
    return Person(
        id=user_id,
        email=email,
        username=username,
        first_name=first_name,
        last_name=last_name,
        password_hash=password_hash,
        owner_tenant=owner_tenant,
        created_at=created_at,
    )


def _listed(tenant_id: str, row: Any) -> Listed:
    user_id, email, username, first_name, last_name, owner, created_at = row[:7]
    role, applications, since = row[7:]
    person = Person(
        id=user_id,
        email=email,
        username=username,
        first_name=first_name,
        last_name=last_name,
        # What a list of members has no business with, and a tenant's unit cannot read.
        password_hash=None,
        owner_tenant=owner,
        created_at=created_at,
    )
    member = Member(
        tenant_id=tenant_id,
        user_id=user_id,
        role=role,
        applications=_APPLICATIONS.decode(applications),
    )
    return person, member, since
