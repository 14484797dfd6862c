"""Requests about the API keys of a tenant."""

from tenantry.sdk.access.model import ApiKey, NewKey
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


class KeyRequests(Requests):
    """What can be asked about the keys of a tenant; `tenant` as for users."""

    def create(
        self,
        name: str,
        *,
        role: str,
        expires_in_days: int | None = None,
        tenant: str | None = None,
    ) -> Request[NewKey]:
        """Make a key, and return it with its token, `key`, for the only time; it is sent once.

        Where an `Unreachable` leaves open what became of it, `list` has it if it is there.
        """
        body = given(name=name, role=role, expires_in_days=expires_in_days)
        return sending("POST", self._path(tenant), body, NewKey)

    def get(self, key_id: str, *, tenant: str | None = None) -> Request[ApiKey]:
        """Return a key, without its token."""
        return reading(self._path(tenant, key_id), ApiKey)

    def list(self, *, tenant: str | None = None) -> Request[Page[ApiKey]]:
        """Yield the keys of the tenant, following the pages."""
        return listing(self._path(tenant), ApiKey)

    def revoke(self, key_id: str, *, tenant: str | None = None) -> Request[None]:
        """End a key at once.

        Where a lost answer makes it repeat, that the key is gone is a success.
        """
        return deleting(self._path(tenant, key_id))

    def _path(self, tenant: str | None, *ids: str) -> str:
        segments = (id_segment("key", each) for each in ids)
        return tenant_path(self._acting.tenant_of(tenant), "keys", *segments)
