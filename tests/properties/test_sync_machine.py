"""Whatever happens on the way, a sync that succeeds leaves exactly what is upstream."""

import asyncio
import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tenantry.sync.errors import SyncError
from tenantry.testing.upstream import (
    Cut,
    Duplicate,
    EarlyEnd,
    FakeUpstream,
    Reset,
    Short,
    Status,
    Total,
)
from tests.support.counts import IS_SOAK
from tests.support.nodes import Node
from tests.support.syncs import RunningClock, SyncedTenant, only_things, things
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings(
        "ignore:Do not use the .random. module:hypothesis.errors.HypothesisDeprecationWarning"
    ),
]

_SEQUENCES, _STEPS = (200, 30) if IS_SOAK else (12, 12)
_SPEED = 20.0
"""Pauses between attempts are not what is tested."""

FAULTS: tuple[Any, ...] = (
    Cut(),
    Duplicate(),
    EarlyEnd(),
    Reset(),
    Short(),
    Status(500),
    Status(404),
    Status(429, retry_after=1),
    Total(),
    Total(-1),
)
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "page": ({}, {}),
    "cursor": ({"paging": "cursor"}, {"paging": "cursor"}),
    "etag": ({"etag": "collection"}, {"etag": "collection"}),
    "since": (
        {"since": "since", "collection": {"cursor": "updatedAt"}},
        {"since": "since"},
    ),
}

_STEP = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 40), st.integers(1, 12)),
    st.tuples(st.just("change"), st.integers(0, 40), st.integers(1, 5)),
    st.tuples(st.just("remove"), st.integers(0, 40), st.integers(1, 12)),
    st.tuples(st.just("fail"), st.integers(0, len(FAULTS) - 1), st.integers(1, 4)),
    st.tuples(st.just("break off"), st.integers(1, 4), st.just(0)),
    st.tuples(st.just("lose"), st.integers(0, 40), st.just(0)),
    st.tuples(st.just("sync"), st.just(0), st.just(0)),
    st.tuples(st.just("pass time"), st.sampled_from([60, 1_000, 90_000]), st.just(0)),
)
Step = tuple[str, int, int]


class Play:
    """One tenant, and what is done to it."""

    def __init__(self, tenant: SyncedTenant, clock: RunningClock) -> None:
        self.tenant = tenant
        self.clock = clock
        self.added = 0

    async def do(self, step: Step) -> None:
        """Do one thing."""
        what, place, many = step
        match what:
            case "fail":
                self.tenant.upstream.fail("things", FAULTS[place], page=many)
            case "break off":
                self.tenant.upstream.fail("things", Status(500), page=place, times=40)
            case "lose":
                await self.tenant.execute(
                    f"DELETE FROM synced_rows WHERE tenant_id = '{self.tenant.tenant_id}'"
                    f" AND key = 'thing-{place + 1:06}'"
                )
            case "pass time":
                self.clock.advance(place)
            case "sync":
                await self.sync()
            case _:
                self.mutate(what, place, many)

    def mutate(self, what: str, place: int, many: int) -> None:
        """Change something upstream."""
        shelf = self.tenant.shelf
        ids = [row["id"] for row in shelf.rows("things")]
        chosen = ids[place : place + many]
        if what == "add":
            for row in things(many, first=1_000 + self.added):
                # Later than all there are, as rows that are new or have changed are.
                shelf.add("things", row, at=min(place, len(ids)))
                shelf.change("things", row["id"])
            self.added += many
        elif what == "change":
            for key in chosen:
                shelf.change("things", key, name=f"changed {self.clock.now_us()}")
        elif chosen:
            shelf.remove("things", *chosen)

    async def sync(self) -> None:
        """Sync, and compare where that is a success."""
        error = await self.tenant.try_sync()
        assert error is None or isinstance(error, SyncError), error
        if error is None:
            await self.compare(is_final=False)

    async def end(self) -> None:
        """Let everything be well again, and compare."""
        self.tenant.upstream.mend()
        # Once a day everything is read, which finds what no change tells of.
        self.clock.advance(90_000)
        await self.tenant.sync()
        await self.compare(is_final=True)

    async def compare(self, *, is_final: bool) -> None:
        """Compare what is live with what is upstream."""

        async def is_completed() -> bool:
            # The sweeper may have begun to mend what was mended meanwhile.
            await self.tenant.settled()
            return bool((await self.tenant.state("things"))["status"] == "completed")

        await eventually(is_completed)
        live = await self.tenant.live("things")
        upstream = {row["id"]: row for row in self.tenant.shelf.rows("things")}
        if is_final or "since" not in self.tenant.tenant_id:
            assert live == upstream
        else:
            assert upstream.items() <= live.items()
        state = await self.tenant.state("things")
        assert state["row_count"] == len(live)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Return what plays a sequence with a new tenant, on a node that all sequences share."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    numbers = count()

    with asyncio.Runner() as loop:
        clock = RunningClock(speed=_SPEED)
        node = Node(url=url, folder=tmp_path, clock=clock)
        loop.run(node.start())

        async def run(kind: str, size: int, steps: list[Step]) -> None:
            # Hypothesis seeds it for each sequence, and ids are random: nobody gets one twice.
            random.seed()
            source, upstream = KINDS[kind]
            tenant_id = f"{kind}-{next(numbers)}"
            rows: Any = {tenant_id: {"things": things(size)}}
            async with FakeUpstream(rows, **upstream) as running:
                tenant = await SyncedTenant(node, running, tenant_id).begin(**only_things(**source))
                game = Play(tenant, clock)
                for step in steps:
                    await game.do(step)
                await game.end()

        yield lambda *arguments: loop.run(run(*arguments))
        loop.run(node.stop())


@settings(
    max_examples=_SEQUENCES,
    database=None,
    phases={Phase.explicit, Phase.generate},
    suppress_health_check=list(HealthCheck),
)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    size=st.integers(0, 45),
    steps=st.lists(_STEP, min_size=4, max_size=_STEPS),
)
def test_what_is_live_is_what_is_upstream(
    play: Any, kind: str, size: int, steps: list[Step]
) -> None:
    try:
        play(kind, size, steps)
    except AssertionError as error:
        error.add_note(f"{kind}, {size} rows: {steps}")
        raise
