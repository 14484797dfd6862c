"""A crash between an append and what follows from it heals at the next start."""

import random
from typing import Any

import pytest

from tests.faults.harness import Crash, Zygote
from tests.faults.workloads import project_under_load
from tests.support.counts import soak_count

pytestmark = pytest.mark.soak

WRITERS = 4
CRASHES = 20

# Where to die: between the commit and the answer, between the answer and the projections, inside
# the unit that stores a projection's rows, and in the middle of a snapshot.
POINTS = {
    "batch is durable": Crash("tenantry.eventlog.appended"),
    "projection moved": Crash("tenantry.projection.moved"),
    "rows stored": Crash("tenantry.db.unit", attributes={"unit": "store"}),
    "snapshot chunk": Crash("tenantry.db.unit", attributes={"unit": "write_chunk"}),
    "snapshot complete": Crash("tenantry.db.unit", attributes={"unit": "complete"}),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS.keys())
def test_a_crash_between_append_and_projection_heals(
    zygote: Zygote, database_url: str, point: Crash
) -> None:
    rng = random.Random(random.getrandbits(64))
    acknowledged = [0] * WRITERS

    for _ in range(soak_count(CRASHES)):
        crash = Crash(point.name, after=rng.randint(0, 12), attributes=point.attributes)
        process = zygote.fork(
            project_under_load, url=database_url, crash=crash, next=acknowledged, is_last=False
        )
        assert process.wait() == -9
        reports = process.reports

        _assert_healed(reports.of("recovered"), acknowledged)
        for (writer,) in reports.of("ack"):
            acknowledged[writer] += 1

    last = zygote.fork(project_under_load, url=database_url, next=acknowledged, is_last=True)
    assert last.wait() == 0
    assert len(last.reports.of("recovered")) == 1
    _assert_healed(last.reports.of("recovered"), acknowledged)


def _assert_healed(reports: list[list[Any]], acknowledged: list[int]) -> None:
    for fault, folded, in_memory, stored in reports:
        assert fault is None, fault
        assert in_memory == folded
        assert stored == folded
        for writer, count in enumerate(acknowledged):
            assert folded.get(f"writer-{writer}", 0) in (count, count + 1)
