"""The request for who did what."""

from datetime import datetime

from tenantry.sdk.access.model import AuditEntry
from tenantry.sdk.access.request import Page, Requests, listing
from tenantry.sdk.request import Request, moment_text


class AuditRequests(Requests):
    """What can be asked of the audit."""

    def audit(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        since: str | datetime | None = None,
        until: str | datetime | None = None,
        newest_first: bool = False,
        tenant: str | None = None,
    ) -> Request[Page[AuditEntry]]:
        """Yield who did what, oldest first unless `newest_first`, following the pages.

        `action` is the beginning of one, such as `tenants.`; times are aware, or ISO 8601 text
        with an offset. Without a `tenant` here or of the client, root sees every tenant's.
        """
        return listing(
            "/api/audit",
            AuditEntry,
            actor=actor,
            tenant=tenant or self._acting.given_tenant,
            from_=None if since is None else moment_text(since),
            to=None if until is None else moment_text(until),
            action=action,
            newest_first="true" if newest_first else None,
        )
