"""The settings against their model: whatever is done to them, on either database."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tenantry.base.codec import encode_json
from tenantry.configs import GLOBAL_TENANT
from tenantry.eventlog import verify
from tests.properties.config_linearity import Run, take_in
from tests.properties.config_model import ConfigModel
from tests.properties.config_moves import NAMES, TENANTS, VALUES, choose_operation
from tests.properties.config_operations import outcome_of, without_seal
from tests.properties.config_reads import ConfigReads
from tests.support.counts import IS_SOAK
from tests.support.nodes import ROOT, Node

pytestmark = [
    pytest.mark.soak,
    # PostgreSQL's pool has threads that use `random` for its jitter, at times while we draw.
    pytest.mark.filterwarnings(
        "ignore:Do not use the .random. module:hypothesis.errors.HypothesisDeprecationWarning"
    ),
]

T = TypeVar("T")

_STEPS_BETWEEN_RESTARTS = 25 if IS_SOAK else 10
ANY_NAMES = st.sampled_from(NAMES) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=6
).filter(lambda name: name not in {".", "..", "watch", "diff", "schema"})
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
ANY_VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
).map(encode_json)
TENANT = st.sampled_from(TENANTS)


class Drawing:
    """What to do, as Hypothesis draws it."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def one_of(self, items: Sequence[T]) -> T:
        return self._data.draw(st.sampled_from(items))

    def number(self, most: int) -> int:
        return self._data.draw(st.integers(0, most))

    def name(self) -> str:
        return self._data.draw(st.sampled_from(NAMES) | ANY_NAMES)

    def value(self) -> bytes:
        return self._data.draw(st.sampled_from(VALUES) | ANY_VALUES)


class Machine(ConfigReads, RuleBasedStateMachine):
    """One node, stopped and started on the same database; each example has its own."""

    def __init__(self, node: Node, loop: asyncio.Runner) -> None:
        super().__init__()
        self.node = node
        self.loop = loop
        self.model = ConfigModel()
        self.step_count = 0
        self.run(node.start())

    def run(self, awaitable: Awaitable[T]) -> T:
        async def wait() -> T:
            return await asyncio.wait_for(awaitable, 30)

        return self.loop.run(wait())

    @rule(tenant_id=TENANT, data=st.data())
    def do(self, tenant_id: str, data: st.DataObject) -> None:
        operation = choose_operation(Drawing(data), self.model, tenant_id)
        expected = operation.apply(self.model, self._now())
        assert self.run(outcome_of(operation, self.node.store)) == expected

    @rule(tenants=st.lists(TENANT, min_size=2, max_size=6), data=st.data())
    def do_at_once(self, tenants: list[str], data: st.DataObject) -> None:
        # Which comes first is theirs to decide; that they are one after the other is not.
        choose = Drawing(data)
        operations = [choose_operation(choose, self.model, tenant) for tenant in tenants]

        async def all_at_once() -> list[Any]:
            return await asyncio.gather(*(outcome_of(o, self.node.store) for o in operations))

        outcomes = self.run(all_at_once())
        runs = [
            Run(operation, outcome, self.model.position)
            for operation, outcome in zip(operations, outcomes, strict=True)
        ]
        take_in(self.model, runs, self._now())

    @rule(seconds=st.sampled_from([0.000001, 1, 3600, 86_400]))
    def time_passes(self, seconds: float) -> None:
        self.node.clock.advance(seconds)
        # The node sweeps when it likes, and a clock set back would show whether it had.
        self.run(self.node.log.forget_expired_keys())
        self.model.forget_expired(self._now())

    @rule(seconds=st.sampled_from([1, 7200]))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.node.clock.set_now(self.node.clock.now() - timedelta(seconds=seconds))

    @precondition(lambda self: self.step_count >= _STEPS_BETWEEN_RESTARTS)
    @rule(with_snapshot=st.booleans())
    def restart(self, *, with_snapshot: bool) -> None:
        self.step_count = 0
        self.run(self.node.restart(with_snapshot=with_snapshot))

    @rule()
    def rebuild(self) -> None:
        report = self.run(self.node.runner.rebuild())
        assert report.is_equal
        assert report.position == self.model.position

    @invariant()
    def the_trees_are_the_models(self) -> None:
        self.step_count += 1
        assert self.node.runner.position == self.model.position
        for tenant_id in TENANTS:
            found = self.node.store.all(ROOT, tenant_id)
            facts = self.model.tree(tenant_id)
            assert list(map(without_seal, found)) == [fact.entry for fact in facts]

            schemas = self.node.projection.schemas(tenant_id)
            wanted = self.model.schemas.at(tenant_id)
            assert {target: each.schema for target, each in schemas.by_target.items()} == wanted
            assert schemas.version == self.model.schemas.version(tenant_id)

    @invariant()
    def every_value_meets_every_schema(self) -> None:
        for tenant_id in TENANTS:
            for name, fact in self.model.own(tenant_id).items():
                assert self.model.schemas.meets(tenant_id, name, fact.plain)

    def teardown(self) -> None:
        report = self.run(verify(self.node.app.database))
        assert report.fault is None
        self.run(self.node.stop())


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def make_machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Return a maker of machines, each on an empty database, whose snapshots come often."""
    numbers = count(1)
    fresh_url: Callable[[Path], contextlib.AbstractContextManager[str]]
    if request.param == "sqlite":
        fresh_url = lambda folder: contextlib.nullcontext(f"sqlite:///{folder / 'tenantry.db'}")
    else:
        postgres = request.getfixturevalue("postgres")
        fresh_url = lambda _: postgres.fresh_database()

    with asyncio.Runner() as loop, contextlib.ExitStack() as databases:

        def make() -> Machine:
            databases.close()
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            url = databases.enter_context(fresh_url(folder))
            return Machine(Node(url=url, folder=folder, SNAPSHOT_EVERY=7), loop)

        yield make


def test_the_settings_do_what_their_model_does(make_machine: Any) -> None:
    # Each example begins with an empty database, which takes as long as some steps.
    counts = settings(max_examples=100, stateful_step_count=100) if IS_SOAK else settings(
        max_examples=15, stateful_step_count=40
    )
    run_state_machine_as_test(make_machine, settings=counts)
