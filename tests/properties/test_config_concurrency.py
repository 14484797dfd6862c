"""Many who change settings at once, on one node and on two: what must hold whoever is faster."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from tenantry.configs import GLOBAL_TENANT
from tenantry.eventlog import EventLog, RecordedEvent, verify
from tenantry.testing import FakeClock
from tests.properties.config_linearity import Run, take_in
from tests.properties.config_model import ConfigModel, Done
from tests.properties.config_moves import TENANTS, choose_operation
from tests.properties.config_operations import Operation, outcome_of, without_seal
from tests.properties.config_seeds import SeededChooser
from tests.support.counts import soak_count
from tests.support.nodes import ROOT, Node, running_node
from tests.support.vaults import new_master

pytestmark = pytest.mark.soak

TASKS = 6
STEPS = 4
BATCHES = 3
SEEDS = soak_count(60)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_one_order_explains_all_that_is_done_at_once_on_a_node(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    async with _nodes(database_url, tmp_path, count=1) as nodes:
        await _do_what_the_seed_says(nodes, seed)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_one_order_explains_all_that_is_done_at_once_on_two_nodes(
    postgres_url: str, tmp_path: Path, seed: int
) -> None:
    async with _nodes(postgres_url, tmp_path, count=2) as nodes:
        await _do_what_the_seed_says(nodes, seed)


async def _do_what_the_seed_says(nodes: Sequence[Node], seed: int) -> None:
    model, now = ConfigModel(), nodes[0].clock.now_us()
    for batch in range(BATCHES):
        runs = await _run_at_once(nodes, model, seed * BATCHES + batch)
        take_in(model, runs, now)
        _assert_one_effect_a_key(runs)

    await _assert_equal(nodes, model)
    events = [event async for page in _pages(nodes[0].log) for event in page]
    assert [event.position for event in events] == list(range(1, model.position + 1))
    _assert_unbroken(events)
    await _assert_met(nodes[0])
    assert (await verify(nodes[0].app.database)).fault is None


async def _run_at_once(nodes: Sequence[Node], model: ConfigModel, seed: int) -> list[Run]:
    """Let tasks choose by the seed, each on a node of its choice, and return what came of it."""
    runs: list[Run] = []
    answered = model.position

    async def do(operation: Operation, node: Node) -> None:
        nonlocal answered
        asked_at = answered
        outcome = await asyncio.wait_for(outcome_of(operation, node.store), 30)
        runs.append(Run(operation, outcome, asked_at))
        if isinstance(outcome, Done):
            answered = max(answered, outcome.position)

    async def work(number: int) -> None:
        choose = SeededChooser(seed * TASKS + number)
        for _ in range(STEPS):
            operation = choose_operation(choose, model, choose.one_of(TENANTS))
            # Who has a key may ask again before there is an answer, and anybody.
            times = 1 if getattr(operation, "key", None) is None else 2
            await asyncio.gather(*(do(operation, choose.one_of(nodes)) for _ in range(times)))

    await asyncio.gather(*(work(number) for number in range(TASKS)))
    return runs


async def _assert_equal(nodes: Sequence[Node], model: ConfigModel) -> None:
    """Check that every node has the tree of the model, and so has a rebuild."""
    for node in nodes:
        await node.store.reach(model.position)
        assert node.runner.position == model.position
        for tenant_id in TENANTS:
            found = node.store.all(ROOT, tenant_id)
            facts = model.tree(tenant_id)
            assert list(map(without_seal, found)) == [fact.entry for fact in facts]
        assert (await node.runner.rebuild()).is_equal
    assert len({node.projection.digest() for node in nodes}) == 1


def _assert_one_effect_a_key(runs: Sequence[Run]) -> None:
    effects: dict[tuple[str, str], set[int]] = defaultdict(set)
    for run in runs:
        key = getattr(run.operation, "key", None)
        outcome = run.outcome
        if key is not None and isinstance(outcome, Done) and (outcome.entries or outcome.schemas):
            effects[run.operation.tenant_id, key].add(outcome.position)
    assert all(len(positions) == 1 for positions in effects.values()), effects


def _assert_unbroken(events: Sequence[RecordedEvent]) -> None:
    """Check that each event is the next of its stream, and tells the value it found there."""
    versions: dict[tuple[str, str], int] = defaultdict(int)
    lefts: dict[tuple[str, str], Any] = defaultdict(lambda: None)
    for event in events:
        stream = (event.tenant_id, event.stream)
        versions[stream] += 1
        assert event.version == versions[stream]
        if event.stream == "config_schemas":
            continue
        data = msgspec.json.decode(event.data)
        if "secret_shredded" in event.type:
            lefts[stream] = "[secret]"
            continue
        assert data.get("old_value", data.get("deleted_value")) == lefts[stream]
        lefts[stream] = data.get("value", lefts[stream])


async def _assert_met(node: Node) -> None:
    """Check that every live value meets every schema that binds it, read from the node alone."""
    beneath = node.projection.schemas(GLOBAL_TENANT)
    for tenant_id in TENANTS:
        own = node.projection.schemas(tenant_id)
        for entry in node.store.all(ROOT, tenant_id, own_only=True):
            value = await node.store.reveal(ROOT, tenant_id, entry) if entry.is_secret else None
            instance = msgspec.json.decode(value or entry.value)
            for schema in own.covering(entry.name) + beneath.covering(entry.name):
                jsonschema_rs.validate(msgspec.json.decode(schema.schema), instance)


async def _pages(log: EventLog) -> AsyncIterator[list[RecordedEvent]]:
    after = 0
    while page := await log.read(after=after):
        yield page
        after = page[-1].position


@contextlib.asynccontextmanager
async def _nodes(url: str, folder: Path, *, count: int) -> AsyncIterator[list[Node]]:
    """Start nodes on one database, with one clock and one master key."""
    clock, master = FakeClock(), new_master().to_base64()
    async with contextlib.AsyncExitStack() as stack:
        nodes = []
        for number in range(count):
            (folder / str(number)).mkdir()
            running = running_node(
                url=url, folder=folder / str(number), clock=clock, MASTER_KEY=master
            )
            nodes.append(await stack.enter_async_context(running))
        yield nodes
