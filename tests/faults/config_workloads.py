"""The workload of settings: many writers on the store, in a process that is killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from tenantry.base import SystemClock, root_principal
from tenantry.base.errors import NotFound, PreconditionFailed
from tenantry.configs import (
    EVENT_TYPES,
    NO_CONDITION,
    Condition,
    ConfigEntry,
    ConfigStateProjection,
    ConfigStore,
    Idempotency,
)
from tenantry.configs.errors import ConfigDeleted
from tenantry.eventlog import EventLog, ProjectionRunner
from tenantry.telemetry import bind
from tenantry.vault import MasterKey, Vault
from tests.faults.histories import Histories, Record
from tests.faults.life import Life
from tests.faults.logs import opened_database
from tests.faults.steps import Step, step_of

ROOT = root_principal(source="fault tests")
TENANTS = ("tenant-0", "tenant-1")

REFUSALS = (NotFound, ConfigDeleted, PreconditionFailed)
"""What a step may come to that finds the setting otherwise than it wants it."""

_SNAPSHOT_EVERY = 50


class OpenStore(msgspec.Struct, frozen=True):
    """A store that has caught up, and what is below it."""

    log: EventLog
    runner: ProjectionRunner
    store: ConfigStore


@asynccontextmanager
async def opened_store(url: str, *, master: MasterKey | None = None) -> AsyncIterator[OpenStore]:
    """Open the settings of `url`; without `master` nothing can be sealed."""
    clock = SystemClock()
    async with opened_database(url) as database:
        log = EventLog(database=database, clock=clock, types=EVENT_TYPES)
        runner = ProjectionRunner(
            log=log,
            projection=ConfigStateProjection(),
            clock=clock,
            snapshot_every=_SNAPSHOT_EVERY,
        )
        await log.start()
        await runner.start()
        try:
            await runner.ready()
            vault = Vault(database=database, clock=clock, master=master)
            store = ConfigStore(log=log, runner=runner, clock=clock, vault=vault)
            yield OpenStore(log, runner, store)
        finally:
            await runner.stop()
            await log.stop()


def tenant_of(writer: int) -> str:
    """Return the tenant that `writer` writes for."""
    return TENANTS[writer % len(TENANTS)]


async def carry_out(store: ConfigStore, tenant_id: str, step: Step) -> ConfigEntry:
    """Do one step; raises one of `REFUSALS` where what it finds does not allow it."""
    idempotency = Idempotency(key=step.key, request_digest=step.key.encode())
    with bind(correlation_id=step.key):
        if step.kind == "delete":
            return await store.delete(ROOT, tenant_id, step.name, idempotency=idempotency)
        return await store.put(
            ROOT,
            tenant_id,
            step.name,
            step.value,
            condition=_condition(store, tenant_id, step),
            idempotency=idempotency,
        )


async def histories_of(store: ConfigStore, tenant_id: str, names: list[str]) -> Histories:
    """Read the histories of `names`."""
    by_name: dict[str, list[Record]] = {}
    for name in names:
        by_name[name] = []
        async for page in store.history(ROOT, tenant_id, name):
            by_name[name] += msgspec.json.decode(msgspec.json.encode(page), type=list[Record])
    return Histories(by_name)


async def write_settings(life: Life) -> None:
    """Write with several writers until killed; `next` is the index each of them begins at."""
    async with opened_store(life.url) as opened:
        life.report("began")
        await asyncio.gather(
            *(
                _write_for_ever(life, opened.store, writer, index)
                for writer, index in enumerate(life.arguments["next"])
            )
        )


async def _write_for_ever(life: Life, store: ConfigStore, writer: int, index: int) -> None:
    while True:
        step = step_of(writer, index)
        try:
            entry = await carry_out(store, tenant_of(writer), step)
        except REFUSALS:
            life.report("refused", writer, step.key)
        else:
            life.report("ack", writer, step.key, step.name, entry.position, entry.version)
        index += 1


def _condition(store: ConfigStore, tenant_id: str, step: Step) -> Condition:
    if step.kind == "create":
        return Condition(must_be_absent=True)
    if step.kind == "match":
        try:
            version = store.get(ROOT, tenant_id, step.name).version
        except NotFound:
            version = 1
        return Condition(versions=frozenset({version}))
    return NO_CONDITION
