"""The routes that take declarations: validate, lint, plan, apply, import, drift, roll back."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.clients import rules
from tenantry.clients.api.questions import TAG, AnyRequest
from tenantry.clients.errors import PlanBroken
from tenantry.clients.model import (
    ApplyRequest,
    Checked,
    DeclarationSet,
    Drift,
    Finding,
    ImportedClient,
    PlanRequest,
    PlanView,
    ResolveRequest,
    RollbackRequest,
    SavedPlan,
    UpsertResult,
)
from tenantry.clients.service import READ, ClientDrift, Clients, ClientViews, refuse_too_many
from tenantry.web import ActingPrincipal, ActingTenant, Envelope, body_as, enveloped


class ApplyBody(DeclarationSet, frozen=True, kw_only=True):
    """An apply as it is sent: whether `plan` is one of ours is for us to say, and not its shape."""

    plan: dict[str, Any] | None = None
    force: bool = False
    allow_public: bool = False
    reason: str = ""


class Applied(msgspec.Struct, frozen=True):
    """What has become of each client, in the order of the request."""

    clients: tuple[UpsertResult, ...]


class Findings(msgspec.Struct, frozen=True):
    """What is wrong with clients."""

    findings: tuple[Finding, ...]


class Imports(msgspec.Struct, frozen=True):
    """What originals were made into."""

    clients: tuple[ImportedClient, ...]


class Drifts(msgspec.Struct, frozen=True):
    """Where clients, their files and the last apply of these are not the same."""

    clients: tuple[Drift, ...]


def declaration_handlers(
    clients: Clients, views: ClientViews, drift: ClientDrift, *, clock: Clock
) -> list[ControllerRouterHandler]:
    """Return the routes."""

    @post("/api/clients/validate", tags=[TAG], status_code=200)
    async def validate_clients(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Checked]:
        """Say all that is wrong with declarations."""
        wanted = body_as(await request.body(), DeclarationSet)
        return enveloped(await clients.validate(principal, tenant_id, wanted), clock=clock)

    @post("/api/clients/lint", tags=[TAG], status_code=200)
    async def lint_clients(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Findings]:
        """Say what is unsound about declarations, also about those that are invalid."""
        wanted = body_as(await request.body(), DeclarationSet)
        found = await views.lint_declared(principal, tenant_id, wanted.configs)
        return enveloped(Findings(found), clock=clock)

    @post("/api/clients/plan", tags=[TAG], status_code=200)
    async def plan_clients(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[PlanView]:
        """Say what an apply would do, and change nothing."""
        wanted = body_as(await request.body(), PlanRequest)
        return enveloped(await clients.plan(principal, tenant_id, wanted), clock=clock)

    @post("/api/clients/apply", tags=[TAG], status_code=200)
    async def apply_clients(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Applied]:
        """Apply declarations or a saved plan: each client as a whole, or not at all."""
        wanted = _apply_request(body_as(await request.body(), ApplyBody))
        return enveloped(Applied(await clients.apply(principal, tenant_id, wanted)), clock=clock)

    @post("/api/clients/import", tags=[TAG], status_code=200)
    async def import_clients(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Imports]:
        """Make declarations of the originals' own files, and report every change; apply nothing."""
        wanted = body_as(await request.body(), DeclarationSet)
        principal.authorise(tenant_id, READ)
        refuse_too_many(wanted.configs)
        return enveloped(Imports(_imported(wanted.configs)), clock=clock)

    @post("/api/clients/drift", tags=[TAG], status_code=200)
    async def find_drift(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[Drifts]:
        """Compare what was applied last, what is, and what declarations say."""
        wanted = body_as(await request.body(), DeclarationSet)
        return enveloped(Drifts(await drift.of(principal, tenant_id, wanted)), clock=clock)

    @post("/api/clients/drift/resolve", tags=[TAG], status_code=200)
    async def resolve_drift(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Envelope[dict[str, Any]]:
        """Put back what the file says, or return a declaration that says what is."""
        wanted = body_as(await request.body(), ResolveRequest)
        resolved = await drift.resolve(principal, tenant_id, wanted)
        return enveloped(msgspec.to_builtins(resolved), clock=clock)

    @post("/api/clients/{key:str}/rollback", tags=[TAG], status_code=200)
    async def roll_back_client(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        key: FromPath[str],
    ) -> Envelope[dict[str, Any]]:
        """Make a client what it was at a revision; with `dry_run` say what that would do."""
        wanted = body_as(await request.body(), RollbackRequest)
        roll_back = clients.plan_rollback if wanted.dry_run else clients.rollback
        result: Any = await roll_back(principal, tenant_id, key.lower(), wanted)
        return enveloped(msgspec.to_builtins(result), clock=clock)

    return [
        validate_clients,
        lint_clients,
        plan_clients,
        apply_clients,
        import_clients,
        find_drift,
        resolve_drift,
        roll_back_client,
    ]


def _imported(configs: Sequence[dict[str, Any]]) -> tuple[ImportedClient, ...]:
    originals = [original for config in configs for original in rules.originals_in(config)]
    return tuple(
        ImportedClient(key=str(each.config["key"]), config=each.config, changes=each.changes)
        for each in map(rules.imported, originals)
    )


def _apply_request(body: ApplyBody) -> ApplyRequest:
    """Return what is asked for; raises `PlanBroken`."""
    fields = {name: getattr(body, name) for name in body.__struct_fields__ if name != "plan"}
    if body.plan is None:
        return ApplyRequest(**fields)
    try:
        saved = msgspec.convert(body.plan, SavedPlan)
    except msgspec.ValidationError as error:
        told = str(error).replace("`$", "`$.plan")
        raise PlanBroken(f"plan: {told}; wants what `plan` answered as `saved`") from error
    return ApplyRequest(**fields, plan=saved)
