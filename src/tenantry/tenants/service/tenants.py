"""`Tenants`: made, renamed, suspended, exported and erased."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias
from uuid import UUID

from tenantry.base import Principal, new_id
from tenantry.base.errors import Invalid
from tenantry.base.principal import ALL
from tenantry.db import Transaction
from tenantry.eventlog import StreamAppend
from tenantry.telemetry import get_logger, span
from tenantry.tenants import rules
from tenantry.tenants.errors import UnknownTenant
from tenantry.tenants.model import (
    TENANT_STREAM,
    AccessEvent,
    Erasure,
    NewTenant,
    Page,
    Tenant,
    TenantChange,
    TenantErased,
    TenantStatus,
    TenantView,
)
from tenantry.tenants.service.erasing import ErasedElsewhere
from tenantry.tenants.service.ledger import AccessLedger, stream_append
from tenantry.tenants.service.paging import check_limit, page_of, read_cursor
from tenantry.tenants.store import credentials, people
from tenantry.vault import Vault

READ: Final = "tenants:read"
WRITE: Final = "tenants:write"
MANAGE: Final = "tenants:manage"

_LOGGER: Final = get_logger("tenantry.tenants")


EraseWith: TypeAlias = Callable[[Transaction, str], None]
"""Deletes what another feature keeps of a tenant, in the unit that erases it."""


class Tenants:
    """The tenants there are.

    `erase_with` are what else goes when a tenant is erased, and `elsewhere` what goes once it is.
    Each method raises `Denied`, and those of one tenant `UnknownTenant` and `TenantErased`.
    """

    def __init__(
        self,
        *,
        ledger: AccessLedger,
        vault: Vault,
        erase_with: Sequence[EraseWith] = (),
        elsewhere: ErasedElsewhere | None = None,
    ) -> None:
        self._ledger = ledger
        self._vault = vault
        self._erase_with = erase_with
        self._elsewhere = elsewhere

    async def create(self, principal: Principal, new: NewTenant) -> TenantView:
        """Make a tenant; raises `TenantExists` and `Invalid`."""
        principal.authorise(ALL, MANAGE)
        wanted = str(UUID(new_id())) if new.id is None else new.id
        tenant_id = rules.names.check_tenant_id(wanted)
        with span("tenantry.tenants.create", tenant=tenant_id):
            await self._record(
                principal, tenant_id, lambda current: rules.tenants.create(current, tenant_id, new)
            )
        _LOGGER.info("Tenant created", tenant=tenant_id, actor=principal.id)
        return self._shown(tenant_id)

    def get(self, principal: Principal, tenant_id: str) -> TenantView:
        """Return a tenant."""
        principal.authorise(tenant_id, READ)
        self._ledger.require_ready()
        return self._shown(tenant_id)

    def list(
        self,
        principal: Principal,
        *,
        status: TenantStatus | None,
        limit: int,
        cursor: str | None,
    ) -> Page[TenantView]:
        """Return the tenants that `principal` may see, by id: all for root, else the own one."""
        if principal.tenant_id != ALL:
            principal.authorise(principal.tenant_id, READ)
        check_limit(limit)
        _, after = read_cursor(cursor)
        self._ledger.require_ready()
        found = [
            tenant
            for tenant in self._ledger.state.tenants()
            if tenant.id > after
            and principal.may(tenant.id, READ)
            and status in (None, tenant.status)
        ]
        return page_of(
            found, limit, show=rules.tenants.as_view, place=lambda tenant: (0, tenant.id)
        )

    async def change(self, principal: Principal, tenant_id: str, wish: TenantChange) -> TenantView:
        """Give a tenant another name or other origins; raises `Invalid`.

        Whether it is a sandbox is for root alone to say: anybody else changes nothing with that.
        """
        principal.authorise(tenant_id, WRITE)
        if wish.sandbox is not None:
            principal.authorise(ALL, MANAGE)
        with span("tenantry.tenants.change", tenant=tenant_id):
            await self._record_living(
                principal, tenant_id, lambda tenant: rules.tenants.change(tenant, wish)
            )
        return self._shown(tenant_id)

    async def suspend(self, principal: Principal, tenant_id: str, *, reason: str) -> TenantView:
        """Have a tenant's keys and sessions stand still, on all nodes."""
        principal.authorise(ALL, MANAGE)
        why = rules.names.check_reason(reason)
        with span("tenantry.tenants.suspend", tenant=tenant_id):
            await self._record_living(
                principal, tenant_id, lambda tenant: rules.tenants.suspend(tenant, why)
            )
        _LOGGER.info("Tenant suspended", tenant=tenant_id, actor=principal.id)
        return self._shown(tenant_id)

    async def activate(self, principal: Principal, tenant_id: str) -> TenantView:
        """Have them work again."""
        principal.authorise(ALL, MANAGE)
        with span("tenantry.tenants.activate", tenant=tenant_id):
            await self._record_living(principal, tenant_id, rules.tenants.activate)
        _LOGGER.info("Tenant activated", tenant=tenant_id, actor=principal.id)
        return self._shown(tenant_id)

    async def erase(self, principal: Principal, tenant_id: str, *, confirm: str | None) -> Erasure:
        """Destroy a tenant's rows and the keys of its secrets; its id is used up.

        People go with it who belong to no other tenant. `confirm` must be the id once more. What
        the log says of it stays, since it names nobody, and is nobody's to read but root's.
        """
        principal.authorise(ALL, MANAGE)
        self._ledger.require_ready()
        if confirm != tenant_id:
            raise Invalid(field="confirm", got=confirm, wants=f"{tenant_id}, to erase it for good")

        def unit(tx: Transaction) -> tuple[Sequence[StreamAppend], Erasure]:
            people.lock_people_of(tx, tenant_id)
            sessions = credentials.delete_sessions(tx, tenant_id)
            keys = credentials.delete_keys(tx, tenant_id)
            members, users = people.delete_members(tx, tenant_id)
            data_keys = self._vault.shred_tenant_in(tx, tenant_id)
            for erase in self._erase_with:
                erase(tx, tenant_id)
            (condition,) = self._ledger.condition(tenant_id)
            erased = _append(principal, tenant_id, TenantErased(), condition.expected_version)
            return (erased,), Erasure(
                id=tenant_id,
                users_erased=users,
                members_removed=members,
                keys_deleted=keys,
                sessions_ended=sessions,
                data_keys_shredded=data_keys,
            )

        if tenant_id == ALL:
            raise UnknownTenant(tenant_id)
        with span("tenantry.tenants.erase", tenant=tenant_id):
            erasure = await self._ledger.write(tenant_id, unit, is_alone=True)
            if self._elsewhere is not None:
                await self._elsewhere.finish(tenant_id)
        _LOGGER.info("Tenant erased", tenant=tenant_id, actor=principal.id)
        return erasure

    async def _record_living(
        self,
        principal: Principal,
        tenant_id: str,
        decide: Callable[[Tenant], AccessEvent | None],
    ) -> None:
        await self._record(
            principal,
            tenant_id,
            lambda current: decide(rules.tenants.living(current, tenant_id)),
        )

    async def _record(
        self,
        principal: Principal,
        tenant_id: str,
        decide: Callable[[Tenant | None], AccessEvent | None],
    ) -> None:
        def streams() -> Sequence[StreamAppend]:
            current = self._ledger.state.tenant(tenant_id)
            event = decide(current)
            if event is None:
                return ()
            version = 0 if current is None else current.version
            return (_append(principal, tenant_id, event, version),)

        await self._ledger.record(tenant_id, streams)

    def _shown(self, tenant_id: str) -> TenantView:
        tenant = rules.tenants.living(self._ledger.state.tenant(tenant_id), tenant_id)
        return rules.tenants.as_view(tenant)


def _append(principal: Principal, tenant_id: str, event: AccessEvent, version: int) -> StreamAppend:
    return stream_append(
        principal,
        event,
        stream=TENANT_STREAM,
        subject=tenant_id,
        kind="Tenant",
        expected_version=version,
    )
