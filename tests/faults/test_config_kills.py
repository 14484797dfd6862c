"""`kill -9` while settings are written, at any moment, and what their history says afterwards."""

import random
import signal
from typing import Any

import msgspec
import pytest

from tests.faults.config_workloads import (
    ROOT,
    TENANTS,
    OpenStore,
    carry_out,
    histories_of,
    opened_store,
    tenant_of,
    write_settings,
)
from tests.faults.harness import Crash, Process, Reports, Zygote
from tests.faults.logs import assert_intact
from tests.faults.steps import Ack, names_of, step_of
from tests.support.counts import soak_count

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

KILLS = 30
CRASHES = 10
WRITERS = 8

# Where to die: between the commit and the projection, between the projection and the answer, in the
# middle of a snapshot.
POINTS = {
    "batch is durable": Crash("tenantry.eventlog.appended", after=30),
    "projection moved": Crash("tenantry.projection.moved", after=30),
    "snapshot chunk": Crash("tenantry.db.unit", after=2, attributes={"unit": "write_chunk"}),
}
"""Each is passed at most `after` times before."""


class Past:
    """What the writers were told by the processes that have been killed."""

    def __init__(self) -> None:
        self.next = [0] * WRITERS
        self.acks: dict[str, list[Ack]] = {tenant: [] for tenant in TENANTS}
        self.latest: dict[str, list[Ack]] = {}
        self.refused: dict[str, list[str]] = {tenant: [] for tenant in TENANTS}
        self.last_of_writer: dict[int, Ack] = {}

    def add(self, reports: Reports) -> None:
        """Take in what the last process has reported."""
        self.latest = {tenant: [] for tenant in TENANTS}
        for writer, *fields in reports.of("ack"):
            ack = Ack(*fields)
            self.last_of_writer[writer] = ack
            self.latest[tenant_of(writer)].append(ack)
            self.next[writer] += 1
        for writer, key in reports.of("refused"):
            self.refused[tenant_of(writer)].append(key)
            self.next[writer] += 1
        for tenant, acks in self.latest.items():
            self.acks[tenant] += acks


async def test_kills_under_load_lose_no_acknowledged_setting(
    zygote: Zygote, database_url: str
) -> None:
    rng = random.Random(random.getrandbits(64))
    past = Past()

    for _ in range(soak_count(KILLS)):
        process = zygote.fork(write_settings, url=database_url, next=past.next)
        _let_live(process, rng)
        past.add(process.kill())
        await _assert_recovered(database_url, past)

    assert sum(past.next) > 0


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS.keys())
async def test_a_crash_between_append_and_projection_is_healed_in_history_list_and_time_travel(
    zygote: Zygote, database_url: str, point: Crash
) -> None:
    rng = random.Random(random.getrandbits(64))
    past = Past()

    for _ in range(soak_count(CRASHES)):
        crash = msgspec.structs.replace(point, after=rng.randint(0, point.after))
        process = zygote.fork(write_settings, url=database_url, crash=crash, next=past.next)
        assert process.wait() == -signal.SIGKILL
        past.add(process.reports)
        await _assert_recovered(database_url, past)


def _let_live(process: Process, rng: random.Random) -> None:
    """Let it live for a while: a quarter of all die while they start or recover."""
    if rng.random() < 0.25:
        process.read_for(rng.uniform(0, 0.3))
    else:
        process.read_until("ack", count=rng.randint(1, 30 * WRITERS))
        process.read_for(rng.uniform(0, 0.005))


async def _assert_recovered(url: str, past: Past) -> None:
    """Fail unless a start finds what was acknowledged, and a retry nothing more to do."""
    async with opened_store(url) as opened:
        await assert_intact(opened.log)
        for tenant in TENANTS:
            await _assert_agrees(opened, tenant, past)
        await _assert_retries_change_nothing(opened, past)


async def _assert_agrees(opened: OpenStore, tenant: str, past: Past) -> None:
    """Fail unless history, list and time travel say the same, and what was acknowledged."""
    histories = await histories_of(opened.store, tenant, names_of(range(WRITERS)))
    histories.assert_unbroken()
    histories.assert_holds(past.acks[tenant])
    histories.assert_once(refused=past.refused[tenant])

    entries = opened.store.all(ROOT, tenant)
    assert {entry.name: _decoded(entry.value) for entry in entries} == histories.tree()
    for entry in entries:
        last = histories.by_name[entry.name][-1]
        assert (entry.version, entry.position) == (last.stream_version, last.position)

    for ack in past.latest.get(tenant, []):
        found = await opened.store.all_at(ROOT, tenant, ack.position)
        tree = {entry.name: _decoded(entry.value) for entry in found}
        assert tree == histories.tree(ack.position)
        if ack.name in tree:
            entry = await opened.store.at(ROOT, tenant, ack.name, ack.position)
            assert (entry.version, entry.position) == (ack.version, ack.position)


async def _assert_retries_change_nothing(opened: OpenStore, past: Past) -> None:
    before = await opened.log.head()
    for writer, ack in past.last_of_writer.items():
        step = step_of(writer, int(ack.key.split("-")[1]))
        entry = await carry_out(opened.store, tenant_of(writer), step)
        assert (entry.name, entry.position, entry.version) == (ack.name, ack.position, ack.version)
    assert await opened.log.head() == before


def _decoded(value: bytes) -> Any:
    return msgspec.json.decode(value)
