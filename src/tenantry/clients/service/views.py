"""`ClientViews`: clients and their history as they are read."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tenantry.base import Principal
from tenantry.base.errors import Invalid
from tenantry.base.instant import format_instant
from tenantry.clients import rules
from tenantry.clients.model import (
    ITEM_KINDS,
    ClientState,
    ClientSummary,
    ClientView,
    ExportedClient,
    Finding,
    PlannedClient,
    RevisionDetail,
    RevisionView,
    identity_of,
)
from tenantry.clients.service.clients import shown
from tenantry.clients.service.declaring import READ, Declared
from tenantry.clients.service.ledger import ClientLedger, numbered
from tenantry.clients.service.planning import Planning
from tenantry.clients.service.request_size import refuse_too_many
from tenantry.clients.store import IndexEntry
from tenantry.telemetry import span

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1_000


class ClientPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of clients; the cursor is None where there is nothing behind it."""

    items: tuple[ClientSummary, ...]
    next_cursor: str | None


class ClientViews:
    """Reads clients; every method raises `Denied`, and those about one client `UnknownClient`."""

    def __init__(self, *, ledger: ClientLedger, planning: Planning) -> None:
        self._ledger = ledger
        self._planning = planning

    def list(
        self, principal: Principal, tenant_id: str, *, limit: int, cursor: str | None
    ) -> ClientPage:
        """Return a tenant's clients by key, those behind `cursor`."""
        principal.authorise(tenant_id, READ)
        if not 1 <= limit <= MAX_LIMIT:
            raise Invalid(field="limit", got=limit, wants=f"1 to {MAX_LIMIT}")
        behind = [e for e in self._ledger.index.of_tenant(tenant_id) if e.key > (cursor or "")]
        page = behind[:limit]
        return ClientPage(
            items=tuple(map(_summary, page)),
            next_cursor=page[-1].key if len(behind) > limit else None,
        )

    async def get(self, principal: Principal, tenant_id: str, key: str) -> ClientView:
        """Return a client with its declaration."""
        principal.authorise(tenant_id, READ)
        entry, state = self._ledger.entry(tenant_id, key), await self._ledger.get(tenant_id, key)
        return ClientView(
            **msgspec.structs.asdict(_summary(entry)),
            config=rules.exported(state),
            ids=_ids(state),
        )

    async def revisions(
        self, principal: Principal, tenant_id: str, key: str
    ) -> tuple[RevisionView, ...]:
        """Return all revisions of a client, newest first."""
        principal.authorise(tenant_id, READ)
        with span("tenantry.clients.history", tenant=tenant_id):
            revisions = await self._ledger.revisions(tenant_id, key)
        return tuple(revision.view for revision in reversed(revisions))

    async def revision(
        self, principal: Principal, tenant_id: str, key: str, number: int
    ) -> RevisionDetail:
        """Return one revision with its declaration; raises `UnknownRevision`."""
        principal.authorise(tenant_id, READ)
        revision = await self._ledger.revision(tenant_id, key, number)
        return RevisionDetail(
            **msgspec.structs.asdict(revision.view), config=rules.exported(revision.state)
        )

    async def difference(
        self,
        principal: Principal,
        tenant_id: str,
        key: str,
        *,
        since: int | None,
        until: int | None,
    ) -> PlannedClient:
        """Say what became otherwise between two revisions: without any, by the last one.

        Revision 0 is none at all. Raises `UnknownRevision`.
        """
        principal.authorise(tenant_id, READ)
        revisions = await self._ledger.revisions(tenant_id, key)
        to = len(revisions) if until is None else until
        start = to - 1 if since is None else since
        after = numbered(revisions, key, to).state
        before = None if start == 0 else numbered(revisions, key, start).state
        none = ClientState(tenant_id=tenant_id, key=key, client_id="")
        desired = rules.desired_from(after, before or none)
        declared = Declared(raw={}, tenant_id=tenant_id, key=key, state=before, desired=desired)
        planned = await self._planning.plan(declared, source="api")
        return msgspec.structs.replace(shown(planned), guards=())

    async def export(
        self, principal: Principal, tenant_id: str, keys: Sequence[str]
    ) -> tuple[ExportedClient, ...]:
        """Return declarations as files have them; secrets are named by their digests."""
        principal.authorise(tenant_id, READ)
        wanted = keys or [entry.key for entry in self._ledger.index.of_tenant(tenant_id)]
        return tuple(
            [
                ExportedClient(
                    key=key, config=rules.exported(await self._ledger.get(tenant_id, key))
                )
                for key in wanted
            ]
        )

    async def lint(self, principal: Principal, tenant_id: str, key: str) -> tuple[Finding, ...]:
        """Return what is wrong with a client as it is stored."""
        principal.authorise(tenant_id, READ)
        state = await self._ledger.get(tenant_id, key)
        registered = await self._planning.registered(tenant_id, key)
        return rules.lint(rules.exported(state), client=key, registered=registered)

    async def lint_declared(
        self, principal: Principal, tenant_id: str, configs: Sequence[dict[str, Any]]
    ) -> tuple[Finding, ...]:
        """Return what is wrong with declarations, also with those that are invalid.

        Raises `Denied` and `TooLarge`.
        """
        principal.authorise(tenant_id, READ)
        refuse_too_many(configs)
        found = list[Finding]()
        for config in configs:
            key = str(config.get("key", ""))
            registered = await self._planning.registered(tenant_id, key.lower())
            found += rules.lint_declared(config, client=key, registered=registered)
        return tuple(found)


def _summary(entry: IndexEntry) -> ClientSummary:
    return ClientSummary(
        key=entry.key,
        tenant=entry.tenant_id,
        name=entry.name,
        client_id=entry.client_id,
        revision=entry.revision,
        digest=entry.digest,
        applied_at=format_instant(entry.applied_at),
        held_back=entry.held_back,
    )


def _ids(state: ClientState) -> dict[str, dict[str, str]]:
    return {
        kind: {identity_of(item.value): item.id for item in state.items_of(kind) or ()}
        for kind in ITEM_KINDS
    }
