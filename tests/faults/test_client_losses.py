"""PostgreSQL goes away while clients are applied: each is at its old or its new revision."""

import asyncio
import contextlib
import random
from pathlib import Path

import psycopg
import pytest

from tenantry.app import Application
from tenantry.base.errors import Unavailable
from tests.faults.client_checks import assert_recovered
from tests.faults.client_workloads import KINDS, live, opened_clients
from tests.faults.own_postgres import OwnPostgres
from tests.support.counts import soak_count
from tests.support.waiting import eventually

pytestmark = [pytest.mark.postgres, pytest.mark.soak, pytest.mark.timeout(600)]

LOSSES = 10
WRITERS = 4

_TERMINATE_ALL_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.parametrize("what", ["backends", "server"])
async def test_a_database_that_is_killed_leaves_every_client_at_its_old_or_its_new_revision(
    own_postgres: OwnPostgres, own_postgres_url: str, tmp_path: Path, what: str
) -> None:
    rng = random.Random(random.getrandbits(64))
    first = 0

    for _ in range(soak_count(LOSSES)):
        lives = [Lives(writer, first) for writer in range(WRITERS)]
        async with opened_clients(own_postgres_url, str(tmp_path)) as app:
            tasks = [asyncio.create_task(each.run(app)) for each in lives]
            await _until_told(lives, count=rng.randint(0, len(KINDS) * WRITERS))
            if what == "server":
                await asyncio.to_thread(own_postgres.kill)
                # What was committed is acknowledged once it can be read again.
                await asyncio.to_thread(own_postgres.start)
            else:
                await asyncio.to_thread(_terminate, own_postgres_url)
            for each in lives:
                each.is_over.set()
            await asyncio.gather(*tasks)

        async with opened_clients(own_postgres_url, str(tmp_path)) as app:
            await assert_recovered(app, {k: v for each in lives for k, v in each.told.items()})
        first = 1 + max(each.index for each in lives)


class Lives:
    """The clients of one writer, one after the other, until the database cannot be used."""

    def __init__(self, writer: int, index: int) -> None:
        self.index = index
        self.told = {(writer, index): 0}
        self.is_over = asyncio.Event()
        self._writer = writer

    async def run(self, app: Application) -> None:
        """Let them live until one is told that the database is away, or it is over."""
        # Much of what is lost is tried again below, and nobody hears of it.
        with contextlib.suppress(Unavailable):
            while not self.is_over.is_set():
                async for step in live(app, self._writer, self.index):
                    self.told[self._writer, self.index] = step + 1
                    if self.is_over.is_set():
                        return
                self.index += 1
                self.told[self._writer, self.index] = 0


async def _until_told(lives: list[Lives], *, count: int) -> None:
    await eventually(lambda: sum(sum(each.told.values()) for each in lives) >= count)


def _terminate(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TERMINATE_ALL_OTHERS)
