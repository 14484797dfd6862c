"""`kill -9` while clients are applied: each is at its old or its new revision, and nothing else."""

import random
import signal
from pathlib import Path

import msgspec
import pytest

from tests.faults.client_checks import assert_recovered
from tests.faults.client_workloads import (
    KINDS,
    apply_clients,
    opened_clients,
)
from tests.faults.harness import Crash, Process, Reports, Zygote
from tests.support.counts import soak_count

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

KILLS = 50
CRASHES = 10
WRITERS = 3

# Where to die: between the unit and its commit, or its answer; between the projection and the
# answer; and in the middle of a snapshot.
POINTS = {
    "unit has run": Crash("tenantry.db.unit", after=8, attributes={"unit": "unit"}),
    "projection moved": Crash("tenantry.projection.moved", after=30),
    "upsert is over": Crash("tenantry.clients.upsert", after=8),
    "snapshot chunk": Crash("tenantry.db.unit", after=2, attributes={"unit": "write_chunk"}),
}


class Past:
    """How far the client of each writer has come, as far as anybody was told."""

    def __init__(self) -> None:
        self.next = [0] * WRITERS
        self.latest: dict[tuple[int, int], int] = {}

    def add(self, reports: Reports) -> None:
        """Take in what the last process has reported: begun clients, and the steps done."""
        self.latest = {(writer, index): 0 for writer, index in reports.of("begins")}  # noqa: C420 - lists are no keys
        for writer, index, step in reports.of("ack"):
            self.latest[writer, index] = step + 1
        for writer, index in self.latest:
            # What was broken off is left as it is.
            self.next[writer] = max(self.next[writer], index + 1)


async def test_kills_leave_every_client_at_its_old_or_its_new_revision(
    zygote: Zygote, database_url: str, tmp_path: Path
) -> None:
    rng = random.Random(random.getrandbits(64))
    past = Past()

    for _ in range(soak_count(KILLS)):
        process = _fork(zygote, database_url, tmp_path, past)
        _let_live(process, rng)
        past.add(process.kill())
        async with opened_clients(database_url, str(tmp_path)) as app:
            await assert_recovered(app, past.latest)

    assert sum(past.next)


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS.keys())
async def test_a_crash_around_an_apply_leaves_all_of_it_or_nothing(
    zygote: Zygote, database_url: str, tmp_path: Path, point: Crash
) -> None:
    rng = random.Random(random.getrandbits(64))
    past = Past()

    for _ in range(soak_count(CRASHES)):
        crash = msgspec.structs.replace(point, after=rng.randint(0, point.after))
        process = _fork(zygote, database_url, tmp_path, past, crash)
        assert process.wait() == -signal.SIGKILL
        past.add(process.reports)
        async with opened_clients(database_url, str(tmp_path)) as app:
            await assert_recovered(app, past.latest)


def _fork(
    zygote: Zygote, url: str, folder: Path, past: Past, crash: Crash | None = None
) -> Process:
    return zygote.fork(apply_clients, url=url, crash=crash, next=past.next, folder=str(folder))


def _let_live(process: Process, rng: random.Random) -> None:
    """Let it live for a while: some die while they start, most in the middle of an apply."""
    if rng.random() < 0.1:
        process.read_for(rng.uniform(0, 0.5))
    else:
        process.read_until("ack", count=rng.randint(0, 2 * len(KINDS)))
        process.read_until("began")
        process.read_for(rng.uniform(0, 0.3))
