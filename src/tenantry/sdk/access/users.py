"""Requests about the users of a tenant."""

from collections.abc import Iterable

from msgspec import UNSET, UnsetType

from tenantry.sdk.access.model import Application, Member
from tenantry.sdk.access.request import (
    Page,
    Requests,
    deleting,
    given,
    id_segment,
    listing,
    reading,
    sending,
    tenant_path,
)
from tenantry.sdk.request import Request


class UserRequests(Requests):
    """What can be asked about who belongs to a tenant.

    `tenant` is that of the session, else the client's, else the token's own; root may name `*`,
    where those are who act on every tenant.
    """

    def add(
        self,
        email: str,
        *,
        username: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        password: str | None = None,
        role: str | None = None,
        applications: Iterable[Application] = (),
        tenant: str | None = None,
    ) -> Request[Member]:
        """Make a person a user of the tenant, and return them as it sees them; it is sent once.

        Somebody who is there already, for another tenant, joins this one as they are: then neither
        names nor password may be given. Without a `role` they are an end user of front ends.
        """
        # First: where the tenant must be asked for, this is called again, and an iterator is not.
        path = self._path(tenant)
        body = given(
            email=email,
            username=username,
            first_name=first_name,
            last_name=last_name,
            password=password,
            role=role,
            applications=list(applications),
        )
        return sending("POST", path, body, Member)

    def get(self, user_id: str, *, tenant: str | None = None) -> Request[Member]:
        """Return a user of the tenant, by id."""
        return reading(self._path(tenant, user_id), Member)

    def list(self, *, email: str | None = None, tenant: str | None = None) -> Request[Page[Member]]:
        """Yield the users of the tenant, following the pages.

        With `email`, in whatever spelling, only the one who has that address, if any.
        """
        return listing(self._path(tenant), Member, email=email)

    def change(
        self,
        user_id: str,
        *,
        role: str | UnsetType | None = UNSET,
        applications: Iterable[Application] | None = None,
        email: str | None = None,
        username: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        password: str | None = None,
        tenant: str | None = None,
    ) -> Request[Member]:
        """Change what is given, and return the user as they are then; it is sent once.

        A `role` of None takes the role away. Names, e-mail and password are this tenant's to change
        where the user `is_owned`.
        """
        path = self._path(tenant, user_id)
        body = given(
            applications=None if applications is None else list(applications),
            email=email,
            username=username,
            first_name=first_name,
            last_name=last_name,
            password=password,
        )
        if role is not UNSET:
            body["role"] = role
        return sending("PATCH", path, body, Member)

    def remove(self, user_id: str, *, tenant: str | None = None) -> Request[None]:
        """Take a user out of the tenant; whoever was in no other is erased.

        Where a lost answer makes it repeat, that the user is gone is a success.
        """
        return deleting(self._path(tenant, user_id))

    def _path(self, tenant: str | None, *ids: str) -> str:
        segments = (id_segment("user", each) for each in ids)
        return tenant_path(self._acting.tenant_of(tenant), "users", *segments)
