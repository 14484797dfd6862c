"""Servers that are killed while they apply the clients folder, and those that go on after them."""

import random
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tenantry.app import Application
from tenantry.clients import ClientStartup
from tenantry.clients.worker import RETRY_SECONDS
from tenantry.testing import FakeClock
from tests.faults.client_checks import assert_agrees, assert_is_nowhere, revision_of
from tests.faults.client_workloads import (
    TENANTS,
    Expected,
    file_of,
    opened_clients,
    start_up,
    users_of,
)
from tests.faults.harness import Crash, Process, Zygote
from tests.faults.logs import assert_intact
from tests.support.clients import write_json
from tests.support.counts import soak_count
from tests.support.waiting import eventually

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

KILLS = 50
FILES = 10
UPSERTED = "tenantry.clients.upsert"


async def test_what_a_killed_start_has_left_the_next_one_finishes(
    zygote: Zygote, database_url: str, tmp_path: Path
) -> None:
    rng = random.Random(random.getrandbits(64))
    left_count = 0

    for step in range(soak_count(KILLS)):
        _write_files(tmp_path, step)
        # Every other one dies at a point where it has the lease, so that there is always one left.
        crash = None if step % 2 else Crash(UPSERTED, after=rng.randrange(FILES))
        process = zygote.fork(start_up, url=database_url, crash=crash, folder=str(tmp_path))
        _let_live(process, rng)
        process.kill()

        clock = FakeClock(now=datetime.now(UTC))
        async with opened_clients(database_url, str(tmp_path), clock=clock) as app:
            await assert_intact(app.log)
            startup = app.client_startup
            found = await eventually(partial(getattr, startup, "result"))
            if not found.has_lease:
                left_count += 1
                for number in range(FILES):
                    await _assert_is_at(app, number, (step, step + 1))
                await eventually(partial(_goes_on, startup, clock))

            result = await startup.done()
            assert result is not None
            assert (result.has_lease, result.clients_failed) == (True, ())
            for number in range(FILES):
                await _assert_is_at(app, number, (step + 1,))

    assert left_count >= (soak_count(KILLS) + 1) // 2


async def _goes_on(startup: ClientStartup, clock: FakeClock) -> bool:
    """Let time pass, and return whether the folder is no longer left to the one that was killed."""
    clock.advance(RETRY_SECONDS)
    return startup.result is not None and startup.result.has_lease


def _write_files(folder: Path, step: int) -> None:
    for number in range(FILES):
        path = folder / "clients" / _tenant_of(number) / f"shop-{number}.json"
        write_json(path, file_of(number, step))


def _let_live(process: Process, rng: random.Random) -> None:
    """Let it live until a moment of its start, at times until that is over."""
    process.read_until("taken")
    process.read_until("applied", count=rng.randint(0, FILES))
    process.read_for(rng.uniform(0, 0.05))


async def _assert_is_at(app: Application, number: int, revisions: tuple[int, ...]) -> None:
    """Fail unless a client is at one of these revisions; each step makes one."""
    tenant_id, key = _tenant_of(number), f"shop-{number}"
    revision = await revision_of(app, tenant_id, key)
    assert revision in revisions
    if not revision:
        await assert_is_nowhere(app, tenant_id, key)
        return

    users = dict[str, list[str]]()
    for step in range(revision):
        users |= users_of(key, step)
    config = file_of(number, revision - 1)
    del config["users"]
    await assert_agrees(app, tenant_id, key, Expected(config, {}, users))


def _tenant_of(number: int) -> str:
    return TENANTS[number % len(TENANTS)]
