"""The routes that read clients and their history."""

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.clients.api.declaration_routes import Findings
from tenantry.clients.api.questions import (
    TAG,
    AnyRequest,
    Cursor,
    Limit,
    Since,
    Until,
    read_number,
)
from tenantry.clients.model import (
    ClientView,
    Drift,
    ExportedClient,
    ExportRequest,
    PlannedClient,
    RevisionDetail,
    RevisionView,
)
from tenantry.clients.service import DEFAULT_LIMIT, ClientDrift, ClientPage, ClientViews
from tenantry.web import ActingPrincipal, ActingTenant, Envelope, body_as, enveloped

_PATH = "/api/clients/{key:str}"


class Exports(msgspec.Struct, frozen=True):
    """Clients as files would declare them."""

    clients: tuple[ExportedClient, ...]


class Revisions(msgspec.Struct, frozen=True):
    """The revisions of a client, newest first."""

    revisions: tuple[RevisionView, ...]


def view_handlers(
    views: ClientViews, drift: ClientDrift, *, clock: Clock
) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @get("/api/clients", tags=[TAG])
    async def list_clients(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> Envelope[ClientPage]:
        """List a tenant's clients by key."""
        most = read_number(limit, field="limit") or DEFAULT_LIMIT
        page = views.list(principal, tenant_id, limit=most, cursor=cursor)
        return enveloped(page, clock=clock)

    @get(_PATH, tags=[TAG])
    async def get_client(
        principal: ActingPrincipal, tenant_id: ActingTenant, key: FromPath[str]
    ) -> Envelope[ClientView]:
        """Return a client with its declaration, as a file would have it."""
        return enveloped(await views.get(principal, tenant_id, key.lower()), clock=clock)

    @get(f"{_PATH}/revisions", tags=[TAG])
    async def list_revisions(
        principal: ActingPrincipal, tenant_id: ActingTenant, key: FromPath[str]
    ) -> Envelope[Revisions]:
        """List all revisions of a client, newest first."""
        found = await views.revisions(principal, tenant_id, key.lower())
        return enveloped(Revisions(found), clock=clock)

    @get(f"{_PATH}/revisions/{{revision:str}}", tags=[TAG])
    async def get_revision(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        key: FromPath[str],
        revision: FromPath[str],
    ) -> Envelope[RevisionDetail]:
        """Return one revision with its declaration."""
        number = read_number(revision, field="revision") or 0
        found = await views.revision(principal, tenant_id, key.lower(), number)
        return enveloped(found, clock=clock)

    @get(f"{_PATH}/diff", tags=[TAG])
    async def compare_revisions(
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        key: FromPath[str],
        *,
        since: Since = None,
        until: Until = None,
    ) -> Envelope[PlannedClient]:
        """Say what became otherwise between two revisions; 0 is none at all."""
        found = await views.difference(
            principal,
            tenant_id,
            key.lower(),
            since=read_number(since, field="from", least=0),
            until=read_number(until, field="to"),
        )
        return enveloped(found, clock=clock)

    @get(f"{_PATH}/lint", tags=[TAG])
    async def lint_client(
        principal: ActingPrincipal, tenant_id: ActingTenant, key: FromPath[str]
    ) -> Envelope[Findings]:
        """Say what is unsound about a client as it is stored."""
        found = await views.lint(principal, tenant_id, key.lower())
        return enveloped(Findings(found), clock=clock)

    @get(f"{_PATH}/drift", tags=[TAG])
    async def get_drift(
        principal: ActingPrincipal, tenant_id: ActingTenant, key: FromPath[str]
    ) -> Envelope[Drift]:
        """Say what has become of a client since its file was applied last, and by whom."""
        return enveloped(await drift.of_client(principal, tenant_id, key.lower()), clock=clock)

    @post("/api/clients/export", tags=[TAG], status_code=200)
    async def export_clients(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Exports]:
        """Return clients as files would declare them; secrets are named by their digests."""
        wanted = body_as(await request.body(), ExportRequest)
        keys = [key.lower() for key in wanted.keys]
        found = await views.export(principal, tenant_id, keys)
        return enveloped(Exports(found), clock=clock)

    return [
        list_clients,
        get_client,
        list_revisions,
        get_revision,
        compare_revisions,
        lint_client,
        get_drift,
        export_clients,
    ]
