"""The settings against their model: whatever is done to them, on either database."""

import asyncio
from collections.abc import Awaitable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tenantry.base.codec import encode_json
from tenantry.base.errors import TenantryError
from tenantry.base.instant import format_instant
from tenantry.configs import NO_CONDITION, Condition, ConfigEntry, Idempotency
from tests.properties.config_model import ConfigModel, Refused
from tests.support.counts import IS_SOAK
from tests.support.nodes import ROOT, ConfigClient, Node, path_of

pytestmark = [
    pytest.mark.soak,
    # PostgreSQL's pool has threads that use `random` for its jitter, at times while we draw.
    pytest.mark.filterwarnings(
        "ignore:Do not use the .random. module:hypothesis.errors.HypothesisDeprecationWarning"
    ),
]

T = TypeVar("T")
Drawn = tuple[str, str, Any, Condition, str | None]

_HOUR = 3_600_000_000
_STEPS_BETWEEN_RESTARTS = 25 if IS_SOAK else 10
NAMES = st.sampled_from(["a", "ab", "a.b", "ключ", "🚀", "\U0010ffff", "config-a"]) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=6
).filter(lambda name: name not in {".", "..", "watch", "diff", "schema"})
PREFIXES = st.sampled_from(["", "a", "a.", "ключ", "\U0010ffff", "z"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
CONDITIONS = st.just(NO_CONDITION) | st.builds(
    Condition,
    versions=st.none() | st.frozensets(st.integers(1, 4), max_size=3),
    must_exist=st.booleans(),
    must_be_absent=st.booleans(),
)
KEYS = st.none() | st.sampled_from(["k1", "k2"])
COMMANDS = st.tuples(
    st.sampled_from(["put", "put", "put", "delete"]), NAMES, VALUES, CONDITIONS, KEYS
)


class Machine(RuleBasedStateMachine):
    """One node, stopped and started on the same database; each example has its own tenant."""

    def __init__(self, node: Node, loop: asyncio.Runner, number: int) -> None:
        super().__init__()
        self.node = node
        self.loop = loop
        self.tenant_id = f"tenant-{number}"
        head = self.run(node.log.head())
        self.model = ConfigModel(position=head.position, last_time=head.recorded_at)
        self.first_position = head.position
        self.step_count = 0

    @property
    def http(self) -> ConfigClient:
        return self.node.configs(self.tenant_id)

    def run(self, awaitable: Awaitable[T]) -> T:
        async def wait() -> T:
            return await asyncio.wait_for(awaitable, 30)

        return self.loop.run(wait())

    @rule(command=COMMANDS)
    def change(self, command: Drawn) -> None:
        expected = self._expected(command)
        assert self._outcome(self.run(self._carry_out(command))) == expected

    @rule(commands=st.lists(COMMANDS, min_size=2, max_size=6))
    def change_at_once(self, commands: list[Drawn]) -> None:
        # Which comes first is theirs to decide; that they are one after the other is not.
        plain = [(method, name, value, NO_CONDITION, None) for method, name, value, *_ in commands]

        async def all_at_once() -> list[ConfigEntry | TenantryError]:
            return await asyncio.gather(*map(self._carry_out, plain))

        outcomes = self.run(all_at_once())
        entries = [outcome for outcome in outcomes if isinstance(outcome, ConfigEntry)]
        for entry in sorted(entries, key=lambda entry: entry.position):
            before = self.model.last(entry.name)
            if entry.is_deleted:
                assert before is not None
                assert (before.is_deleted, before.value) == (False, entry.value)
            self.model.take(entry)
        for (method, *_), outcome in zip(plain, outcomes, strict=True):
            assert isinstance(outcome, ConfigEntry) or method == "delete"

    @rule(command=COMMANDS)
    def change_over_http(self, command: Drawn) -> None:
        method, name, value, *_ = command
        if method == "put":
            expected = self.model.put(name, encode_json(value), NO_CONDITION, self._now())
            answer = self.run(self.http.put(name, value))
        else:
            expected = self.model.delete(name, NO_CONDITION, self._now())
            answer = self.run(self.http.delete(name))

        if isinstance(expected, Refused):
            assert (
                answer.status_code == {"ConfigNotFound": 404, "ConfigDeleted": 410}[expected.error]
            )
            return
        assert answer.status_code == 200
        assert answer.headers["x-position"] == str(expected.position)

    @rule(name=NAMES)
    def read(self, name: str) -> None:
        entry = self.model.last(name)
        answer = self.run(self.http.get(name))
        if entry is None or entry.is_deleted:
            assert answer.status_code == 404
            return
        assert answer.headers["etag"] == f'"{entry.version}"'
        assert answer.headers["x-position"] == str(entry.position)
        value = msgspec.json.decode(entry.value)
        shown = value.encode() if isinstance(value, str) else entry.value
        assert answer.content == shown

    @rule(prefix=PREFIXES, limit=st.none() | st.integers(1, 3))
    def list_everything(self, prefix: str, limit: int | None) -> None:
        expected = self.model.tree(prefix=prefix)
        found: list[ConfigEntry] = []
        while True:
            after = found[-1].name if found else None
            page = self.node.store.all(
                ROOT, self.tenant_id, prefix=prefix, after=after, limit=limit
            )
            found += page
            if limit is None or not page:
                break
        assert found == expected

        items = self.run(self.http.items(prefix=prefix))
        assert items == [
            {"name": entry.name, "value": msgspec.json.decode(entry.value)} for entry in expected
        ]

    # What is drawn must not depend on the log, which holds the examples before this one.
    @rule(pick=st.integers(0, 1_000), prefix=PREFIXES)
    def travel_to_a_position(self, pick: int, prefix: str) -> None:
        position = self.first_position + pick % (len(self.model.entries) + 2)
        self._travel(position, str(position), prefix)

    @rule(pick=st.integers(0, 1_000), shift=st.integers(-1, 1), prefix=PREFIXES)
    def travel_to_an_instant(self, pick: int, shift: int, prefix: str) -> None:
        entries = self.model.entries
        if not entries:
            return
        instant = entries[pick % len(entries)].updated_at + shift
        reached = [entry.position for entry in entries if entry.updated_at <= instant]
        position = max(reached, default=self.first_position)
        self._travel(position, format_instant(instant), prefix)

    def _travel(self, position: int, at: str, prefix: str) -> None:
        expected = self.model.tree(position=position, prefix=prefix)
        items = self.run(self.http.items(at=at, prefix=prefix))
        assert items == [
            {"name": entry.name, "value": msgspec.json.decode(entry.value)} for entry in expected
        ]
        for name in {entry.name for entry in self.model.entries[-3:]}:
            answer = self.run(self.http.ask("GET", path_of(name), params={"at": at}))
            entry = self.model.last(name, position=position)
            is_there = entry is not None and not entry.is_deleted
            assert answer.status_code == (200 if is_there else 404)
            if entry is not None and is_there:
                assert answer.headers["etag"] == f'"{entry.version}"'

    @rule(name=NAMES, pick=st.integers(0, 1_000))
    def read_a_history(self, name: str, pick: int) -> None:
        names = sorted({entry.name for entry in self.model.entries}) or [name]
        name = names[pick % len(names)]
        records = self.run(self.http.history(name))
        before: Any = None
        for record, entry in zip(records, self.model.history(name), strict=True):
            assert record["stream_version"] == entry.version
            assert record["position"] == entry.position
            assert record["created_at"] == format_instant(entry.updated_at)
            value = msgspec.json.decode(entry.value)
            if entry.is_deleted:
                assert record["data"]["deleted_value"] == value
            else:
                assert (record["data"]["value"], record["data"]["old_value"]) == (value, before)
            before = value

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
    def the_tree_is_the_models(self) -> None:
        self.step_count += 1
        assert self.node.runner.position == self.model.position
        assert self.node.store.all(ROOT, self.tenant_id) == self.model.tree()

    def _expected(self, command: Drawn) -> ConfigEntry | Refused:
        method, name, value, condition, key = command
        if method == "delete" and condition.must_be_absent:
            return Refused("ConfigValueInvalid")
        now, digest = self._now(), _digest(command)
        if key is not None and (earlier := self.model.earlier(key, digest, now)) is not None:
            return earlier
        outcome = (
            self.model.put(name, encode_json(value), condition, now)
            if method == "put"
            else self.model.delete(name, condition, now)
        )
        if key is not None and isinstance(outcome, ConfigEntry):
            self.model.remember(key, digest, outcome, now + 24 * _HOUR)
        return outcome

    async def _carry_out(self, command: Drawn) -> ConfigEntry | TenantryError:
        method, name, value, condition, key = command
        options: dict[str, Any] = {"condition": condition}
        if key is not None:
            options["idempotency"] = Idempotency(key=key, request_digest=_digest(command))
        try:
            if method == "put":
                return await self.node.store.put(ROOT, self.tenant_id, name, value, **options)
            return await self.node.store.delete(ROOT, self.tenant_id, name, **options)
        except TenantryError as error:
            return error

    def _outcome(self, outcome: ConfigEntry | TenantryError) -> ConfigEntry | Refused:
        return outcome if isinstance(outcome, ConfigEntry) else Refused(type(outcome).__name__)

    def _now(self) -> int:
        return self.node.clock.now_us()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def make_machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Return a maker of machines, all on one node whose snapshots come often."""
    url = request.getfixturevalue(f"{request.param}_url")
    numbers = count(1)
    with asyncio.Runner() as loop:
        node = Node(url=url, folder=tmp_path, SNAPSHOT_EVERY=7)
        loop.run(node.start())
        yield lambda: Machine(node, loop, next(numbers))
        loop.run(node.stop())


def test_the_settings_do_what_their_model_does(make_machine: Any) -> None:
    run_state_machine_as_test(make_machine)


def _digest(command: Drawn) -> bytes:
    return repr(command).encode()
