"""A source behind its breaker: what counts, what is refused, and who tries when it may be back."""

import asyncio
from collections.abc import Callable

import pytest

from tenantry.reliability import CircuitBreaker
from tenantry.sync.errors import (
    AuthError,
    LeftAlone,
    NetworkError,
    SyncError,
    SyncTimeout,
    ValidationError,
)
from tenantry.sync.model import Collection, CollectionCheck, Position, SourcePage
from tenantry.sync.remote import OpenSource, open_guarded, source_breaker
from tenantry.sync.remote.guarded import FAILURES, RECOVERY_SECONDS
from tenantry.sync.service.failures import step_failure
from tenantry.testing import FakeClock
from tests.support.waiting import eventually

USERS = Collection(name="users", phase="essential", key=("id",))
FIRST = Position()
PAGE = SourcePage(rows=[])

MakeError = Callable[[], Exception]


class Source:
    """Answers, or fails, as it is told; keeps how often it was asked."""

    def __init__(self) -> None:
        self.error: MakeError | None = None
        self.count = 0
        self.is_closed = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self, collection: Collection, position: Position) -> SourcePage:
        assert (collection, position) == (USERS, FIRST)
        self.count += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error()
        return PAGE

    async def check(self) -> tuple[CollectionCheck, ...]:
        return (CollectionCheck(collection="users", is_ok=True),)

    async def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def breaker(clock: FakeClock) -> CircuitBreaker:
    return source_breaker("sync-source:acme", clock=clock)


async def guarded(source: Source, breaker: CircuitBreaker, clock: FakeClock) -> OpenSource:
    async def open_source() -> OpenSource:
        return source

    return await open_guarded(open_source, breaker=breaker, clock=clock)


async def fail(reader: OpenSource, times: int) -> None:
    for _ in range(times):
        with pytest.raises(SyncError):
            await reader.fetch(USERS, FIRST)


async def test_a_source_that_fails_again_and_again_is_left_alone(
    source: Source, breaker: CircuitBreaker, clock: FakeClock
) -> None:
    reader = await guarded(source, breaker, clock)
    source.error = lambda: NetworkError("got 502")
    await fail(reader, FAILURES)

    with pytest.raises(LeftAlone) as refused:
        await reader.fetch(USERS, FIRST)
    assert source.count == FAILURES
    assert refused.value.type == "NETWORK_ERROR"
    assert refused.value.retry_after_seconds == RECOVERY_SECONDS
    with pytest.raises(LeftAlone):
        await guarded(source, breaker, clock)


async def test_no_attempt_follows_on_a_refusal_and_a_caller_may_come_again() -> None:
    refused = LeftAlone("later", retry_after_seconds=9)

    failed = step_failure(refused, patience_seconds=20)
    assert (failed.type, failed.is_retryable) == ("NETWORK_ERROR", False)
    assert failed.retry_after_seconds == 9
    assert refused.details == {"errorType": "NETWORK_ERROR", "retryable": True}
    assert step_failure(NetworkError("now"), patience_seconds=20).is_retryable


@pytest.mark.parametrize("error", [AuthError("no"), ValidationError("wrong"), KeyError("bug")])
async def test_what_is_no_outage_does_not_count(
    source: Source, breaker: CircuitBreaker, clock: FakeClock, error: Exception
) -> None:
    reader = await guarded(source, breaker, clock)
    source.error = lambda: error
    for _ in range(FAILURES * 2):
        with pytest.raises(type(error)):
            await reader.fetch(USERS, FIRST)

    assert breaker.state == "closed"


async def test_a_time_out_counts(source: Source, breaker: CircuitBreaker, clock: FakeClock) -> None:
    reader = await guarded(source, breaker, clock)
    source.error = lambda: SyncTimeout("too late")
    await fail(reader, FAILURES)

    assert breaker.state == "open"


async def test_a_source_that_cannot_be_opened_counts(
    breaker: CircuitBreaker, clock: FakeClock
) -> None:
    async def open_source() -> OpenSource:
        raise NetworkError("no such host")

    for _ in range(FAILURES):
        with pytest.raises(NetworkError, match="no such host"):
            await open_guarded(open_source, breaker=breaker, clock=clock)

    with pytest.raises(LeftAlone):
        await open_guarded(open_source, breaker=breaker, clock=clock)


async def test_one_tries_and_those_beside_it_wait_for_what_it_comes_to(
    source: Source, breaker: CircuitBreaker, clock: FakeClock
) -> None:
    reader = await guarded(source, breaker, clock)
    source.error = lambda: NetworkError("got 502")
    await fail(reader, FAILURES)
    clock.advance(RECOVERY_SECONDS)
    source.error, source.count = None, 0
    source.gate.clear()

    reader = await guarded(source, breaker, clock)
    readers = [asyncio.create_task(reader.fetch(USERS, FIRST)) for _ in range(5)]
    await eventually(lambda: clock.sleeper_count == 4)
    assert source.count == 1
    source.gate.set()
    await asyncio.wait({readers[0]})
    clock.advance(0.02)

    assert await asyncio.gather(*readers) == [PAGE] * 5
    assert breaker.state == "closed"


async def test_where_it_fails_again_those_beside_it_are_refused(
    source: Source, breaker: CircuitBreaker, clock: FakeClock
) -> None:
    reader = await guarded(source, breaker, clock)
    source.error = lambda: NetworkError("got 502")
    await fail(reader, FAILURES)
    clock.advance(RECOVERY_SECONDS)
    source.count = 0

    ended = asyncio.gather(*(reader.fetch(USERS, FIRST) for _ in range(5)), return_exceptions=True)
    await eventually(lambda: clock.sleeper_count == 4 or ended.done())
    clock.advance(0.02)

    kinds = [type(error) for error in await ended]
    assert source.count == 1
    assert sorted(kind.__name__ for kind in kinds) == ["LeftAlone"] * 4 + ["NetworkError"]


async def test_an_operator_holds_it_open_closed_or_disabled(
    source: Source, breaker: CircuitBreaker, clock: FakeClock
) -> None:
    breaker.force_open()
    with pytest.raises(LeftAlone):
        await guarded(source, breaker, clock)

    source.error = lambda: NetworkError("got 502")
    breaker.force_closed()
    await fail(await guarded(source, breaker, clock), FAILURES * 2)
    breaker.disable()
    await fail(await guarded(source, breaker, clock), FAILURES * 2)
    assert source.count == FAILURES * 4


async def test_a_check_goes_past_it_and_a_close_reaches_the_source(
    source: Source, breaker: CircuitBreaker, clock: FakeClock
) -> None:
    reader = await guarded(source, breaker, clock)
    breaker.force_open()

    assert (await reader.check())[0].is_ok
    await reader.close()
    assert source.is_closed
