"""An SQLite file that several processes write: each waits for the other, and nothing is lost."""

import asyncio
import subprocess
import sys
import threading
from collections import Counter

import pytest

from tenantry.base.errors import Unavailable
from tenantry.db import Transaction, open_database
from tests.conformance.spine import TEST, Gate, running_database
from tests.support.waiting import eventually

COUNT = 200

WRITE_FROM_OUTSIDE = """
import asyncio, sys
from tenantry.base import SystemClock
from tenantry.db import System, migrate, open_database

def write(tx, n):
    tx.connection.execute("INSERT INTO written VALUES ('child', ?)", (n,))

async def main(url, count):
    database = open_database(url, is_shared=True)
    await database.start()
    await migrate(database, clock=SystemClock())
    print("started", flush=True)
    sys.stdin.readline()
    for n in range(count):
        await database.write(System("test"), write, n)
    print("done", flush=True)
    await database.stop()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def make(tx: Transaction) -> None:
    tx.connection.execute("CREATE TABLE IF NOT EXISTS written (writer TEXT, n INTEGER)")


def write(tx: Transaction, n: int) -> None:
    tx.connection.execute("INSERT INTO written VALUES ('parent', ?)", (n,))


def written(tx: Transaction) -> Counter[str]:
    return Counter(writer for (writer,) in tx.connection.execute("SELECT writer FROM written"))


class Child:
    """Another process that writes to the file; it begins when it is told to."""

    def __init__(self, url: str, *, count: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITE_FROM_OUTSIDE, url, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.is_done = threading.Event()
        self._ending = threading.Thread(target=self._await_the_end, daemon=True)

    async def start(self) -> None:
        assert await asyncio.to_thread(self._line) == "started"

    def begin(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._ending.start()

    async def end(self) -> int:
        return await asyncio.to_thread(self._ended)

    def _ended(self) -> int:
        code = self._process.wait(20)
        self._ending.join(20)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        return code

    def _await_the_end(self) -> None:
        if self._line() == "done":
            self.is_done.set()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


async def test_two_processes_write_one_file_and_nothing_is_lost(sqlite_url: str) -> None:
    async with running_database(sqlite_url, is_shared=True) as database:
        await database.write(TEST, make)
        child = Child(sqlite_url, count=COUNT)
        await child.start()
        child.begin()

        for n in range(COUNT):
            await database.write(TEST, write, n)

        assert await child.end() == 0
        assert await database.read(TEST, written) == {"parent": COUNT, "child": COUNT}


async def test_whoever_comes_second_waits_for_the_unit_of_the_first(sqlite_url: str) -> None:
    gate = Gate()
    async with running_database(sqlite_url, is_shared=True) as database:
        await database.write(TEST, make)
        child = Child(sqlite_url, count=1)
        await child.start()
        held = asyncio.create_task(database.write(TEST, gate.pass_through))
        await eventually(gate.entered.is_set)

        child.begin()
        assert not await asyncio.to_thread(child.is_done.wait, 0.3)
        gate.open()
        await held

        assert await child.end() == 0
        assert await database.read(TEST, written) == {"child": 1}


async def test_processes_that_start_together_share_a_new_file(sqlite_url: str) -> None:
    children = [Child(sqlite_url, count=0) for _ in range(3)]
    for child in children:
        await child.start()
        child.begin()
    assert [await child.end() for child in children] == [0, 0, 0]


@pytest.mark.parametrize("is_first_shared", [True, False])
async def test_a_file_is_shared_by_those_alone_who_all_say_so(
    sqlite_url: str, *, is_first_shared: bool
) -> None:
    async with running_database(sqlite_url, is_shared=is_first_shared):
        second = open_database(sqlite_url, is_shared=not is_first_shared)
        with pytest.raises(Unavailable, match="in use by process"):
            await second.start()


async def test_no_event_log_is_kept_in_a_shared_file(sqlite_url: str) -> None:
    async with running_database(sqlite_url, is_shared=True) as database:
        with pytest.raises(RuntimeError, match="no event log"):
            await database.append(make)
