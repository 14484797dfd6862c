"""Nodes that are killed while a tenant's history is made: what the next ones make of it."""

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tenantry.tenants.model import AuditQuery
from tenantry.testing import FakeClock
from tests.faults.harness import Crash, Zygote
from tests.faults.updater_workloads import act, fill
from tests.support.counts import soak_count
from tests.support.updater_app import MONDAY, ROOT, living

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

KILLS = 30
DAYS = 200
STEPS = 200
Row = dict[str, Any]


async def test_a_history_that_was_interrupted_anywhere_is_the_same_row_for_row(
    zygote: Zygote, database_url: str, tmp_path: Path
) -> None:
    rng = random.Random(random.getrandbits(64))
    clock = FakeClock(now=MONDAY)
    async with living(database_url, tmp_path, clock=clock, tenant="whole") as whole:
        await whole.configure(dataGenerationConfig={"seed": 7})
        await whole.backfill(DAYS)
        expected = await whole.rows()
    async with living(database_url, tmp_path, clock=clock, tenant="broken") as broken:
        await broken.configure(dataGenerationConfig={"seed": 7})
        await broken.parts.backfilling.begin(ROOT, "broken", DAYS)

    interrupted = 0
    for number in range(soak_count(KILLS)):
        points = (
            None,
            Crash("tenantry.db.unit", after=rng.randrange(40), attributes={"unit": "unit"}),
            Crash("tenantry.scheduling.fired", after=rng.randrange(3)),
        )
        process = zygote.fork(
            fill,
            url=database_url,
            crash=points[number % len(points)],
            folder=str(tmp_path),
            tenant="broken",
            # A lease that a dead process has left is over by then.
            now=(MONDAY + timedelta(minutes=number)).isoformat(),
            steps=STEPS,
        )
        process.read_until("open")
        # Until some moment of it; what is killed last may have found nothing left to do.
        process.read_for(rng.uniform(0, 0.4))
        interrupted += not process.kill().of("over")

    # Before anything is due besides, which passes by while the tenant is stopped.
    clock = FakeClock(now=MONDAY + timedelta(minutes=50))
    async with living(database_url, tmp_path, clock=clock, tenant="broken") as broken:
        while not (await broken.parts.backfilling.progress(ROOT, "broken")).is_done:
            await broken.step()
            clock.advance(1)
        found = await broken.rows()
        firings = await broken.firings()

    assert interrupted
    assert not _differences(found, expected)
    times = [(firing.schedule, firing.fire_at) for firing in firings]
    assert len(times) == len(set(times))
    assert {firing.status for firing in firings} == {"done"}


def _differences(found: dict[Any, list[Row]], expected: dict[Any, list[Row]]) -> list[str]:
    """Say which rows are not the same; to compare 15,000 of them takes pytest for ever."""
    told = []
    for table, rows in expected.items():
        wanted = {row["id"]: row for row in rows}
        there = {row["id"]: row for row in found[table]}
        told += [f"{table} {row_id} is missing" for row_id in wanted.keys() - there.keys()]
        told += [f"{table} {row_id} is beside them" for row_id in there.keys() - wanted.keys()]
        told += [
            f"{table} {row_id} is {there[row_id]}, not {row}"
            for row_id, row in wanted.items()
            if there.get(row_id, row) != row
        ]
        if list(wanted) != list(there) and wanted.keys() == there.keys():
            told.append(f"{table} is in another order")
    return sorted(told)[:20]


async def test_what_was_done_by_a_node_that_is_killed_is_there_whole_and_in_the_audit(
    zygote: Zygote, database_url: str, tmp_path: Path
) -> None:
    rng = random.Random(random.getrandbits(64))
    async with living(database_url, tmp_path) as lived:
        await lived.backfill(3)
        await lived.configure(executionConfig={"rowsPerDay": 100_000})
    executed, undone = set[str](), set[str]()
    for number in range(soak_count(KILLS)):
        process = zygote.fork(
            act,
            url=database_url,
            crash=rng.choice((None, Crash("tenantry.db.unit", after=rng.randrange(60)))),
            folder=str(tmp_path),
            tenant="sandbox",
            # A turn that a dead process has had is over by then.
            now=(MONDAY + timedelta(hours=1 + number)).isoformat(),
            seed=rng.getrandbits(32),
        )
        process.read_until("open")
        process.read_until("executed", count=rng.randint(0, 6))
        process.read_for(rng.uniform(0, 0.1))
        said = process.kill()
        executed.update(run_id for (run_id,) in said.of("executed"))
        undone.update(run_id for (run_id,) in said.of("undone"))

    clock = FakeClock(now=MONDAY + timedelta(days=30))
    async with living(database_url, tmp_path, clock=clock) as lived:
        runs = {run.run_id: run for run in await lived.runs(5_000)}
        told = Counter[str]()
        page = await lived.app.audit.read(
            ROOT, AuditQuery(tenant_id=lived.tenant), limit=500, cursor=None
        )
        told.update(entry.action for entry in page.items)
        faults = (await lived.parts.tables.check(ROOT, lived.tenant)).faults

    assert executed <= runs.keys()
    assert all(runs[run_id].undone_at for run_id in undone)
    assert told["updater.executed"] == sum(run.kind == "manual" for run in runs.values())
    assert told["updater.undone"] == sum(run.undone_at is not None for run in runs.values())
    assert sorted(run.number for run in runs.values()) == list(range(1, len(runs) + 1))
    assert not faults
