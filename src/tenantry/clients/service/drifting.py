"""`ClientDrift`: what has become of clients beside their files, and what to do about it."""

from typing import Any

import msgspec

from tenantry.base import Principal
from tenantry.base.errors import Conflict, Invalid
from tenantry.clients import rules
from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import (
    DeclarationSet,
    Desired,
    Drift,
    ResolveRequest,
    UpsertResult,
)
from tenantry.clients.service.clients import Clients
from tenantry.clients.service.declaring import READ, WRITE, Declared, Declaring
from tenantry.clients.service.ledger import ClientLedger, Revision
from tenantry.telemetry import span


class Adopted(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration that says what is, for the file."""

    key: str
    config: dict[str, Any]


class ClientDrift:
    """Compares three: what the file said when it was applied last, what is, what the file says now.

    Each field belongs to whoever changed it last: a file, the API, the console.
    """

    def __init__(self, *, ledger: ClientLedger, declaring: Declaring, clients: Clients) -> None:
        self._ledger = ledger
        self._declaring = declaring
        self._clients = clients

    async def of_client(self, principal: Principal, tenant_id: str, key: str) -> Drift:
        """Say what is not as the last file had it; raises `UnknownClient`."""
        principal.authorise(tenant_id, READ)
        with span("tenantry.clients.drift", tenant=tenant_id):
            return _drift(await self._ledger.revisions(tenant_id, key), None)

    async def of(
        self, principal: Principal, tenant_id: str, declarations: DeclarationSet
    ) -> tuple[Drift, ...]:
        """Compare with what files say now; raises `InvalidClient`."""
        with span("tenantry.clients.drift", tenant=tenant_id):
            # Whether a secret is another one is told, so who asks must be one who may change it.
            found = await self._declaring.read(principal, tenant_id, declarations, permission=WRITE)
            return tuple([await self._of_declared(each) for each in found])

    async def resolve(
        self, principal: Principal, tenant_id: str, request: ResolveRequest
    ) -> UpsertResult | Adopted:
        """Revert: make it what the file says. Adopt: return a declaration of what is.

        Only the paths in `fields` are changed where any are named. Raises `UnknownClient`, and
        `Conflict` where no file was ever applied and none is given.
        """
        principal.authorise(tenant_id, WRITE)
        key = request.key.lower()
        revisions = await self._ledger.revisions(tenant_id, key)
        live = revisions[-1].state
        declared = await self._declared(principal, tenant_id, request)
        base = _last_of_file(revisions)
        if base is None and declared is None:
            told = f"client {key}: no file was ever applied, and none is given to compare with"
            raise Conflict(told, code="no_file", details={"client": key})
        if request.how == "adopt":
            said = declared.desired if declared is not None else None
            adopted = rules.adopt(
                live, said or rules.desired_from(_state(base), live), request.fields or None
            )
            return Adopted(key=key, config=rules.exported(rules.preview(None, adopted)))

        said = declared.desired if declared is not None else None
        target = _state(base) if said is None else rules.preview(live, said)
        desired = rules.revert(target, live, request.fields or None)
        digest = base.source_digest if base is not None and declared is None else ""
        return await self._clients.revert(
            principal,
            Declared(
                raw={},
                tenant_id=tenant_id,
                key=key,
                entry=self._ledger.index.find(tenant_id, key),
                state=live,
                desired=msgspec.structs.replace(
                    desired, source_digest=digest, plain=said.plain if said is not None else {}
                ),
            ),
            # What is put back in part is not what the file says.
            source="api" if request.fields else "file",
            options=request.options,
        )

    async def _declared(
        self, principal: Principal, tenant_id: str, request: ResolveRequest
    ) -> Declared | None:
        if request.config is None:
            return None
        declarations = DeclarationSet(configs=(request.config,), variables=request.variables)
        (declared,) = await self._declaring.read(
            principal, tenant_id, declarations, permission=WRITE
        )
        if declared.errors:
            raise InvalidClient(declared.errors, key=declared.key)
        if declared.key != request.key.lower():
            raise Invalid(field="config.key", got=declared.key, wants=request.key)
        if declared.tenant_id != tenant_id:
            raise Invalid(field="config.tenant", got=declared.tenant_id, wants=tenant_id)
        return declared

    async def _of_declared(self, declared: Declared) -> Drift:
        if declared.desired is None:
            raise InvalidClient(declared.errors, key=declared.key, origin=declared.origin)
        if declared.entry is None:
            return Drift(key=declared.key, tenant_id=declared.tenant_id)
        revisions = await self._ledger.revisions(declared.tenant_id, declared.key)
        return _drift(revisions, declared.desired)


def _drift(revisions: list[Revision], desired: Desired | None) -> Drift:
    before = [None, *(revision.state for revision in revisions)]
    owners = rules.owners_of(
        [(each.source, old, each.state) for each, old in zip(revisions, before, strict=False)]
    )
    return rules.drift(_state(_last_of_file(revisions)), revisions[-1].state, desired, owners)


def _last_of_file(revisions: list[Revision]) -> Revision | None:
    number = revisions[-1].state.file_revision
    return revisions[number - 1] if number else None


def _state(revision: Revision | None) -> Any:
    return None if revision is None else revision.state
