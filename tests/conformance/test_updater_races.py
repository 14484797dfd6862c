"""Several nodes on one database: whatever people do at once is done once, whole, and told."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tenantry.base.errors import Conflict, NotFound, Unavailable, Unprocessable
from tenantry.tenants.model import AuditQuery
from tenantry.testing import FakeClock
from tests.support.counts import IS_SOAK
from tests.support.updater_app import HOUR, MONDAY, ROOT, Lived, living
from tests.support.web import client_of

pytestmark = [pytest.mark.postgres, pytest.mark.soak, pytest.mark.timeout(900)]

_ROUNDS = 60 if IS_SOAK else 6
_AT_ONCE = 12
_EXPECTED = (Conflict, NotFound, Unavailable, Unprocessable)
_VERBS = ("started", "stopped", "executed", "undone", "backfilled", "row_edited")


async def test_what_people_do_at_once_on_two_nodes_is_done_once_and_told(
    postgres_url: str, tmp_path: Path
) -> None:
    rng = random.Random(random.getrandbits(64))
    clock = FakeClock(now=MONDAY)
    done = Counter[str]()
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(living(postgres_url, tmp_path, clock=clock))
            for _ in range(2)
        ]
        first = nodes[0]
        await first.parts.backfilling.begin(ROOT, first.tenant, 5)
        done["backfilled"] += 1
        while not (await first.parts.backfilling.progress(ROOT, first.tenant)).is_done:
            await first.step()

        for _ in range(_ROUNDS):
            acts = [await _act(rng, rng.choice(nodes)) for _ in range(_AT_ONCE)]
            stepping = [_stepped(node) for node in nodes]
            found = await _driven(
                clock, asyncio.gather(*(_tried(act, verb) for verb, act in acts), *stepping)
            )
            done.update(verb for verb in found if verb)
            clock.advance(rng.choice((1, HOUR, 6 * HOUR)))
        await _driven(clock, asyncio.gather(*map(_stepped, nodes)))
        clock.advance(30)
        await first.step()

        told = await _told(first)
        assert told == +done
        runs = await first.runs(5_000)
        assert sorted(run.number for run in runs) == list(range(1, len(runs) + 1))
        times = [(f.schedule, f.fire_at) for f in await first.firings(5_000)]
        assert len(times) == len(set(times))
        assert not [f for f in await first.firings(5_000) if f.status in ("running", "failed")]
        assert not (await first.parts.tables.check(ROOT, first.tenant)).faults
        numbers = [row["ticket_number"] for row in (await first.rows())["service_tickets"]]
        assert len(numbers) == len(set(numbers))


async def _driven(clock: FakeClock, work: "asyncio.Future[Any]") -> Any:
    """Have time pass for whoever waits for a turn, until something is done."""
    while not work.done():
        await asyncio.wait([work], timeout=0.01)
        clock.advance(0.05)
    return await work


async def _act(rng: random.Random, lived: Lived) -> tuple[str, Awaitable[Any]]:
    """Return something that a person does, and what the audit calls it."""
    parts, tenant = lived.parts, lived.tenant
    name = rng.choice(("service_tickets", "business_records", "business_record_activities"))
    run = rng.choice(await lived.runs(50)).run_id
    ids = [row["id"] for row in (await lived.rows())["customers"]] or ["cust-1"]
    rows = {"executionConfig": {"rowsPerDay": rng.randrange(100, 1_000)}}
    kind, make = rng.choice(
        (
            ("started", lambda: parts.control.start(ROOT, tenant)),
            ("stopped", lambda: parts.control.stop(ROOT, tenant)),
            ("executed", lambda: parts.executing.execute(ROOT, tenant, name)),
            ("executed", lambda: parts.executing.execute(ROOT, tenant, name)),
            ("executed", lambda: _as_shown(lived, name)),
            ("undone", lambda: parts.undoing.undo(ROOT, tenant, run)),
            ("undone", lambda: parts.undoing.undo(ROOT, tenant, run)),
            ("undone", lambda: parts.undoing.undo(ROOT, tenant, "all")),
            ("backfilled", lambda: parts.backfilling.begin(ROOT, tenant, 2)),
            ("row_edited", lambda: _edited(lived, rng.choice(ids))),
            ("", lambda: parts.control.configure(ROOT, tenant, rows)),
        )
    )
    return kind, make()


async def _as_shown(lived: Lived, name: str) -> Any:
    shown = await lived.parts.executing.dry_run(ROOT, lived.tenant, name)
    return await lived.parts.executing.execute(ROOT, lived.tenant, name, token=str(shown.token))


async def _edited(lived: Lived, row_id: str) -> Any:
    return await lived.parts.tables.edit(ROOT, lived.tenant, "customers", row_id, {"name": "Acme"})


async def _tried(act: Awaitable[Any], verb: str) -> str:
    """Return what has been done; '' where it was refused for one of the reasons that there are."""
    try:
        answer = await act
    except _EXPECTED as error:
        failed = isinstance(error, Unprocessable)
        return verb if failed else ""
    # There may be none when all are to be undone.
    if verb == "undone" and not answer.run_ids:
        return ""
    return verb


async def _stepped(lived: Lived) -> str:
    with suppress(*_EXPECTED):
        await lived.step()
    return ""


async def _told(lived: Lived) -> Counter[str]:
    """Return what the audit says was done, and how often."""
    told, cursor = Counter[str](), None
    while True:
        page = await lived.app.audit.read(
            ROOT, AuditQuery(tenant_id=lived.tenant), limit=500, cursor=cursor
        )
        actions = (entry.action.partition("updater.") for entry in page.items)
        told.update(verb for prefix, found, verb in actions if found and not prefix)
        cursor = page.next_cursor
        if cursor is None:
            return told


async def test_whoever_waits_too_long_for_a_turn_is_told_to_come_again(
    postgres_url: str, tmp_path: Path
) -> None:
    async with (
        living(postgres_url, tmp_path, DEV="true") as here,
        living(postgres_url, tmp_path, DEV="true") as there,
        here.parts.control._living.exclusive(here.tenant),  # noqa: SLF001 - a run that lasts
    ):
        http = client_of(there.app.asgi, headers={"X-Tenant-ID": there.tenant})
        asked = asyncio.ensure_future(http.post("/api/database-updater/execute/service_tickets"))
        answer = await _driven(there.clock, asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "line_busy")
        assert int(answer.headers["Retry-After"]) >= 1
