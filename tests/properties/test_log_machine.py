"""The log against its model: whatever is done to it, on either database, with restarts between."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tenantry.db import System, Tenant, Transaction, migrate, open_database
from tenantry.eventlog import (
    ANY,
    EXISTS,
    NO_STREAM,
    AppendRequest,
    EventLog,
    EventTypes,
    IdempotencyKey,
    NewEvent,
    Outcome,
    RecordedEvent,
    StreamAppend,
    Unchanged,
    verify,
)
from tenantry.testing import FakeClock
from tests.properties.log_model import LogModel
from tests.support.postgres import Postgres

pytestmark = [
    pytest.mark.soak,
    # PostgreSQL's pool has threads that use `random` for its jitter, at times while we draw.
    pytest.mark.filterwarnings(
        "ignore:Do not use the .random. module:hypothesis.errors.HypothesisDeprecationWarning"
    ),
]

T = TypeVar("T")
FreshUrl = Callable[[], AbstractContextManager[str]]

TYPES = ("tests.happened.v1", "tests.ended.v1")
TENANTS = st.sampled_from(["acme", "globex"])
STREAMS = st.sampled_from(["a", "b", "ü", "config-x"])
KEYS = st.sampled_from(["k1", "k2"])
DATA = st.just(b"{}") | st.text(max_size=20).map(str.encode)
EVENTS = st.builds(NewEvent, st.sampled_from(TYPES), DATA, DATA)
EXPECTATIONS = st.sampled_from([ANY, ANY, ANY, NO_STREAM, EXISTS, 1, 2, 3])
LIFETIMES = st.sampled_from([0, 1, 60, 3600])
ELSEWHERE = st.none() | st.tuples(STREAMS, EXPECTATIONS)
# A prefix, whether it is a whole name, how far before the end of the log, and whose.
CHANGES = st.none() | st.tuples(
    st.sampled_from(["", "a", "config-", "ü"]),
    st.booleans(),
    st.integers(0, 4),
    st.none() | TENANTS,
)


@st.composite
def appends(draw: st.DrawFn) -> tuple[Any, ...]:
    """Draw a request whose key, if any, lives for some seconds from when it is sent."""
    names = draw(st.lists(STREAMS, min_size=1, max_size=3, unique=True))
    streams = tuple(
        StreamAppend(name, draw(EXPECTATIONS), tuple(draw(st.lists(EVENTS, max_size=3))))
        for name in names
    )
    key = draw(st.none() | st.tuples(KEYS, st.sampled_from([b"x", b"y"]), LIFETIMES))
    return draw(TENANTS), streams, key, draw(ELSEWHERE), draw(CHANGES)


class Undone(Exception):
    """A mixed unit ends with this, and nothing of it stays."""


class LogMachine(RuleBasedStateMachine):
    """One node, stopped and started on the same database, and a subscriber that comes back."""

    def __init__(self, fresh_url: FreshUrl) -> None:
        super().__init__()
        self.fresh_url = fresh_url
        self.resources = ExitStack()
        self.model = LogModel()
        self.clock = FakeClock()
        self.subscribed_to = 0

    @initialize()
    def open(self) -> None:
        self.url = self.resources.enter_context(self.fresh_url())
        self.loop = self.resources.enter_context(asyncio.Runner())
        self.run(self.start())
        self.run(migrate(self.database, clock=self.clock))

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.run(self.stop())
        self.resources.close()

    def run(self, awaitable: Awaitable[T]) -> T:
        async def wait() -> T:
            return await asyncio.wait_for(awaitable, 30)

        return self.loop.run(wait())

    async def start(self) -> None:
        self.database = open_database(self.url, pool_max=2, readers=1)
        self.log = EventLog(
            database=self.database, clock=self.clock, types=EventTypes(present=TYPES)
        )
        await self.database.start()
        await self.log.start()

    async def stop(self) -> None:
        await self.log.stop()
        await self.database.stop()

    def request(self, drawn: tuple[Any, ...]) -> AppendRequest:
        tenant_id, streams, key, elsewhere, change = drawn
        idempotency_key = unchanged = None
        if key is not None:
            name, digest, lifetime = key
            expires_at = self.clock.now_us() + lifetime * 1_000_000
            idempotency_key = IdempotencyKey(name, digest, expires_at)
        if elsewhere is not None:
            stream, expected = elsewhere
            other = "globex" if tenant_id == "acme" else "acme"
            streams = (*streams, StreamAppend(stream, expected, tenant_id=other))
        if change is not None:
            prefix, is_exact, behind, whose = change
            unchanged = Unchanged(prefix, max(0, self.model.position - behind), whose, is_exact)
        return AppendRequest(tenant_id, streams, idempotency_key, unchanged)

    @rule(drawn=appends())
    def append(self, drawn: tuple[Any, ...]) -> None:
        request = self.request(drawn)
        expected = self.model.append(request, self.clock.now_us())
        assert self.run(self.log.append(request)) == expected

    @rule(drawn=st.lists(appends(), min_size=2, max_size=8))
    def append_together(self, drawn: list[tuple[Any, ...]]) -> None:
        requests = [self.request(each) for each in drawn]
        expected = [self.model.append(request, self.clock.now_us()) for request in requests]

        async def append_all() -> list[Outcome]:
            return await asyncio.gather(*map(self.log.append, requests))

        assert self.run(append_all()) == expected

    @rule(drawn=appends())
    def append_in_a_mixed_unit(self, drawn: tuple[Any, ...]) -> None:
        request = self.request(drawn)
        expected = self.model.append(request, self.clock.now_us())
        scope = Tenant(request.tenant_id) if request.is_of_one_tenant else System("test")
        assert self.run(self.database.write(scope, self.log.append_in, request)) == expected
        self.log.appended()

    @rule(drawn=appends())
    def append_and_undo(self, drawn: tuple[Any, ...]) -> None:
        request = self.request(drawn)

        def unit(tx: Transaction) -> None:
            self.log.append_in(tx, request)
            raise Undone

        with pytest.raises(Undone):
            self.run(self.database.write(System("test"), unit))

    @rule(after=st.integers(0, 100), limit=st.integers(1, 30))
    def read_a_page(self, after: int, limit: int) -> None:
        page = self.run(self.log.read(after=after, limit=limit))
        behind = self.model.events[after:]
        assert page == behind[: len(page)]
        assert len(page) <= limit
        assert bool(page) == bool(behind)

    @rule(tenant_id=TENANTS, stream=STREAMS, after=st.integers(0, 5))
    def read_a_stream(self, tenant_id: str, stream: str, after: int) -> None:
        async def whole() -> list[RecordedEvent]:
            pages = self.log.read_stream(tenant_id, stream, after=after)
            return [event async for page in pages for event in page]

        assert self.run(whole()) == self.model.stream(tenant_id, stream)[after:]

    @rule(tenant_id=TENANTS, stream=STREAMS, position=st.integers(0, 100))
    def read_the_last_of_a_stream(self, tenant_id: str, stream: str, position: int) -> None:
        events = [e for e in self.model.stream(tenant_id, stream) if e.position <= position]
        last = self.run(self.log.last_of_stream(tenant_id, stream, position=position))
        assert last == (events[-1] if events else None)

    @rule(data=st.data())
    def ask_for_the_position_of_an_instant(self, data: st.DataObject) -> None:
        times = [event.recorded_at for event in self.model.events] or [self.clock.now_us()]
        instant = data.draw(st.sampled_from(times)) + data.draw(st.integers(-2, 2))
        assert self.run(self.log.position_at(instant)) == self.model.position_at(instant)

    @rule(tenant_id=TENANTS, key=KEYS)
    def look_a_key_up(self, tenant_id: str, key: str) -> None:
        known = self.model.known_key(tenant_id, key, self.clock.now_us())
        assert self.run(self.log.append_of_key(tenant_id, key)) == known

    @rule()
    def forget_expired_keys(self) -> None:
        self.run(self.log.forget_expired_keys())
        self.model.forget_expired_keys(self.clock.now_us())

    @rule(seconds=st.sampled_from([0.000001, 1, 61, 3600]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([1, 7200]))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.clock.set_now(self.clock.now() - timedelta(seconds=seconds))

    @rule()
    def the_subscriber_comes_back(self) -> None:
        async def next_batch() -> list[RecordedEvent]:
            async for events in self.log.subscribe(after=self.subscribed_to):
                return events
            raise AssertionError("a subscription never ends")

        if self.subscribed_to < self.model.position:
            events = self.run(next_batch())
            assert events == self.model.events[self.subscribed_to :][: len(events)]
            self.subscribed_to = events[-1].position

    @rule()
    def restart(self) -> None:
        self.run(self.stop())
        self.run(self.start())

    @rule()
    def verify(self) -> None:
        report = self.run(verify(self.database))
        assert report.fault is None
        assert report.events_checked == self.model.position

    @invariant()
    def the_head_is_the_last_event(self) -> None:
        if hasattr(self, "log"):
            head = self.run(self.log.head())
            assert head.position == self.model.position
            if self.model.events:
                assert head.recorded_at == self.model.events[-1].recorded_at


def test_the_log_on_sqlite_does_what_its_model_does(tmp_path: Path) -> None:
    numbers = count()

    @contextmanager
    def fresh_url() -> Any:
        yield f"sqlite:///{tmp_path}/{next(numbers)}.db"

    _run_machine(fresh_url)


def test_the_log_on_postgresql_does_what_its_model_does(postgres: Postgres) -> None:
    _run_machine(postgres.fresh_database)


def _run_machine(fresh_url: FreshUrl) -> None:
    def machine() -> LogMachine:
        return LogMachine(fresh_url)

    run_state_machine_as_test(machine)  # type: ignore[arg-type]  # any factory will do
