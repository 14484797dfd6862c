"""What can be wrong with who asks, and with what is asked about tenants, people and keys."""

from tenantry.base.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated


class TenantExists(Conflict):
    """There is a tenant of this id already."""

    default_code = "tenant_exists"


class TenantErased(Denied):
    """The tenant was erased: nobody acts on it any more, and its id is never given again."""

    default_code = "tenant_erased"

    def __init__(self, tenant_id: str) -> None:
        super().__init__(f"tenant {tenant_id} was erased", details={"tenant": tenant_id})


class TenantSuspended(Denied):
    """The tenant is suspended: its keys and sessions stand still."""

    default_code = "tenant_suspended"

    def __init__(self, tenant_id: str) -> None:
        super().__init__(f"tenant {tenant_id} is suspended", details={"tenant": tenant_id})


class UnknownTenant(NotFound):
    """There is no tenant of this id."""

    default_code = "unknown_tenant"

    def __init__(self, tenant_id: str) -> None:
        super().__init__(f"there is no tenant {tenant_id}", details={"tenant": tenant_id})


class UnknownMember(NotFound):
    """The tenant has no such user."""

    default_code = "unknown_user"


class UnknownKey(NotFound):
    """The tenant has no such key."""

    default_code = "unknown_key"


class MemberExists(Conflict):
    """The person is a member of the tenant already."""

    default_code = "member_exists"


class NameTaken(Conflict):
    """Somebody has this e-mail address or user name already."""

    default_code = "name_taken"


class NotOwner(Denied):
    """Names and credentials of a shared user are not this tenant's to change."""

    default_code = "not_owner"


class BeyondOwnRole(Denied):
    """Nobody gives away a role that is beyond their own."""

    default_code = "beyond_own_role"


class InvalidCredentials(Unauthenticated):
    """Nobody is known by this name and password; which of the two is wrong is not said."""

    default_code = "invalid_credentials"


class WrongPassword(Denied):
    """The present password, which a change of it asks for, is another."""

    default_code = "wrong_password"


class NotMember(Denied):
    """The user does not belong to this tenant."""

    default_code = "not_a_member"


class TenantRequired(Invalid):
    """The user belongs to several tenants and must say which one is meant."""

    default_code = "tenant_required"


class NoSession(Invalid):
    """A session was wanted, and something else was shown: a key, or the server's own token."""

    default_code = "no_session"
