"""The replica against a real server: exact, whatever happens to it."""

import random
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tenantry.sdk import (
    ABSENT,
    ConfigChange,
    ConfigClient,
    ConfigReplica,
    NotFound,
    Retry,
    Unavailable,
)
from tests.support.server import ServerProcess
from tests.support.waiting import wait_until

WRITERS = 4
CHANGES = 1_000
NAMES = [f"app:{number}" for number in range(40)]
QUICK = Retry(first_seconds=0.05, most_seconds=0.2)


class Told:
    """What a replica's callback was told, from a state on."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = dict(values)
        self.count = 0
        self.broken: list[str] = []

    def __call__(self, name: str, old: Any, new: Any) -> None:
        """Take in a change; what was there before must be what the last one left."""
        self.count += 1
        if self.values.get(name, ABSENT) != old:
            self.broken.append(name)
        if new is ABSENT:
            self.values.pop(name)
        else:
            self.values[name] = new


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        found: int = free.getsockname()[1]
        return found


@pytest.fixture
def server(tmp_path: Path, port: int) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path, "--dev", API_PORT=str(port)) as process:
        process.wait_until_ready()
        yield process


@contextmanager
def replica_of(server: ServerProcess, **options: Any) -> Iterator[ConfigReplica]:
    with ConfigReplica(server=server.record.address, retry=QUICK, **options) as replica:
        yield replica


def write(address: str, seed: int, count: int, patience: float = 30.0) -> int:
    """Store and delete in both layers, and return the last position."""
    chance, position = random.Random(seed), 0
    with (
        ConfigClient(server=address, timeout_seconds=patience) as own,
        ConfigClient(server=address, tenant="global", timeout_seconds=patience) as beneath,
    ):
        for number in range(count):
            client = chance.choice([own, own, beneath])
            name = chance.choice(NAMES)
            if chance.random() < 0.7:
                position = client.put(name, [seed, number]).position
                continue
            try:
                position = client.delete(name)
            except NotFound:
                position = client.put(name, None).position
    return position


class Writers:
    """Threads that write `CHANGES` in all."""

    def __init__(self, address: str) -> None:
        self.positions: list[int] = []
        self._threads = [
            threading.Thread(target=self._write, args=[address, seed]) for seed in range(WRITERS)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> int:
        """Wait for the end and return the last position."""
        for thread in self._threads:
            thread.join()
        assert len(self.positions) == WRITERS, "a writer failed"
        return max(self.positions)

    def _write(self, address: str, seed: int) -> None:
        self.positions.append(write(address, seed, CHANGES // WRITERS))


def effective(client: ConfigClient, beneath: ConfigClient) -> dict[str, Any]:
    """Return what the server holds, resolved as the replica has to resolve it."""
    return {**beneath.all(layer="own"), **client.all(layer="own")}


def assert_agrees(server: ServerProcess, replica: ConfigReplica) -> None:
    address = server.record.address
    with ConfigClient(server=address) as own, ConfigClient(server=address, tenant="global") as g:
        assert replica.snapshot().values == effective(own, g)


def test_it_follows_many_writers_exactly(server: ServerProcess) -> None:
    write(server.record.address, 99, 100)
    with replica_of(server) as replica:
        replica.wait_ready(10)
        told = Told(replica.snapshot().values)
        replica.on_change(told)
        writers = Writers(server.record.address)
        writers.start()
        replica.reach(writers.finish(), 30)

        assert_agrees(server, replica)
        wait_until(lambda: told.values == replica.snapshot().values)
    assert told.broken == []
    assert told.count > CHANGES // 4


def test_it_misses_nothing_when_the_server_is_killed(tmp_path: Path, server: ServerProcess) -> None:
    address, port = server.record.address, server.record.address.rpartition(":")[2]
    changes: list[ConfigChange] = []
    with replica_of(server) as replica, ConfigClient(server=address, retry=QUICK) as client:
        replica.wait_ready(10)
        told = Told(replica.snapshot().values)
        replica.on_change(told)
        writers = Writers(address)
        writers.start()
        wait_until(lambda: replica.position > CHANGES // 4, timeout=30)
        server.signal(signal.SIGKILL)
        server.wait()
        wait_until(lambda: not replica.is_live)

        with ServerProcess(tmp_path, "--dev", API_PORT=port) as again:
            last = writers.finish()
            replica.reach(last, 30)
            assert_agrees(again, replica)
            wait_until(lambda: told.values == replica.snapshot().values)

            # A watch from the beginning sees the same log, each position once.
            with closing(client.watch(after=0)) as watch:
                while not changes or changes[-1].position < last:
                    changes.append(next(watch))

    assert told.broken == []
    assert [change.position for change in changes] == list(range(1, last + 1))


def test_it_starts_from_its_file_while_the_server_is_away(
    tmp_path: Path, server: ServerProcess
) -> None:
    cache, port = tmp_path / "settings.cache", server.record.address.rpartition(":")[2]
    address = server.record.address
    write(address, 1, 50)
    with replica_of(server, cache_file=cache) as replica:
        replica.wait_ready(10)
        wait_until(lambda: replica.is_live)
        held = replica.snapshot()
    assert server.stop() == 0

    with ConfigReplica(server=address, retry=QUICK, cache_file=cache) as again:
        again.wait_ready(0)
        assert again.snapshot() == held
        wait_until(lambda: isinstance(again.last_error, Unavailable))
        assert not again.is_live
        first = again.staleness
        assert timedelta(0) < first < timedelta(minutes=1)
        wait_until(lambda: again.staleness > first)

        with ServerProcess(tmp_path, "--dev", API_PORT=port) as restarted:
            again.reach(write(address, 2, 50), 30)
            wait_until(lambda: again.is_live)
            assert again.staleness < timedelta(seconds=20)
            assert_agrees(restarted, again)


def test_another_tenants_replica_sees_nothing_of_it(server: ServerProcess) -> None:
    with (
        replica_of(server, tenant="globex", prefix="app:") as replica,
        ConfigClient(server=server.record.address) as other,
        ConfigClient(server=server.record.address, tenant="globex") as client,
    ):
        replica.wait_ready(10)
        other.put("app:a", "not yours")
        client.put("elsewhere", 1)
        replica.reach(client.put("app:b", 1).position, 10)

        assert replica.snapshot().values == {"app:b": 1}


def test_many_settings_come_as_a_snapshot(server: ServerProcess) -> None:
    with ConfigClient(server=server.record.address) as client:
        for number in range(2_000):
            client.put(f"n{number}", {"number": number, "text": "x" * 100})
        with replica_of(server) as replica:
            replica.wait_ready(20)
            assert len(replica) == 2_000
            assert replica["n1999"] == {"number": 1_999, "text": "x" * 100}
            assert replica.position == 2_000


def test_a_server_that_stops_is_followed_again(tmp_path: Path, server: ServerProcess) -> None:
    address, port = server.record.address, server.record.address.rpartition(":")[2]
    with replica_of(server) as replica:
        replica.wait_ready(10)
        assert server.stop() == 0
        wait_until(lambda: not replica.is_live)

        with ServerProcess(tmp_path, "--dev", API_PORT=port):
            replica.reach(write(address, 3, 10), 30)
            wait_until(lambda: replica.is_live)
