"""People, and what each tenant has made of them."""

from typing import Final

import msgspec

from tenantry.tenants.model.role import Role

MEMBER_PREFIX: Final = "member-"
"""Streams of memberships begin with this; the user's id follows."""
PERSON_PREFIX: Final = "person-"
"""Streams of what was changed about a person; the user's id follows."""

MAX_EMAIL_CHARACTERS: Final = 254
"""RFC 5321 §4.5.3.1.3, less the two angle brackets."""
MAX_PERSON_CHARACTERS: Final = 100
LEAST_PASSWORD_CHARACTERS: Final = 8
"""NIST SP 800-63B §5.1.1.2."""
MAX_PASSWORD_CHARACTERS: Final = 256
MAX_APPLICATIONS: Final = 100


class Guarded(msgspec.Struct, frozen=True):
    """Something whose fields are nobody's business but its owner's: it shows none of them."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class Application(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user's roles in a front end of the tenant, or in all of them where `client_key` is None.

    They are the client's own: none of them permits anything here.
    """

    client_key: str | None = None
    roles: tuple[str, ...] = ()


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A user in a tenant; `version` is that of the membership's stream.

    Without a `role` the user may do nothing here.
    """

    tenant_id: str
    user_id: str
    role: Role | None
    applications: tuple[Application, ...] = ()
    version: int = 1


class Person(Guarded, frozen=True, kw_only=True):
    """A row of `users`; instants are µs since 1970."""

    id: str
    email: str
    username: str | None
    first_name: str | None
    last_name: str | None
    password_hash: str | None
    owner_tenant: str
    created_at: int


class PersonalFields(Guarded, frozen=True, kw_only=True):
    """What a user is called and proves themselves with; what is left out stays."""

    email: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    password: str | None = None

    def named(self) -> tuple[str, ...]:
        """Return the names of the fields that are given."""
        return tuple(name for name in _PERSONAL if getattr(self, name) is not None)


_PERSONAL: Final = PersonalFields.__struct_fields__


class NewMember(PersonalFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to belong to a tenant: a new person, or one who is there already."""

    email: str
    role: Role | None = None
    applications: tuple[Application, ...] = ()


class MemberChange(PersonalFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be otherwise about a member; what is left out stays, a `role` of null is none."""

    role: Role | msgspec.UnsetType | None = msgspec.UNSET
    applications: tuple[Application, ...] | None = None


class SelfChange(PersonalFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a user changes about themselves; e-mail and password ask for the present password."""

    current_password: str | None = None


class DeclaredPerson(Guarded, frozen=True, kw_only=True):
    """Somebody who shall be able to use a front end, in these roles there.

    All but address and roles is for a person who is not there yet.
    """

    email: str
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    password: str | None = None
    roles: tuple[str, ...] = ()

    def as_fields(self) -> PersonalFields:
        """Return what they are called and prove themselves with."""
        named = {name: getattr(self, name) for name in _PERSONAL}
        return PersonalFields(**named)


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is there already, and their roles in one front end: None where none are said."""

    user_id: str
    is_member: bool
    roles: tuple[str, ...] | None


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A user as they see themselves."""

    id: str
    email: str
    username: str | None
    first_name: str | None
    last_name: str | None
    created_at: str


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """A user as a tenant sees them.

    Of a person that another tenant has brought here, this one sees what it has said itself: the
    e-mail address, and what it has made of them.
    """

    id: str
    email: str
    username: str | None
    first_name: str | None
    last_name: str | None
    role: Role | None
    applications: tuple[Application, ...]
    is_owned: bool
    created_at: str


class MembershipView(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant that a user belongs to, as they see it."""

    tenant_id: str
    role: Role | None
    applications: tuple[Application, ...]
