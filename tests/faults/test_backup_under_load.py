"""Backups taken while settings are written, and what they restore to on either database."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from tenantry.base import SystemClock
from tenantry.db import open_database
from tenantry.operations import Operations, restore
from tests.faults.config_workloads import (
    REFUSALS,
    ROOT,
    TENANTS,
    OpenStore,
    carry_out,
    histories_of,
    opened_store,
)
from tests.faults.http_load import KEPT, Load
from tests.faults.logs import assert_intact
from tests.faults.steps import Ack, names_of, step_of
from tests.support.counts import soak_count
from tests.support.postgres import Postgres
from tests.support.server import DEFAULT_TENANT, ServerProcess
from tests.support.waiting import eventually

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

BACKUPS = 10
WRITERS = 8
# Several pages of a backup, so that writes come between them.
SETTINGS = 6_000

_TENANT = DEFAULT_TENANT


@pytest.fixture
def targets(tmp_path: Path, postgres: Postgres) -> Iterator[list[str]]:
    """The URLs of an empty database of each kind."""
    with postgres.fresh_database() as url:
        yield [f"sqlite:///{tmp_path / 'restored.db'}", url]


async def test_a_backup_over_http_restores_all_that_was_acknowledged_before_it(
    tmp_path: Path, database_url: str, targets: list[str]
) -> None:
    file = tmp_path / "all.backup"
    await _fill(database_url)

    load = Load()
    taken: list[tuple[list[Ack], int]] = []
    with ServerProcess(tmp_path, "--dev", DATABASE_URL=database_url) as server:
        server.wait_until_ready()
        async with load.on(server.record.address):
            for _ in range(soak_count(BACKUPS)):
                await load.acknowledged(50)
                taken.append((list(load.acks), await _download(server.record.address, file)))
            await load.acknowledged(50)

    assert set(load.writes) <= {200, 404, 410, 412}
    assert set(load.reads) == {200}
    before, position = taken[-1]
    for url in targets:
        await _assert_restores(url, file, before, position=position)


async def test_a_backup_of_the_service_restores_all_that_was_acknowledged_before_it(
    tmp_path: Path, database_url: str, targets: list[str]
) -> None:
    file = tmp_path / "all.backup"
    await _fill(database_url)

    taken: list[tuple[list[Ack], int]] = []
    async with opened_store(database_url) as opened, _written(opened) as acks:
        operations = Operations(database=opened.log.database, clock=SystemClock())
        for _ in range(soak_count(BACKUPS)):
            await eventually(lambda: len(acks) > len(taken) * 50)
            before = list(acks)
            backup = await operations.backup(ROOT)
            with file.open("wb") as target:
                async for chunk in backup.stream():
                    target.write(chunk)
            assert len(acks) > len(before), "nothing was written meanwhile"
            taken.append((before, backup.header.position))

    before, position = taken[-1]
    for url in targets:
        await _assert_restores(url, file, before, position=position)


async def _fill(url: str) -> None:
    async with opened_store(url) as opened:
        await asyncio.gather(
            *(opened.store.put(ROOT, TENANTS[0], f"filled-{n}", n) for n in range(SETTINGS))
        )


async def _download(address: str, file: Path) -> int:
    """Take a backup as a client does; returns the last position in it."""
    async with (
        httpx.AsyncClient(base_url=address, timeout=60) as http,
        http.stream("GET", "/api/backup") as answer,
    ):
        assert answer.status_code == 200
        with file.open("wb") as target:
            async for chunk in answer.aiter_bytes():
                target.write(chunk)
        return int(answer.headers["x-position"])


@asynccontextmanager
async def _written(opened: OpenStore) -> AsyncIterator[list[Ack]]:
    """Write with several writers meanwhile; yields what is acknowledged to them."""
    acks: list[Ack] = []

    async def write(writer: int) -> None:
        for index in itertools.count():
            step = step_of(writer, index)
            try:
                entry = await carry_out(opened.store, _TENANT, step)
            except REFUSALS:
                continue
            acks.append(Ack(step.key, step.name, entry.position, entry.version))

    tasks = [asyncio.create_task(write(writer)) for writer in range(WRITERS)]
    try:
        yield acks
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {asyncio.CancelledError}, outcomes


async def _assert_restores(url: str, file: Path, acks: list[Ack], *, position: int) -> None:
    database = open_database(url)
    await database.start()
    try:
        report = await restore(database, file, clock=SystemClock())
    finally:
        await database.stop()
    assert report.is_intact, report
    assert report.head_position == position

    async with opened_store(url) as opened:
        await assert_intact(opened.log)
        assert len(opened.store.all(ROOT, TENANTS[0])) == SETTINGS
        await _assert_holds(opened, acks)
        await opened.store.put(ROOT, _TENANT, "after", "the restoration")
        assert (await opened.log.head()).position == position + 1


async def _assert_holds(opened: OpenStore, acks: list[Ack]) -> None:
    """Fail unless the tree and its histories agree, and hold what was acknowledged."""
    histories = await histories_of(opened.store, _TENANT, names_of(range(WRITERS)))
    histories.assert_unbroken()
    histories.assert_once()
    histories.assert_holds(acks)

    tree = {entry.name: entry.value for entry in opened.store.all(ROOT, _TENANT)}
    tree.pop(KEPT, None)
    assert {name: msgspec.json.decode(value) for name, value in tree.items()} == histories.tree()
