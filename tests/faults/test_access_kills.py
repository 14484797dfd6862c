"""`kill -9` while people, keys and sessions come and go, and who may do what afterwards."""

import random
import signal

import msgspec
import pytest

from tests.faults.access_workloads import (
    ENDINGS,
    FIRST,
    SECOND,
    STEPS,
    change_access,
    is_good,
    tenant_of,
    view_after,
    view_of,
)
from tests.faults.harness import Crash, Process, Reports, Zygote
from tests.faults.logs import assert_intact
from tests.support.access_core import OpenAccess, opened_access
from tests.support.access_rows import assert_rows_and_events_agree
from tests.support.counts import soak_count

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

KILLS = 50
CRASHES = 10
WRITERS = 4

# Where to die: between the unit and its commit, or its answer; and between the projection and the
# answer.
POINTS = {
    "unit has run": Crash("tenantry.db.unit", after=40, attributes={"unit": "run"}),
    "projection moved": Crash("tenantry.projection.moved", after=40),
}


class Past:
    """How far the tenants of each writer have come, as far as anybody was told."""

    def __init__(self) -> None:
        self.steps: dict[tuple[int, int], int] = {}
        self.tokens: dict[tuple[int, int], dict[int, str]] = {}
        self.latest: set[tuple[int, int]] = set()

    @property
    def next(self) -> list[int]:
        """With which tenant each writer goes on: what was broken off is left as it is."""
        return [
            1 + max((index for by, index in self.steps if by == writer), default=-1)
            for writer in range(WRITERS)
        ]

    def add(self, reports: Reports) -> None:
        """Take in what the last process has reported."""
        self.latest = {(writer, index) for writer, index in reports.of("begins")}
        for life in self.latest:
            self.steps[life] = 0
            self.tokens[life] = {}
        for writer, index, step, token in reports.of("ack"):
            self.steps[writer, index] = step
            if token is not None:
                self.tokens[writer, index][step] = token


async def test_kills_leave_nobody_with_more_or_less_than_they_were_told(
    zygote: Zygote, database_url: str
) -> None:
    rng = random.Random(random.getrandbits(64))
    past = Past()

    for _ in range(soak_count(KILLS)):
        process = zygote.fork(change_access, url=database_url, next=past.next)
        _let_live(process, rng)
        past.add(process.kill())
        await _assert_recovered(database_url, past)

    assert past.steps


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS.keys())
async def test_a_crash_between_the_rows_and_the_answer_leaves_both_or_neither(
    zygote: Zygote, database_url: str, point: Crash
) -> None:
    rng = random.Random(random.getrandbits(64))
    past = Past()

    for _ in range(soak_count(CRASHES)):
        crash = msgspec.structs.replace(point, after=rng.randint(0, point.after))
        process = zygote.fork(change_access, url=database_url, crash=crash, next=past.next)
        assert process.wait() == -signal.SIGKILL
        past.add(process.reports)
        await _assert_recovered(database_url, past)


def _let_live(process: Process, rng: random.Random) -> None:
    """Let it live for a while: some die while they start."""
    if rng.random() < 0.2:
        process.read_for(rng.uniform(0, 0.2))
    else:
        process.read_until("ack", count=rng.randint(1, 4 * STEPS * WRITERS))
        process.read_for(rng.uniform(0, 0.01))


async def _assert_recovered(url: str, past: Past) -> None:
    """Fail unless a start finds what was acknowledged, and at most the next step beyond it."""
    async with opened_access(url) as opened:
        await assert_intact(opened.log)
        await assert_rows_and_events_agree(opened.database, opened.log)
        for life in past.latest:
            await _assert_tenant_is_as_told(opened, past, life)


async def _assert_tenant_is_as_told(opened: OpenAccess, past: Past, life: tuple[int, int]) -> None:
    steps, ending = past.steps[life], ENDINGS[life[1] % len(ENDINGS)]
    found = await view_of(opened, tenant_of(*life))
    may_be = [view_after(step, ending) for step in (steps, min(steps + 1, STEPS))]
    assert found in may_be, (life, steps)

    for step, token in past.tokens[life].items():
        wanted = {3: found.keys == 1, 4: found.password == FIRST, 6: found.password == SECOND}
        assert await is_good(opened, token) == wanted[step], (life, steps, step)
