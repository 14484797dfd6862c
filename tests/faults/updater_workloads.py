"""Nodes that have a tenant live, to be killed in the middle of it."""

import asyncio
import random
from datetime import datetime
from pathlib import Path

from tenantry.telemetry import EventRecord, SpanRecord, subscribe
from tenantry.testing import FakeClock
from tests.faults.life import Life
from tests.support.updater_app import ROOT, living

NAMES = ("service_tickets", "business_records", "business_record_activities")
_UNDONE = 0.5


async def fill(life: Life) -> None:
    """Go on with a backfill until it is done, and report each batch of fire times."""

    def tell(record: SpanRecord | EventRecord) -> None:
        if record.name == "tenantry.scheduling.fired":
            life.report("fired")

    subscribe(tell)
    clock = FakeClock(now=datetime.fromisoformat(life.arguments["now"]))
    folder, tenant = Path(life.arguments["folder"]), life.arguments["tenant"]
    async with living(life.url, folder, clock=clock, tenant=tenant) as lived:
        life.report("open")
        for _ in range(life.arguments["steps"]):
            await lived.step()
            # Somebody else's turn, or one that a dead process has left.
            clock.advance(1)
        life.report("over")
        await asyncio.Event().wait()


async def act(life: Life) -> None:
    """Execute updaters and undo runs, one after the other, and report what was done."""
    clock = FakeClock(now=datetime.fromisoformat(life.arguments["now"]))
    folder, tenant = Path(life.arguments["folder"]), life.arguments["tenant"]
    rng = random.Random(life.arguments["seed"])
    async with living(life.url, folder, clock=clock, tenant=tenant) as lived:
        life.report("open")
        while True:
            clock.advance(60)
            done = await lived.parts.executing.execute(ROOT, tenant, rng.choice(NAMES))
            life.report("executed", done.run_id)
            standing = [run.run_id for run in await lived.runs() if run.undone_at is None]
            run_id = rng.choice(standing)
            if rng.random() < _UNDONE:
                await lived.parts.undoing.undo(ROOT, tenant, run_id)
                life.report("undone", run_id)
