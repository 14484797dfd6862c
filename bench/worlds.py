"""Our updaters without a scheduler: runs in order, each checked and attested, and their writes.

Each function is run in a process of its own.
"""

import asyncio
import time
from collections import Counter
from typing import Final

import msgspec

from tenantry.base import SystemClock
from tenantry.db import Database, Tenant, Transaction, migrate, open_database
from tenantry.scheduling import Cron, Fires
from tenantry.updater import store
from tenantry.updater.model import TABLES, StoredWorld, UpdaterConfig, World
from tenantry.updater.rules import CORPUS_VERSION, BusinessCalendar, schedules_of
from tenantry.updater.service import Advancing, Journal, UpdaterRegistry, Writing
from tenantry.updater.service.advancing import Advance
from tenantry.updater.service.settings import Settled

# So many runs are written together, as in a backfill.
_BATCH: Final = 200
_TENANT: Final = "bench"
_SEED: Final = 20_260_101
_START: Final = 1_735_689_600_000_000
_DAY: Final = 86_400_000_000


class Generated(msgspec.Struct, frozen=True, kw_only=True):
    """What was generated, and the seconds it took: rows by table, and changes of older rows."""

    seconds: float
    processor_seconds: float
    rows: dict[str, int]
    change_count: int

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return sum(self.rows.values())


class Written(msgspec.Struct, frozen=True):
    """How many rows were written, and the seconds it took; each has its line in the ledger."""

    row_count: int
    seconds: float


def generate(days: int) -> Generated:
    """Make the runs of so many days, as the schedules that we ship have them."""
    _lived(days // 10)
    wall, processor = time.perf_counter(), time.process_time()
    advance = _lived(days)
    seconds, processor_seconds = time.perf_counter() - wall, time.process_time() - processor
    rows = Counter[str](row.table for made in advance.made for row in made.batch.rows)
    changes = sum(len(made.batch.updates) for made in advance.made)
    return Generated(
        seconds=seconds,
        processor_seconds=processor_seconds,
        rows=dict(rows),
        change_count=changes,
    )


def write(url: str, days: int) -> Written:
    """Write the runs of so many days, encoding included, in as many units as a backfill has."""
    return asyncio.run(_write(url, days))


def _lived(days: int) -> Advance:
    """Return a world that has lived for so many days, and all that was made in it."""
    advancing = Advancing(registry=UpdaterRegistry(), clock=SystemClock())
    settled = _settled()
    advance = _begun(settled)
    for at, name in _slots(settled, days):
        advancing.run(advance, name, at)
    return advance


def _slots(settled: Settled, days: int) -> list[tuple[int, str]]:
    until = _START + days * _DAY
    found = list[tuple[int, str]]()
    for updater in UpdaterRegistry().all():
        fires = Fires(settled.crons[updater.schedule_key], settled.zone_of(updater.schedule_key))
        at = fires.after(_START)
        while at is not None and at <= until:
            found.append((at, updater.name))
            at = fires.after(at)
    return sorted(found)


def _settled() -> Settled:
    config = UpdaterConfig()
    schedules = schedules_of(config, UpdaterRegistry().defaults())
    crons = {key: Cron.parse(schedule.cron) for key, schedule in schedules.items()}
    return Settled(config=config, schedules=schedules, crons=crons, given={}, version=0)


def _begun(settled: Settled) -> Advance:
    times = settled.config.timezone_config
    return Advance(
        tenant_id=_TENANT,
        stored=StoredWorld(tenant_id=_TENANT, seed=_SEED, corpus_version=CORPUS_VERSION),
        world=World(seed=_SEED),
        settled=settled,
        calendar=BusinessCalendar(
            times.timezone,
            first_hour=times.business_hours_start,
            last_hour=times.business_hours_end,
            days=times.business_days,
        ),
        rows_by_day={},
    )


async def _write(url: str, days: int) -> Written:
    clock = SystemClock()
    whole = _lived(days)
    writing = Writing(
        registry=UpdaterRegistry(), journal=Journal(clock=clock, node="bench"), clock=clock
    )
    database = open_database(url)
    await database.start()
    try:
        await migrate(database, clock=clock)
        started_at = time.perf_counter()
        stored = whole.stored
        for first in range(0, len(whole.made), _BATCH):
            made = whole.made[first : first + _BATCH]
            part = msgspec.structs.replace(whole, stored=stored, made=made)
            encoded = await writing.encode(part, kind="backfill", by="bench")
            await database.write(Tenant(_TENANT), writing.write_in, encoded)
            stored = msgspec.structs.replace(encoded.world, revision=stored.revision + 1)
        seconds = time.perf_counter() - started_at
        await _check(database, whole)
    finally:
        await database.stop()
    return Written(_count(whole), seconds)


async def _check(database: Database, whole: Advance) -> None:
    """Fail where not all of it is there, or not as it was made."""

    def unit(tx: Transaction) -> tuple[int, int]:
        rows = sum(len(chunk) for table in TABLES for chunk in store.rows_of(tx, _TENANT, table))
        return rows, store.last_run_number(tx, _TENANT)

    assert await database.read(Tenant(_TENANT), unit) == (_count(whole), len(whole.made))


def _count(advance: Advance) -> int:
    return sum(len(made.batch.rows) for made in advance.made)
