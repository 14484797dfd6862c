"""A collector that is killed at any moment leaves nothing out, and counts nothing twice."""

import asyncio
import random
import subprocess
import sys

import pytest

from tenantry.testing.jetstream import Mood
from tenantry.testing.network import GeneratedNetwork
from tests.conformance.spine import running_database
from tests.support.collecting import check_stored, eventually_stored, figures, gaps
from tests.support.counts import soak_count
from tests.support.jetstream_process import jetstream_process
from tests.support.repository import ROOT
from tests.support.waiting import eventually

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

KILLS = soak_count(30)
COUNT = soak_count(100_000)
USERS = 300


@pytest.mark.parametrize("wire", ["v1", "v2"])
async def test_a_collector_that_is_killed_again_and_again_stores_every_event(
    database_url: str, wire: str
) -> None:
    seed = random.getrandbits(32)
    rng = random.Random(seed)
    # So slow that every life has something to do, and so fast that it does not take long.
    mood = Mood(rate=COUNT / KILLS)
    with jetstream_process(seed=seed, users=USERS, count=COUNT, mood=mood) as host:
        endpoint = host.v1 if wire == "v1" else host.v2
        async with running_database(database_url, **_shared(database_url)) as database:
            killed_at = []

            async def has_begun() -> bool:
                return (await figures(database)).events > 0

            for life in range(KILLS):
                process = await asyncio.to_thread(_started, database_url, endpoint)
                try:
                    if life == 0:
                        # One at least is in the middle of it, however slow the machine is.
                        await eventually(has_begun)
                    await asyncio.sleep(rng.uniform(0.1, 1.2))
                finally:
                    process.kill()
                    process.communicate()
                killed_at.append((await figures(database)).events)

            process = await asyncio.to_thread(_started, database_url, endpoint)
            try:
                events = GeneratedNetwork(seed, users=USERS).events(COUNT)
                await eventually_stored(database, events, timeout=300)
                await check_stored(database, events)
            finally:
                process.kill()
                process.communicate()
            assert await gaps(database) == []
            assert any(0 < count < COUNT for count in killed_at), f"no life was cut short: {seed}"


def _started(url: str, endpoint: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.collector_process", url, endpoint],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"open\n"
    return process


def _shared(url: str) -> dict[str, bool]:
    return {"is_shared": True} if url.startswith("sqlite") else {}
