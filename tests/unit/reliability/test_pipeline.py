"""All guards of one dependency, in their order."""

import asyncio
import subprocess
import sys

import pytest

from tenantry.base.errors import Invalid
from tenantry.reliability import (
    BreakerOpen,
    Bulkhead,
    CircuitBreaker,
    DeadlineExceeded,
    Ok,
    Pipeline,
    RateLimited,
    RateLimiter,
    Retry,
    current_deadline,
)
from tenantry.telemetry import EventRecord, SpanRecord
from tenantry.testing import FakeClock


class Work:
    """Fails so many times, and is done after that."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise ConnectionError(f"{self.calls}")
        return "done"

    async def later(self) -> str:
        return self()


async def hang() -> None:
    await asyncio.Event().wait()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def pipeline_on(clock: FakeClock, **options: object) -> Pipeline:
    guards = {
        "deadline_seconds": 60.0,
        "bulkhead": Bulkhead("api", max_concurrent=1, max_waiting=0),
        "limiter": RateLimiter("api", limit=3, clock=clock),
        "retry": Retry(attempts=3, clock=clock, sleep=clock.advance, chance=lambda: 0.0),
        "breaker": CircuitBreaker("api", failure_threshold=4, clock=clock),
        "timeout_seconds": 5.0,
        "clock": clock,
        **options,
    }
    return Pipeline("api", **guards)  # type: ignore[arg-type]  # made of parts


async def test_without_guards_it_only_calls() -> None:
    bare = Pipeline("bare")

    assert bare.call(Work()) == "done"
    assert await bare.acall(Work().later) == "done"


async def test_with_all_guards_what_goes_well_goes_well(clock: FakeClock) -> None:
    pipeline = pipeline_on(clock)

    assert pipeline.call(Work()) == "done"
    assert await pipeline.acall(Work().later) == "done"
    assert pipeline.execute(Work()) == Ok("done")


async def test_a_retried_call_is_limited_once_and_judged_each_time(clock: FakeClock) -> None:
    pipeline = pipeline_on(clock)

    assert pipeline.call(Work(2)) == "done"
    assert await pipeline.acall(Work(2).later) == "done"

    assert pipeline.limiter is not None
    assert pipeline.breaker is not None
    assert pipeline.limiter.get_status("").remaining == 1
    assert pipeline.breaker.stats().failure_count == 4


def test_a_retry_ends_when_the_breaker_opens(clock: FakeClock) -> None:
    pipeline = pipeline_on(clock, breaker=CircuitBreaker("api", failure_threshold=2, clock=clock))
    work = Work(9)

    assert isinstance(pipeline.execute(work).error, BreakerOpen)
    assert work.calls == 2


async def test_keys_are_limited_one_by_one(clock: FakeClock) -> None:
    pipeline = pipeline_on(clock)

    for _ in range(3):
        pipeline.call(Work(), key="a")
    with pytest.raises(RateLimited):
        pipeline.call(pytest.fail, key="a")
    assert isinstance((await pipeline.aexecute(hang, key="a")).error, RateLimited)
    assert pipeline.call(Work(), key="b") == "done"


async def test_an_attempt_that_takes_too_long_is_a_failure(clock: FakeClock) -> None:
    pipeline = pipeline_on(clock, timeout_seconds=0.01)

    with pytest.raises(TimeoutError):
        await pipeline.acall(hang)

    assert pipeline.breaker is not None
    assert pipeline.breaker.stats().failure_count == 3
    assert pipeline.bulkhead is not None
    assert pipeline.bulkhead.running_count == 0


async def test_a_caller_in_a_hurry_does_not_trip_the_breaker() -> None:
    breaker = CircuitBreaker("api", failure_threshold=1)
    pipeline = Pipeline("api", deadline_seconds=0.01, breaker=breaker, timeout_seconds=5.0)

    with pytest.raises(DeadlineExceeded):
        await pipeline.acall(hang)
    assert breaker.state == "closed"


def test_nothing_is_called_when_the_time_is_over(clock: FakeClock) -> None:
    retry = Retry(attempts=2, clock=clock, sleep=lambda _: clock.advance(61), chance=lambda: 0.0)
    pipeline = pipeline_on(clock, retry=retry)
    work = Work(1)

    with pytest.raises(DeadlineExceeded):
        pipeline.call(work)
    assert work.calls == 1


def test_what_is_called_knows_what_it_has_left(clock: FakeClock) -> None:
    def look() -> float:
        deadline = current_deadline()
        assert deadline is not None
        return deadline.remaining()

    assert pipeline_on(clock).call(look) == 5.0
    assert pipeline_on(clock, timeout_seconds=None).call(look) == 60.0
    assert current_deadline() is None


async def test_a_time_out_of_the_work_itself_stays_what_it_is(clock: FakeClock) -> None:
    async def give_up() -> None:
        raise TimeoutError("the peer's")

    with pytest.raises(TimeoutError, match="the peer's"):
        await pipeline_on(clock, timeout_seconds=None, retry=None).acall(give_up)


def test_everything_is_told_in_one_stream(
    clock: FakeClock, told: list[EventRecord | SpanRecord]
) -> None:
    pipeline = pipeline_on(clock, breaker=CircuitBreaker("api", failure_threshold=2, clock=clock))

    pipeline.execute(Work(9))
    for _ in range(3):
        pipeline.execute(Work())

    assert [record.name.removeprefix("tenantry.reliability.") for record in told] == [
        "retried",
        "breaker_moved",
        "retried",
        "breaker_refused",
        "call",
        "breaker_refused",
        "call",
        "breaker_refused",
        "call",
        "limited",
        "call",
    ]
    last = told[-1]
    assert isinstance(last, SpanRecord)
    assert last.attributes == {"pipeline": "api"}
    assert isinstance(last.error, RateLimited)


def test_importing_the_kit_starts_nothing_and_needs_nothing_above_it() -> None:
    code = """
import sys, threading
import tenantry.reliability
assert threading.active_count() == 1
own = {name.split(".")[1] for name in sys.modules if name.startswith("tenantry.")}
print(*sorted(own))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["base", "reliability", "telemetry"]


@pytest.mark.parametrize("wrong", [{"deadline_seconds": 0}, {"timeout_seconds": -1}])
def test_a_time_of_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Invalid, match="more than 0"):
        Pipeline("api", **wrong)  # type: ignore[arg-type]  # that is what is refused
