"""`ClientFolder`: the clients folder, applied when a server starts."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from tenantry.base import Clock
from tenantry.base.errors import TenantryError
from tenantry.clients.errors import Guarded, InvalidClient
from tenantry.clients.model import (
    ApplyRequest,
    FailedClient,
    ItemError,
    Loaded,
    LoadFailure,
    PlanRequest,
    StartupResult,
    UpsertResult,
)
from tenantry.clients.service.clients import AT_ONCE, ClientContext, Clients
from tenantry.clients.service.declaring import Declaring
from tenantry.clients.service.ledger import ClientLedger
from tenantry.clients.service.narration import ClientNarration
from tenantry.scheduling import Held, Lease, LeaseLost, Leases
from tenantry.telemetry import span

LEASE: Final = "clients:startup"

Load = Callable[[], Sequence[Loaded | LoadFailure]]
"""Reads the folder; it is run on a thread."""


class ClientFolder:
    """Brings clients to what the folder declares, under one lease for all nodes.

    One that fails never stops another. What an operator has rolled back stays as it is, and so does
    a client whose file has not changed, whatever has become of it since.
    """

    def __init__(
        self,
        *,
        load: Load,
        clients: Clients,
        ledger: ClientLedger,
        declaring: Declaring,
        leases: Leases,
        narration: ClientNarration,
        local: ClientContext,
        clock: Clock,
    ) -> None:
        self._load = load
        self._clients = clients
        self._ledger = ledger
        self._declaring = declaring
        self._leases = leases
        self._narration = narration
        self._local = local
        self._clock = clock

    async def on_startup(self, context: ClientContext | None = None) -> StartupResult:
        """Apply what the folder declares, past whatever fails.

        A node that does not get the lease does nothing, and says who has it.
        """
        here, began_at = context or self._local, self._clock.monotonic()
        loaded = await asyncio.to_thread(self._load)
        if not loaded:
            return StartupResult()
        with span("tenantry.clients.startup"):
            async with self._leases.held(LEASE) as lease:
                if isinstance(lease, Held):
                    result = StartupResult(has_lease=False, holder=lease.holder)
                else:
                    result = await self._apply_all(here, loaded, lease)
        result = msgspec.structs.replace(
            result, duration_seconds=self._clock.monotonic() - began_at
        )
        self._narration.startup(result)
        return result

    async def _apply_all(
        self, here: ClientContext, loaded: Sequence[Loaded | LoadFailure], lease: Lease
    ) -> StartupResult:
        places = asyncio.Semaphore(AT_ONCE)

        async def one(each: Loaded | LoadFailure) -> UpsertResult | FailedClient:
            async with places:
                if isinstance(each, LoadFailure):
                    return FailedClient(
                        key=each.key,
                        tenant=each.tenant or "",
                        file=each.origin,
                        errors=each.errors,
                    )
                return await self._apply(here, each, lease)

        outcomes = await asyncio.gather(*(one(each) for each in _once_each(loaded)))
        return StartupResult(
            clients_loaded=tuple(o for o in outcomes if isinstance(o, UpsertResult)),
            clients_failed=tuple(o for o in outcomes if isinstance(o, FailedClient)),
        )

    async def _apply(
        self, here: ClientContext, loaded: Loaded, lease: Lease
    ) -> UpsertResult | FailedClient:
        tenant_id = loaded.tenant or here.tenant_id
        key = str(loaded.raw.get("key", "")).lower()
        try:
            passed_over = await self._passed_over(here, tenant_id, key, loaded)
            if passed_over is not None:
                return passed_over
            request = ApplyRequest(**_declared(loaded), reason="start-up")
            (result,) = await self._clients.apply(here.principal, tenant_id, request, lease=lease)
        except TenantryError as error:
            return self._failure(tenant_id, key, loaded, error)
        return result

    async def _passed_over(
        self, here: ClientContext, tenant_id: str, key: str, loaded: Loaded
    ) -> UpsertResult | FailedClient | None:
        """Return what becomes of a client that is left as it is, None of one that is applied."""
        entry = self._ledger.index.find(tenant_id, key)
        if entry is None:
            return None
        digest = await self._declaring.source_digest(loaded.raw, loaded.variables)
        unchanged = UpsertResult(
            key=key,
            tenant=tenant_id,
            revision=entry.revision,
            changed=False,
            is_skipped=True,
            name=entry.name,
        )
        if digest == entry.source_digest:
            # What failed of it is told each time.
            return None if entry.is_partial else unchanged
        if digest in entry.held_back:
            return self._told(
                unchanged,
                "this declaration was rolled back; apply it on purpose to have it again",
            )
        if digest == entry.file_digest:
            return self._told(
                unchanged, "its file has not changed; it was edited elsewhere since, which stays"
            )
        if entry.is_edited and await self._is_otherwise(here, tenant_id, loaded):
            told = "its file has changed, and so has the client itself since its last file"
            error = ItemError(error_type="update_failed", message=told, code="drifted")
            return FailedClient(
                key=key,
                tenant=tenant_id,
                file=loaded.origin,
                errors=(error,),
                command=f"tenantry clients drift {loaded.origin} --tenant {tenant_id}",
            )
        return None

    async def _is_otherwise(self, here: ClientContext, tenant_id: str, loaded: Loaded) -> bool:
        """Whether a file does not say what is: one that does has taken over what was edited."""
        request = PlanRequest(**_declared(loaded))
        view = await self._clients.plan(here.principal, tenant_id, request)
        return any(client.changed for client in view.clients)

    def _told(self, unchanged: UpsertResult, reason: str) -> UpsertResult:
        self._narration.skipped(unchanged, reason)
        return msgspec.structs.replace(unchanged, warnings=(reason,))

    def _failure(
        self, tenant_id: str, key: str, loaded: Loaded, error: TenantryError
    ) -> FailedClient:
        is_new = self._ledger.index.find(tenant_id, key) is None
        errors: tuple[ItemError, ...]
        if isinstance(error, InvalidClient):
            errors = error.errors
        else:
            kind: Any = "creation_failed" if is_new else "update_failed"
            errors = (ItemError(error_type=kind, message=error.message, code=error.code),)
        verb = "plan" if isinstance(error, Guarded | LeaseLost) else "validate"
        return FailedClient(
            key=key,
            tenant=tenant_id,
            file=loaded.origin,
            errors=errors,
            command=f"tenantry clients {verb} {loaded.origin} --tenant {tenant_id}",
        )


def _declared(loaded: Loaded) -> dict[str, Any]:
    return {
        "configs": (dict(loaded.raw),),
        "variables": dict(loaded.variables),
        "origins": (loaded.origin,),
        "source": "file",
        "continue_on_error": True,
    }


def _once_each(loaded: Sequence[Loaded | LoadFailure]) -> list[Loaded | LoadFailure]:
    """Make a failure of every file that declares a client which another has declared already."""
    seen, found = dict[tuple[str | None, str], str](), list[Loaded | LoadFailure]()
    for each in loaded:
        if isinstance(each, Loaded):
            known = (each.tenant, str(each.raw.get("key", "")).lower())
            if known in seen:
                told = f"key: client {known[1]} is declared in {seen[known]} already"
                error = ItemError(
                    error_type="validation_failed", message=told, path="$.key", file=each.origin
                )
                found.append(LoadFailure(origin=each.origin, errors=(error,)))
                continue
            seen[known] = each.origin
        found.append(each)
    return found
