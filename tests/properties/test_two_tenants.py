"""Two tenants do whatever they can at once, and neither finds a trace of the other anywhere."""

import asyncio
import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.properties.tenant_moves import MOVES, Move
from tests.properties.tenant_pair import Pair
from tests.support.counts import IS_SOAK, search_count
from tests.support.nodes import Node, recorded_journal

pytestmark = [
    pytest.mark.soak,
    pytest.mark.filterwarnings(
        "ignore:Do not use the .random. module:hypothesis.errors.HypothesisDeprecationWarning"
    ),
]

_SEQUENCES, _STEPS = (search_count(300), 36) if IS_SOAK else (25, 24)
_STEP = st.tuples(st.booleans(), st.sampled_from(MOVES), st.integers(0, 999))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Return what plays a sequence with two new tenants, on a node that all sequences share."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    numbers = count()

    with asyncio.Runner() as loop:
        node = Node(url=url, folder=tmp_path)
        loop.run(node.start())

        async def run(steps: list[tuple[bool, Move, int]]) -> None:
            # Hypothesis seeds it for each sequence, and ids are random: nobody gets one twice.
            random.seed()
            with recorded_journal() as journal:
                pair = Pair(node, journal, number=next(numbers))
                await pair.begin()
                try:
                    for is_second, move, pick in steps:
                        await move(pair, pair.sides[is_second], pick)
                        await pair.check()
                finally:
                    await pair.end()

        yield lambda steps: loop.run(run(steps))
        loop.run(node.stop())


@settings(
    max_examples=_SEQUENCES,
    database=None,
    phases={Phase.explicit, Phase.generate},
    suppress_health_check=list(HealthCheck),
)
@given(steps=st.lists(_STEP, min_size=_STEPS // 2, max_size=_STEPS))
def test_one_tenant_finds_no_trace_of_another(
    play: Any, steps: list[tuple[bool, Move, int]]
) -> None:
    play(steps)
