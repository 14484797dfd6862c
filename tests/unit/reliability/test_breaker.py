"""The circuit breaker: when it opens, whom it lets through, and what counts."""

import asyncio
import json

import msgspec
import pytest

from tenantry.base.errors import Invalid, NotFound
from tenantry.reliability import BreakerOpen, CircuitBreaker, Err, FailureRate, Ok, RateLimited
from tenantry.telemetry import EventRecord, SpanRecord, subscribe
from tenantry.testing import FakeClock

CLOCKS = {"failure_threshold": 3, "recovery_timeout": 10.0, "monitor_timeout": 5.0}


def succeed() -> str:
    return "done"


def fail() -> str:
    raise OSError("broken")


def refuse() -> str:
    raise NotFound("no such thing")


async def answer() -> str:
    return "done"


async def break_down() -> str:
    raise OSError("broken")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def state_of(breaker: CircuitBreaker) -> str:
    """Return its state now; a property that a test has looked at is settled for a type checker."""
    return breaker.state


def breaker_with(clock: FakeClock, **options: object) -> CircuitBreaker:
    return CircuitBreaker("api", **{**CLOCKS, "clock": clock, **options})  # type: ignore[arg-type]  # made of parts


def tripped(clock: FakeClock, **options: object) -> CircuitBreaker:
    breaker = breaker_with(clock, **options)
    for _ in range(3):
        breaker.execute(fail)
    assert state_of(breaker) == "open"
    return breaker


def test_it_opens_after_so_many_failures_in_a_row(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    breaker.execute(fail)
    breaker.execute(fail)
    assert state_of(breaker) == "closed"
    breaker.execute(fail)
    assert state_of(breaker) == "open"


def test_a_success_between_begins_the_row_anew(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    for work in (fail, fail, succeed, fail, fail):
        breaker.execute(work)

    assert state_of(breaker) == "closed"


def test_a_success_that_ends_after_failures_of_others_begins_the_row_anew(
    clock: FakeClock,
) -> None:
    breaker = breaker_with(clock)

    def others_fail_meanwhile() -> None:
        breaker.execute(fail)
        breaker.execute(fail)

    breaker.call(others_fail_meanwhile)
    breaker.execute(fail)
    breaker.execute(fail)

    assert state_of(breaker) == "closed"


def test_failures_count_within_the_monitored_time_only(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    breaker.execute(fail)
    clock.advance(5.001)
    breaker.execute(fail)
    breaker.execute(fail)
    assert state_of(breaker) == "closed"

    breaker.execute(fail)
    assert state_of(breaker) == "open"


def test_an_open_breaker_calls_nothing_and_says_when_to_come_again(clock: FakeClock) -> None:
    breaker = tripped(clock)
    clock.advance(4)

    with pytest.raises(BreakerOpen, match=r"api is open: come again in 6\.000 s") as refused:
        breaker.call(pytest.fail)
    assert refused.value.retry_after_seconds == 6.0
    assert refused.value.details == {"breaker": "api", "state": "open"}


def test_who_comes_again_when_told_is_let_through(clock: FakeClock) -> None:
    breaker = tripped(clock)
    refused = breaker.execute(succeed).error

    assert isinstance(refused, BreakerOpen)
    clock.advance(refused.retry_after_seconds)
    assert breaker.execute(succeed) == Ok("done")
    assert state_of(breaker) == "closed"


def test_the_first_failure_of_those_who_try_opens_it_again(clock: FakeClock) -> None:
    breaker = tripped(clock, half_open_permits=3)
    clock.advance(10)

    assert breaker.execute(succeed).is_ok()
    assert state_of(breaker) == "half-open"
    breaker.execute(fail)
    assert state_of(breaker) == "open"
    assert breaker.stats().opened_total == 2


def test_it_closes_when_all_who_try_have_succeeded(clock: FakeClock) -> None:
    breaker = tripped(clock, half_open_permits=2)
    clock.advance(10)

    breaker.execute(succeed)
    assert state_of(breaker) == "half-open"
    breaker.execute(succeed)
    assert state_of(breaker) == "closed"


def test_half_open_lets_exactly_one_request_through(clock: FakeClock) -> None:
    breaker = tripped(clock)
    clock.advance(10)

    with breaker.guard():
        outcomes = [breaker.execute(succeed) for _ in range(100)]

    assert all(isinstance(outcome.error, BreakerOpen) for outcome in outcomes)
    assert breaker.execute(succeed) == Ok("done")


def test_a_success_that_began_before_the_trip_does_not_close_it(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    with breaker.guard():
        for _ in range(3):
            breaker.execute(fail)
    assert state_of(breaker) == "open"


def test_a_result_from_before_the_trip_decides_nothing_while_others_try(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    with breaker.guard():
        for _ in range(3):
            breaker.execute(fail)
        clock.advance(10)
        trying = breaker.guard()
        trying.__enter__()
    assert state_of(breaker) == "half-open"

    trying.__exit__(None, None, None)
    assert state_of(breaker) == "closed"


def test_who_tries_and_never_answers_is_given_up(clock: FakeClock) -> None:
    breaker = tripped(clock)
    clock.advance(10)
    lost = breaker.guard()
    lost.__enter__()

    clock.advance(10)
    assert breaker.execute(succeed).is_ok()
    assert state_of(breaker) == "closed"

    lost.__exit__(OSError, OSError("late"), None)
    assert state_of(breaker) == "closed"


def test_what_is_no_failure_is_not_counted(clock: FakeClock) -> None:
    by_kind = breaker_with(clock, ignored=(NotFound,))
    by_question = breaker_with(clock, is_failure=lambda error: not isinstance(error, NotFound))

    for breaker in (by_kind, by_question):
        for _ in range(10):
            assert isinstance(breaker.execute(refuse).error, NotFound)
        assert state_of(breaker) == "closed"
        assert breaker.stats().failure_count == 0


def test_what_another_guard_has_refused_is_not_counted(clock: FakeClock) -> None:
    breaker = breaker_with(clock, failure_threshold=1)

    with pytest.raises(RateLimited), breaker.guard():
        raise RateLimited("not now")

    assert state_of(breaker) == "closed"


def test_who_tries_and_proves_nothing_gives_the_permit_back(clock: FakeClock) -> None:
    breaker = tripped(clock, ignored=(NotFound,))
    clock.advance(10)

    breaker.execute(refuse)
    assert state_of(breaker) == "half-open"
    assert breaker.execute(succeed).is_ok()
    assert state_of(breaker) == "closed"


async def test_a_cancelled_call_gives_its_permit_back(clock: FakeClock) -> None:
    breaker = tripped(clock)
    clock.advance(10)
    trying = asyncio.create_task(breaker.acall(asyncio.Event().wait))
    await asyncio.sleep(0)
    assert breaker.execute(succeed).is_err()

    trying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trying
    assert breaker.execute(succeed).is_ok()


def test_a_rate_of_the_last_calls_opens_it(clock: FakeClock) -> None:
    breaker = breaker_with(clock, failure_rate=FailureRate(rate=0.5, calls=4, least_calls=4))

    for work in (fail, succeed, fail):
        breaker.execute(work)
    assert state_of(breaker) == "closed"
    breaker.execute(succeed)
    assert state_of(breaker) == "open"


def test_calls_that_are_too_long_ago_leave_the_rate(clock: FakeClock) -> None:
    rule = FailureRate(rate=0.5, seconds=10, least_calls=3)
    breaker = breaker_with(clock, failure_rate=rule)

    breaker.execute(fail)
    breaker.execute(fail)
    clock.advance(10)
    for work in (succeed, succeed, fail):
        breaker.execute(work)

    assert state_of(breaker) == "closed"


def test_slow_successes_open_it(clock: FakeClock) -> None:
    rule = FailureRate(calls=4, least_calls=4, slow_seconds=2.0, slow_rate=0.5)
    breaker = breaker_with(clock, failure_rate=rule)

    for seconds in (1.9, 2.0, 0.1, 2.5):
        breaker.call(clock.advance, seconds)

    assert state_of(breaker) == "open"
    assert breaker.stats().success_count == 4


def test_an_operator_holds_it_open(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    breaker.force_open()
    clock.advance(1e6)

    assert isinstance(breaker.execute(succeed).error, BreakerOpen)
    assert (state_of(breaker), breaker.override) == ("open", "open")
    assert breaker.stats().next_attempt_at is None


def test_an_override_ends_by_itself(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    breaker.force_open(seconds=60)
    clock.advance(59)
    assert breaker.execute(succeed).is_err()
    clock.advance(1)
    assert breaker.execute(succeed).is_ok()
    assert (state_of(breaker), breaker.override) == ("closed", None)


def test_an_operator_holds_it_closed(clock: FakeClock) -> None:
    breaker = tripped(clock)

    breaker.force_closed(seconds=60)
    for _ in range(10):
        assert isinstance(breaker.execute(fail).error, OSError)
    assert state_of(breaker) == "closed"

    clock.advance(60)
    for _ in range(3):
        breaker.execute(fail)
    assert state_of(breaker) == "open"


def test_a_disabled_breaker_counts_and_refuses_nobody(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    breaker.disable()
    outcomes = [breaker.execute(fail) for _ in range(10)]

    assert all(isinstance(outcome.error, OSError) for outcome in outcomes)
    assert (state_of(breaker), breaker.override) == ("open", "disabled")
    assert breaker.stats().failure_count == 10


def test_a_reset_forgets_everything(clock: FakeClock) -> None:
    breaker = tripped(clock)
    breaker.force_open()

    breaker.reset()

    assert breaker.execute(succeed).is_ok()
    assert breaker.override is None
    assert breaker.stats().failure_count == 0
    assert breaker.stats().opened_total == 0


def test_the_documented_figures_are_there_in_python_and_in_json(clock: FakeClock) -> None:
    breaker = breaker_with(clock)
    breaker.execute(succeed)
    clock.advance(1)
    for _ in range(3):
        breaker.execute(fail)
    failed_at = clock.now_us() // 1000
    clock.advance(2)

    stats = breaker.stats()

    assert (stats.failure_count, stats.success_count) == (3, 1)
    assert json.loads(msgspec.json.encode(stats)) == {
        "state": "open",
        "failureCount": 3,
        "successCount": 1,
        "lastFailureTime": failed_at,
        "nextAttemptAt": failed_at + 10_000,
        "openedTotal": 1,
    }


def test_half_open_is_written_with_a_hyphen(clock: FakeClock) -> None:
    breaker = tripped(clock, half_open_permits=2)
    clock.advance(10)
    breaker.execute(succeed)

    assert b'"state":"half-open"' in msgspec.json.encode(breaker.stats())


def test_a_wall_clock_that_is_set_back_changes_no_decision(clock: FakeClock) -> None:
    breaker = tripped(clock)
    clock.set_now(clock.now().replace(year=1999))
    clock.advance(10)

    assert breaker.execute(succeed).is_ok()


def test_a_failure_is_counted_once(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    breaker.execute(fail)

    assert breaker.stats().failure_count == 1
    assert breaker.stats().success_count == 0


async def test_an_async_call_goes_the_same_ways(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    assert await breaker.acall(answer) == "done"
    assert await breaker.execute(answer) == Ok("done")
    for _ in range(3):
        outcome = await breaker.aexecute(break_down)
        assert isinstance(outcome.error, OSError)
    with pytest.raises(BreakerOpen):
        await breaker.acall(answer)
    assert isinstance((await breaker.execute(answer)).error, BreakerOpen)


async def test_a_late_async_success_does_not_close_it(clock: FakeClock) -> None:
    breaker = breaker_with(clock)
    gate = asyncio.Event()
    slow = asyncio.create_task(breaker.acall(gate.wait))
    await asyncio.sleep(0)
    for _ in range(3):
        await breaker.aexecute(break_down)

    gate.set()
    await slow

    assert state_of(breaker) == "open"


def test_a_coroutine_that_nobody_would_await_is_a_mistake(clock: FakeClock) -> None:
    breaker = breaker_with(clock)

    def hidden() -> object:
        return answer()

    with pytest.raises(TypeError, match="aexecute"):
        breaker.execute(hidden)


async def test_a_decorated_function_goes_through_it(clock: FakeClock) -> None:
    breaker = breaker_with(clock, failure_threshold=1)
    add = breaker(lambda left, right: left + right)
    broken = breaker(break_down)

    assert add(1, right=2) == 3
    with pytest.raises(OSError, match="broken"):
        await broken()
    with pytest.raises(BreakerOpen):
        add(1, 2)
    with pytest.raises(BreakerOpen):
        await broken()
    assert broken.__name__ == "break_down"


async def test_a_block_counts_as_a_call(clock: FakeClock) -> None:
    breaker = breaker_with(clock, failure_threshold=2)

    with pytest.raises(OSError, match="broken"), breaker.guard():
        fail()
    with pytest.raises(OSError, match="broken"):
        async with breaker.guard():
            await break_down()

    with pytest.raises(BreakerOpen), breaker.guard():
        pytest.fail("it is open")


def test_every_move_and_refusal_is_told(clock: FakeClock) -> None:
    told: list[EventRecord | SpanRecord] = []
    stop = subscribe(told.append)
    try:
        breaker = tripped(clock)
        breaker.execute(succeed)
        clock.advance(10)
        breaker.execute(succeed)
    finally:
        stop()

    assert [
        (record.name.removeprefix("tenantry.reliability."), record.attributes.get("after"))
        for record in told
    ] == [
        ("breaker_moved", "open"),
        ("breaker_refused", None),
        ("breaker_moved", "half-open"),
        ("breaker_moved", "closed"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"failure_threshold": 0},
        {"recovery_timeout": 0},
        {"monitor_timeout": -1},
        {"half_open_permits": 0},
    ],
)
def test_a_breaker_of_no_sense_is_refused(wrong: dict[str, float], clock: FakeClock) -> None:
    with pytest.raises(Invalid, match="wants"):
        breaker_with(clock, **wrong)


@pytest.mark.parametrize(
    "wrong", [{"rate": 0}, {"rate": 1.1}, {"least_calls": 101}, {"seconds": 0}, {"slow_seconds": 0}]
)
def test_a_rate_of_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Invalid, match="wants"):
        FailureRate(**wrong)  # type: ignore[arg-type]  # that is what is refused


def test_an_override_must_last(clock: FakeClock) -> None:
    with pytest.raises(Invalid, match="seconds"):
        breaker_with(clock).force_open(seconds=0)


def test_an_outcome_has_the_error_itself(clock: FakeClock) -> None:
    match breaker_with(clock).execute(fail):
        case Err(OSError() as error):
            assert str(error) == "broken"
        case other:
            pytest.fail(f"{other}")
