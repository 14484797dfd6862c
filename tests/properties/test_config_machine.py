"""The settings against their model: whatever is done to them, on either database."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from tenantry.configs import ConfigCommand, SetConfigValue
from tenantry.eventlog import verify
from tests.properties.config_linearity import Run, take_in
from tests.properties.config_machine import TENANT, Drawing
from tests.properties.config_model import Done, Outcome
from tests.properties.config_moves import (
    TENANTS,
    choose_changes,
    choose_operation,
    choose_set,
)
from tests.properties.config_operations import One, Several, outcome_of, without_seal
from tests.properties.config_reads import ConfigReads
from tests.support.counts import IS_SOAK, search_count
from tests.support.nodes import ROOT, Node, path_of

pytestmark = [
    pytest.mark.soak,
    # PostgreSQL's pool has threads that use `random` for its jitter, at times while we draw.
    pytest.mark.filterwarnings(
        "ignore:Do not use the .random. module:hypothesis.errors.HypothesisDeprecationWarning"
    ),
]

_STEPS_BETWEEN_RESTARTS = 25 if IS_SOAK else 10
# An example begins with an empty database, which takes as long as some steps: fewer and longer. To
# find a smaller one that fails takes longer than an ordinary test may.
_COUNTS = (
    settings(max_examples=search_count(150), stateful_step_count=80)
    if IS_SOAK
    else settings(
        max_examples=12, stateful_step_count=50, phases=set(Phase) - {Phase.shrink, Phase.explain}
    )
)
_STATUSES = {
    "ConfigNotFound": 404,
    "ConfigExposed": 409,
    "ChangesConflict": 409,
    "ConfigDeleted": 410,
    "ConfigVersionMismatch": 412,
    "ConfigSchemaViolated": 422,
}


class Machine(ConfigReads):
    """Whatever changes settings, one thing after the other and at once, and restarts."""

    step_count = 0

    # Several, since most of the other rules only read.
    @rule(tenants=st.lists(TENANT, min_size=1, max_size=6), data=st.data())
    def do(self, tenants: list[str], data: st.DataObject) -> None:
        for tenant_id in tenants:
            operation = choose_operation(Drawing(data), self.model, tenant_id)
            expected = operation.apply(self.model, self.now())
            assert self.run(outcome_of(operation, self.node.store)) == expected

    @rule(tenants=st.lists(TENANT, min_size=2, max_size=6), data=st.data())
    def do_at_once(self, tenants: list[str], data: st.DataObject) -> None:
        # Which comes first is theirs to decide; that they are one after the other is not.
        choose = Drawing(data)
        operations = [choose_operation(choose, self.model, tenant) for tenant in tenants]

        async def all_at_once() -> list[Outcome]:
            return await asyncio.gather(*(outcome_of(o, self.node.store) for o in operations))

        outcomes = self.run(all_at_once())
        runs = [
            Run(operation, outcome, self.model.position)
            for operation, outcome in zip(operations, outcomes, strict=True)
        ]
        take_in(self.model, runs, self.now())

    @rule(tenant_id=TENANT, data=st.data())
    def put_over_http(self, tenant_id: str, data: st.DataObject) -> None:
        choose = Drawing(data)
        command = choose_set(choose, self.model, tenant_id, choose.name())
        outcome = One(tenant_id, command).apply(self.model, self.now())
        answer = self.run(self._put(tenant_id, command))
        _assert_answered(answer, outcome)
        if isinstance(outcome, Done):
            assert answer.headers["etag"] == f'"{outcome.entries[0].version}"'

    @rule(tenant_id=TENANT, data=st.data())
    def change_several_over_http(self, tenant_id: str, data: st.DataObject) -> None:
        commands = choose_changes(Drawing(data), self.model, tenant_id)
        outcome = Several(tenant_id, commands).apply(self.model, self.now())
        body = msgspec.json.encode({"changes": [_told(command) for command in commands]})
        headers = {"Accept": "application/json"}
        answer = self.run(self.http(tenant_id).ask("POST", content=body, headers=headers))
        _assert_answered(answer, outcome)
        if isinstance(outcome, Done):
            assert [(each["name"], each["version"]) for each in answer.json()["changes"]] == [
                (entry.name, entry.version) for entry in outcome.entries
            ]
        elif outcome.error == "ChangesConflict":
            stale = answer.json()["error"]["details"]["stale"]
            assert tuple((each["name"], each["version"]) for each in stale) == outcome.stale

    @rule(seconds=st.sampled_from([0.000001, 1, 3600, 86_400]))
    def time_passes(self, seconds: float) -> None:
        self.node.clock.advance(seconds)
        # The node sweeps when it likes, and a clock set back would show whether it had.
        self.run(self.node.log.forget_expired_keys())
        self.model.forget_expired(self.now())

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
    def the_trees_and_schemas_are_the_models(self) -> None:
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
        """Check that the log still verifies, whatever was shredded, and stop."""
        report = self.run(verify(self.node.app.database))
        super().teardown()
        assert report.fault is None

    async def _put(self, tenant_id: str, command: SetConfigValue) -> httpx.Response:
        body: dict[str, Any] = {"value": msgspec.Raw(command.value)}
        body |= {"secret": command.is_secret, "force": command.is_forced}
        condition, headers = command.condition, {}
        if condition.versions is not None:
            tags = [f'"{version}"' for version in sorted(condition.versions)]
            tags += [f'"global:{version}"' for version in sorted(condition.global_versions)]
            headers["If-Match"] = ", ".join(tags) or '"none of ours"'
        elif condition.must_exist:
            headers["If-Match"] = "*"
        if condition.must_be_absent:
            headers["If-None-Match"] = "*"
        return await self.http(tenant_id).ask(
            "PUT", path_of(command.name), content=msgspec.json.encode(body), headers=headers
        )


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def make_machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Return a maker of machines, each on an empty database, whose snapshots come often."""
    numbers = count(1)
    postgres = request.getfixturevalue("postgres") if request.param == "postgres" else None

    with asyncio.Runner() as loop, contextlib.ExitStack() as databases:

        def make() -> Machine:
            databases.close()
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            url = f"sqlite:///{folder / 'tenantry.db'}"
            if postgres is not None:
                url = databases.enter_context(postgres.fresh_database())
            return Machine(Node(url=url, folder=folder, SNAPSHOT_EVERY=7), loop)

        yield make


def test_the_settings_do_what_their_model_does(make_machine: Any) -> None:
    run_state_machine_as_test(make_machine, settings=_COUNTS)


def _assert_answered(answer: httpx.Response, outcome: Outcome) -> None:
    if isinstance(outcome, Done):
        assert (answer.status_code, answer.headers["x-position"]) == (200, str(outcome.position))
    else:
        assert answer.status_code == _STATUSES[outcome.error]


def _told(command: ConfigCommand) -> dict[str, Any]:
    """Return a change as a body says it."""
    condition = command.condition
    told: dict[str, Any] = {"name": command.name, "op": "delete"}
    if isinstance(command, SetConfigValue):
        told |= {"op": "set", "value": msgspec.Raw(command.value)}
        told |= {"secret": command.is_secret, "force": command.is_forced}
    if condition.must_be_absent or condition.versions is not None:
        told["expected_version"] = min(condition.versions or {0})
    return told
