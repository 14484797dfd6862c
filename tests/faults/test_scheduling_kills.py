"""Nodes that are killed or stopped while they run what is due: each fire time runs exactly once."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.harness import Crash, Process, Zygote
from tests.faults.scheduling_workloads import (
    END,
    START,
    TIMES,
    begin_line,
    run_line,
    tell_line,
)
from tests.support.counts import soak_count
from tests.support.lines import SECOND

pytestmark = [pytest.mark.timeout(300)]

KILLS = 10
CLOCKS = {"a backlog": (END, 1.0), "a clock that runs fast": (START, 200.0)}
POINTS = {
    "in the unit of its claim": Crash("tenantry.db.unit", attributes={"unit": "claim"}),
    "in the unit of its effects": Crash("tenantry.db.unit", attributes={"unit": "write"}),
    "committed": Crash("tenantry.scheduling.fired"),
}

Clock = tuple[int, float]


class Nodes:
    """Nodes that run one line on one database."""

    def __init__(self, zygote: Zygote, url: str, clock: Clock) -> None:
        self._zygote = zygote
        self._url = url
        self._start, self._speed = clock
        self._real = time.time_ns() // 1_000
        begun = zygote.fork(begin_line, url=url)
        assert begun.wait() == 0

    def node(self, holder: str, *, crash: Crash | None = None, gate: Path | None = None) -> Process:
        """Let one more node run."""
        return self._zygote.fork(
            run_line,
            url=self._url,
            crash=crash,
            holder=holder,
            gate=None if gate is None else str(gate),
            start=self._start,
            real=self._real,
            speed=self._speed,
        )

    def assert_each_ran_once(self) -> None:
        """Check all fire times up to the end."""
        telling = self._zygote.fork(tell_line, url=self._url)
        assert telling.wait() == 0
        ((ran,),), ((recorded,),) = telling.reports.of("effects"), telling.reports.of("firings")
        assert ran == [START + n * SECOND for n in range(1, len(ran) + 1)]
        assert len(ran) >= TIMES
        assert [fire_at for fire_at, _ in recorded] == ran
        assert {status for _, status in recorded} == {"done"}


@pytest.fixture(params=list(CLOCKS.values()), ids=list(CLOCKS))
def clock(request: pytest.FixtureRequest) -> Clock:
    found: Clock = request.param
    return found


@pytest.mark.postgres
def test_of_two_nodes_one_is_killed_and_each_fire_time_runs_once(
    zygote: Zygote, postgres_url: str, clock: Clock
) -> None:
    nodes = Nodes(zygote, postgres_url, clock)
    one, other = nodes.node("one"), nodes.node("other")
    one.read_until("fires", count=5)
    one.kill()

    assert other.wait() == 0

    nodes.assert_each_ran_once()


@pytest.mark.postgres
def test_a_node_that_stands_still_in_the_middle_writes_nothing_when_it_wakes_up(
    zygote: Zygote, postgres_url: str, tmp_path: Path
) -> None:
    nodes = Nodes(zygote, postgres_url, CLOCKS["a clock that runs fast"])
    gate = tmp_path / "gate"
    one = nodes.node("one", gate=gate)
    one.read_until("fires", count=5)
    other = nodes.node("other")
    # Whatever the other runs, it has taken from the one that stands still.
    other.read_until("fires", count=5)
    gate.touch()

    assert other.wait() == 0
    assert one.wait() == 0
    assert "has lost it to another holder" in one.reports.of("lost")[0][0]

    nodes.assert_each_ran_once()


@pytest.mark.soak
def test_a_node_that_is_killed_again_and_again_runs_each_fire_time_once(
    zygote: Zygote, database_url: str, clock: Clock
) -> None:
    nodes, rng = Nodes(zygote, database_url, clock), random.Random(random.getrandbits(64))

    for number in range(soak_count(KILLS)):
        node = nodes.node(f"node-{number}")
        node.read_until("fires", count=rng.randint(1, 10))
        node.read_for(rng.uniform(0, 0.005))
        node.kill()
    assert nodes.node("last").wait() == 0

    nodes.assert_each_ran_once()


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS.keys())
def test_a_crash_at_a_bad_moment_is_made_up_for_by_the_next_node(
    zygote: Zygote, database_url: str, point: Crash
) -> None:
    nodes, rng = Nodes(zygote, database_url, CLOCKS["a backlog"]), random.Random()

    for number in range(3):
        crash = Crash(point.name, after=rng.randint(0, 20), attributes=point.attributes)
        assert nodes.node(f"node-{number}", crash=crash).wait() == -signal.SIGKILL
    assert nodes.node("last").wait() == 0

    nodes.assert_each_ran_once()
