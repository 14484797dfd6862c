"""`Worlds`: what every use case of a tenant's updaters begins and ends with."""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import Any, TypeVar

from tenantry.base import Principal
from tenantry.base.errors import Conflict
from tenantry.db import Database, Tenant, Transaction
from tenantry.eventlog import EventLog
from tenantry.updater import store
from tenantry.updater.errors import NotASandbox
from tenantry.updater.model import Batch, StoredWorld, UpdaterActed, World
from tenantry.updater.rules import CORPUS_VERSION, remembered, seed_of
from tenantry.updater.service.settings import Settled

T = TypeVar("T")


class Worlds:
    """The worlds of all tenants; `is_sandbox` says whom root has marked as one."""

    def __init__(
        self, *, database: Database, log: EventLog, is_sandbox: Callable[[str], bool]
    ) -> None:
        self.database = database
        self._log = log
        self.is_sandbox = is_sandbox

    def check_sandbox(self, tenant_id: str) -> None:
        """Raise `NotASandbox` unless demo data may be written into a tenant."""
        if not self.is_sandbox(tenant_id):
            raise NotASandbox(
                f"tenant {tenant_id} is no sandbox, so nothing is made up in it; root marks one "
                f"with `tenantry tenants mark {tenant_id} --sandbox`",
                details={"tenant": tenant_id},
            )

    async def find(self, tenant_id: str) -> StoredWorld | None:
        """Return a tenant's world; None where there has never been one."""
        return await self.database.read(Tenant(tenant_id), store.find_world, tenant_id)

    async def act(
        self,
        principal: Principal,
        tenant_id: str,
        verb: str,
        unit: Callable[[Transaction], tuple[T, Mapping[str, Any] | None]],
    ) -> T:
        """Run `unit`, with its details in the audit, in one transaction; None says nothing."""
        # Who caused it and where is known here, and not on a database thread.
        known = copy_context()

        def whole(tx: Transaction) -> tuple[T, bool]:
            answer, details = unit(tx)
            if details is None:
                return answer, False
            acted = UpdaterActed(verb=verb, details=dict(details))
            self._log.append_in(tx, known.run(store.acted, tenant_id, acted, principal))
            return answer, True

        answer, is_told = await self.database.write(Tenant(tenant_id), whole)
        if is_told:
            self._log.appended()
        return answer


def world_in(tx: Transaction, tenant_id: str, settled: Settled) -> StoredWorld:
    """Return a tenant's world inside a unit, a new one where there has never been one."""
    found = store.find_world(tx, tenant_id)
    if found is not None:
        return found
    made = new_world(tenant_id, settled)
    store.insert_world(tx, made)
    return made


def new_world(tenant_id: str, settled: Settled) -> StoredWorld:
    """Return the world of a tenant that has none."""
    seed = settled.config.data_generation_config.seed
    return StoredWorld(
        tenant_id=tenant_id,
        seed=seed_of(tenant_id) if seed is None else seed,
        corpus_version=CORPUS_VERSION,
    )


def load_in(tx: Transaction, stored: StoredWorld) -> World:
    """Return what a step is computed from; what a person has edited is in it as it was before.

    So that the tenant lives on whatever he has written there, and nothing of it is copied.
    """
    world, edited = store.load_world(tx, stored)
    if edited:
        histories = store.histories_of(tx, stored.tenant_id, edited)
        world.take(Batch([row for each in histories if (row := remembered(each)) is not None]))
    return world


def keep_in(tx: Transaction, world: StoredWorld) -> None:
    """Store a world as the step behind its revision; raises `Conflict` where that has been made."""
    if not store.keep_world(tx, world):
        raise Conflict("the tenant's world has been moved on meanwhile", code="world_moved")
