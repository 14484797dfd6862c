"""The route of the audit."""

from litestar import get
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.base.instant import parse_instant
from tenantry.base.principal import ALL
from tenantry.tenants.api.questions import (
    Action,
    Actor,
    Cursor,
    Limit,
    Newest,
    OfTenant,
    Since,
    Until,
    read_limit,
    read_newest_first,
)
from tenantry.tenants.api.sign_in import TAG
from tenantry.tenants.model import AuditEntry, AuditQuery, Page
from tenantry.tenants.service import Audit
from tenantry.web import ActingPrincipal, Envelope, enveloped


def audit_handlers(audit: Audit, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the route."""

    @get("/api/audit", tags=[TAG])
    async def read_audit(
        principal: ActingPrincipal,
        *,
        actor: Actor = None,
        tenant: OfTenant = None,
        since: Since = None,
        until: Until = None,
        action: Action = None,
        newest: Newest = None,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[Page[AuditEntry]]:
        """Read who did what, when and from where: every change since the first event.

        A page may be short, and even empty: the last one has no `next_cursor`.
        """
        own = None if principal.tenant_id == ALL else principal.tenant_id
        query = AuditQuery(
            tenant_id=own if tenant is None else tenant.lower(),
            actor=actor,
            action=action,
            since=None if since is None else parse_instant(since, field="from"),
            until=None if until is None else parse_instant(until, field="to"),
            newest_first=read_newest_first(newest),
        )
        page = await audit.read(principal, query, limit=read_limit(limit), cursor=cursor)
        return enveloped(page, clock=clock)

    return [read_audit]
