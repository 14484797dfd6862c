"""Real server processes, killed while they answer, and what is served afterwards."""

import random
import signal
from pathlib import Path

import pytest

from tests.faults.http_load import Connection, Load, assert_serves
from tests.support.counts import soak_count
from tests.support.server import ServerProcess
from tests.support.waiting import eventually

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

KILLS = 10
NODE_KILLS = 5


async def test_a_killed_server_loses_nothing_it_has_answered(
    tmp_path: Path, database_url: str
) -> None:
    rng = random.Random(random.getrandbits(64))
    load = Load()

    for _ in range(soak_count(KILLS)):
        with ServerProcess(tmp_path, "--dev", DATABASE_URL=database_url) as server:
            server.wait_until_ready()
            await assert_serves(server.record.address, load)
            await _kill_under_load(server, load, count=rng.randint(1, 300))

    with ServerProcess(tmp_path, "--dev", DATABASE_URL=database_url) as server:
        server.wait_until_ready()
        await assert_serves(server.record.address, load)


async def test_a_node_serves_within_a_second_what_a_killed_one_has_acknowledged(
    tmp_path: Path, postgres_url: str
) -> None:
    """What its own clients do meanwhile goes on unharmed."""
    killed_load, other_load = Load(), Load(first_writer=100)
    with ServerProcess(_folder(tmp_path, "other"), "--dev", DATABASE_URL=postgres_url) as other:
        other.wait_until_ready()
        async with other_load.on(other.record.address):
            for _ in range(soak_count(NODE_KILLS)):
                node = ServerProcess(
                    _folder(tmp_path, "killed"), "--dev", DATABASE_URL=postgres_url
                )
                with node as killed:
                    killed.wait_until_ready()
                    await _kill_under_load(killed, killed_load, count=200)
                await _assert_reaches(other, killed_load.acks[-1].position, seconds=1.0)
                await other_load.acknowledged(20)

        assert set(other_load.writes) <= {200, 404, 410, 412}
        assert set(other_load.reads) == {200}
        await assert_serves(other.record.address, killed_load, other_load)


async def _kill_under_load(server: ServerProcess, load: Load, *, count: int) -> None:
    """Kill it once it has acknowledged so many writes."""
    async with load.on(server.record.address):
        await load.acknowledged(count)
        server.signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL


async def _assert_reaches(server: ServerProcess, position: int, *, seconds: float) -> None:
    async with Connection(server.record.address) as http:

        async def has_reached() -> bool:
            answer = await http.ask("GET", "/api/config/projection?summary=true")
            return bool(answer.json["data"]["position"] >= position)

        await eventually(has_reached, timeout=seconds)


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir(exist_ok=True)
    return folder
