"""A collector has as much memory after a million events as after some of them."""

import asyncio
import subprocess
import sys

import pytest

from tests.conformance.spine import running_database
from tests.faults.collector_process import resident_bytes
from tests.support.collecting import figures
from tests.support.counts import IS_SOAK, soak_count
from tests.support.jetstream_process import jetstream_process
from tests.support.repository import ROOT
from tests.support.waiting import eventually

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

COUNT = soak_count(1_000_000)
MOST_BYTES = 400 * 1024 * 1024


async def test_memory_is_flat_however_many_events_come(sqlite_url: str) -> None:
    seen: list[tuple[int, int]] = []
    with jetstream_process(seed=1, users=3_000, count=COUNT) as host:
        async with running_database(sqlite_url, is_shared=True) as database:
            process = _started(sqlite_url, host.v2)
            try:

                async def has_come_to_the_end() -> bool:
                    count = (await figures(database)).events
                    seen.append((count, await asyncio.to_thread(resident_bytes, process.pid)))
                    return count >= COUNT

                await eventually(has_come_to_the_end, timeout=600)
            finally:
                process.kill()
                process.communicate()

    early = max(size for count, size in seen if 0 < count <= COUNT // 2)
    late = max(size for count, size in seen if count > COUNT // 2)
    assert max(early, late) < MOST_BYTES
    if IS_SOAK:
        # By the half of a million the caches of the database are full.
        assert late <= early * 1.1, f"{early} bytes grew to {late}"


def _started(url: str, endpoint: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.faults.collector_process", url, endpoint]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
