"""Two thousand watchers of one server: all see all of it, and none of them holds up its stop."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from bench.watchers import Audience, raise_file_limit
from tenantry.sdk import AsyncConfigClient
from tests.support.counts import soak_count
from tests.support.server import ServerProcess

DRAIN_SECONDS = 3.0
GRACE_SECONDS = 3.0
WRITERS = 4

pytestmark = pytest.mark.soak


async def test_a_crowd_of_watchers_sees_every_change_once_and_in_order(tmp_path: Path) -> None:
    changes = soak_count(1_000)
    raise_file_limit(2 * soak_count(2_000))
    with ServerProcess(tmp_path, "--dev", DRAIN_SECONDS=str(DRAIN_SECONDS)) as server:
        server.wait_until_ready()
        audience = Audience(int(server.record.address.rpartition(":")[2]), soak_count(2_000))
        await audience.open()
        await asyncio.gather(
            *(_write(server, range(first, changes, WRITERS)) for first in range(WRITERS))
        )
        await audience.complete(changes, timeout=60)

        for watcher in audience.watchers:
            positions = [position for position, _ in watcher.seen()]
            assert positions == list(range(1, changes + 1))

        started_at = time.monotonic()
        server.signal()
        assert await asyncio.to_thread(server.wait) == 0
        assert time.monotonic() - started_at < DRAIN_SECONDS + GRACE_SECONDS
        audience.close()


async def _write(server: ServerProcess, numbers: Iterable[int]) -> None:
    async with AsyncConfigClient(server=server.record.address) as client:
        for number in numbers:
            await client.put(f"watched:{number % 50}", number)
