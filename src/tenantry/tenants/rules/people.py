"""Who may change what about a person, and what a tenant sees of one."""

from collections.abc import Collection

import msgspec

from tenantry.base import Principal
from tenantry.base.instant import format_instant
from tenantry.base.principal import ALL
from tenantry.tenants.errors import NotOwner
from tenantry.tenants.model import (
    Member,
    MemberView,
    Person,
    PersonalFields,
    UserView,
)
from tenantry.tenants.rules import names


def check_may_change(
    principal: Principal, tenant_id: str, person: Person, tenants: Collection[str]
) -> None:
    """Raise `NotOwner` where `principal`, who acts on `tenant_id`, may not change `person`.

    Names and credentials are changed only by that user, by root, or by the tenant that created the
    user while it is their only one: `tenants` are all that they belong to.
    """
    if principal.tenant_id == ALL or principal.id == f"user:{person.id}":
        return
    if person.owner_tenant == tenant_id and set(tenants) <= {tenant_id}:
        return
    raise NotOwner(
        f"user {person.id} is not tenant {tenant_id}'s alone: names and credentials are theirs to "
        "change, or root's",
        details={"user": person.id, "tenant": tenant_id},
    )


def checked(fields: PersonalFields) -> PersonalFields:
    """Return the fields in the form in which they are kept; raises `Invalid`."""
    return PersonalFields(
        email=None if fields.email is None else names.check_email(fields.email),
        username=None if fields.username is None else names.check_username(fields.username),
        first_name=_name(fields.first_name, "first_name"),
        last_name=_name(fields.last_name, "last_name"),
        password=None if fields.password is None else names.check_password(fields.password),
    )


def differing(person: Person, fields: PersonalFields) -> PersonalFields:
    """Return those fields that are otherwise with `person`; a password always counts as such."""
    return msgspec.structs.replace(
        fields,
        **{
            name: None
            for name in ("email", "username", "first_name", "last_name")
            if getattr(fields, name) == getattr(person, name)
        },
    )


def is_owned(person: Person, tenant_id: str) -> bool:
    """Whether the tenant has brought this person here, and so may see what it has said of them."""
    return tenant_id in (person.owner_tenant, ALL)


def as_user(person: Person) -> UserView:
    """Return a person as they see themselves."""
    return UserView(
        id=person.id,
        email=person.email,
        username=person.username,
        first_name=person.first_name,
        last_name=person.last_name,
        created_at=format_instant(person.created_at),
    )


def as_member(person: Person, member: Member, *, since: int, sees_all: bool) -> MemberView:
    """Return a person as the tenant of `member` sees them, or as root does."""
    owned = is_owned(person, member.tenant_id)
    shown = owned or sees_all
    return MemberView(
        id=person.id,
        email=person.email,
        username=person.username if shown else None,
        first_name=person.first_name if shown else None,
        last_name=person.last_name if shown else None,
        role=member.role,
        applications=member.applications,
        is_owned=owned,
        created_at=format_instant(since),
    )


def _name(text: str | None, field: str) -> str | None:
    return None if text is None else names.check_person_name(text, field=field)
