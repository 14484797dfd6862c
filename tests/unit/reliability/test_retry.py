"""Calling again: when, how often, and when not."""

import asyncio

import pytest

from tenantry.base.errors import Invalid, NotFound, Unavailable
from tenantry.reliability import BreakerOpen, RateLimited, Retry, RetryBudget, is_transient, within
from tenantry.telemetry import EventRecord, SpanRecord
from tenantry.testing import FakeClock


class Work:
    """Fails with these errors, one at a time, and then is done."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    async def later(self) -> str:
        return self()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def failing(times: int) -> Work:
    return Work(*(ConnectionError(f"{number}") for number in range(times)))


def retry_on(clock: FakeClock, slept: list[float], **options: object) -> Retry:
    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)

    settings = {"chance": lambda: 1.0, "clock": clock, "sleep": sleep, **options}
    return Retry(**settings)  # type: ignore[arg-type]  # made of parts


def test_what_succeeds_is_called_once(clock: FakeClock) -> None:
    work, slept = Work(), list[float]()

    assert retry_on(clock, slept).call(work) == "done"
    assert (work.calls, slept) == (1, [])


def test_pauses_double_up_to_a_cap(clock: FakeClock) -> None:
    slept: list[float] = []
    retry = retry_on(clock, slept, attempts=7, first_seconds=0.1, most_seconds=1.0)

    assert retry.call(failing(6)) == "done"
    assert slept == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0, 1.0])


@pytest.mark.parametrize("chance", [0.0, 0.25, 1.0])
def test_a_pause_is_drawn_from_nought_to_its_most(chance: float, clock: FakeClock) -> None:
    slept: list[float] = []

    retry_on(clock, slept, chance=lambda: chance, first_seconds=2.0).call(failing(1))

    assert slept == [2.0 * chance]


def test_the_last_attempt_is_the_last(clock: FakeClock) -> None:
    work = failing(9)

    with pytest.raises(ConnectionError, match="2"):
        retry_on(clock, [], attempts=3).call(work)
    assert work.calls == 3


def test_what_the_error_asks_for_is_the_least(clock: FakeClock) -> None:
    slept: list[float] = []

    retry_on(clock, slept).call(Work(Unavailable("later", retry_after_seconds=7.0)))

    assert slept == [7.0]


def test_a_pause_beyond_the_deadline_is_the_end(clock: FakeClock) -> None:
    work = Work(Unavailable("later", retry_after_seconds=7.0))
    slept: list[float] = []

    with within(7.0, clock=clock), pytest.raises(Unavailable, match="later"):
        retry_on(clock, slept).call(work)
    assert (work.calls, slept) == (1, [])


@pytest.mark.parametrize(
    "error", [NotFound("no"), ValueError("bug"), BreakerOpen("open"), RateLimited("too many")]
)
def test_what_would_fail_again_or_was_refused_is_not_repeated(
    error: Exception, clock: FakeClock
) -> None:
    work = Work(error)

    with pytest.raises(type(error)):
        retry_on(clock, []).call(work)
    assert work.calls == 1


def test_another_rule_may_say_what_is_repeated(clock: FakeClock) -> None:
    retry = retry_on(clock, [], is_transient=lambda error: isinstance(error, ValueError))

    assert retry.call(Work(ValueError("again"))) == "done"


def test_time_outs_and_lost_connections_are_transient() -> None:
    errors = [TimeoutError(), ConnectionResetError(), Unavailable("later"), OSError("disk")]

    assert [is_transient(error) for error in errors] == [True, True, True, False]


def test_an_outage_does_not_multiply_the_calls(clock: FakeClock) -> None:
    budget = RetryBudget(ratio=0.1, most=5)
    retry = retry_on(clock, [], attempts=4, budget=budget)
    works = [failing(9) for _ in range(1_000)]

    for work in works:
        with pytest.raises(ConnectionError):
            retry.call(work)

    assert sum(work.calls for work in works) <= 1_000 * 1.1 + 5


def test_a_budget_fills_up_again_and_no_higher() -> None:
    budget = RetryBudget(ratio=0.5, most=2)

    assert [budget.take() for _ in range(3)] == [True, True, False]
    budget.add()
    assert not budget.take()
    budget.add()
    assert budget.take()
    for _ in range(100):
        budget.add()
    assert budget.tokens == 2


async def test_an_async_call_waits_on_its_clock(clock: FakeClock) -> None:
    work = failing(1)
    call = asyncio.create_task(retry_on(clock, []).acall(work.later))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (work.calls, clock.sleeper_count) == (1, 1)

    clock.advance(0.1)
    assert await call == "done"


async def test_calls_at_once_do_not_count_each_others_attempts(clock: FakeClock) -> None:
    retry = retry_on(clock, [], attempts=3, chance=lambda: 0.0)
    works = [failing(2) for _ in range(50)]

    assert await asyncio.gather(*(retry.acall(work.later) for work in works)) == ["done"] * 50
    assert {work.calls for work in works} == {3}


def test_retries_and_giving_up_are_told(
    clock: FakeClock, told: list[EventRecord | SpanRecord]
) -> None:
    with pytest.raises(ConnectionError):
        retry_on(clock, [], attempts=2).call(failing(9))

    assert [(record.name, record.attributes["attempt"]) for record in told] == [
        ("tenantry.reliability.retried", 1),
        ("tenantry.reliability.given_up", 2),
    ]
    assert told[-1].attributes["reason"] == "attempts"
    # What an error says may hold what nobody else may read.
    assert {record.attributes["error"] for record in told} == {"ConnectionError"}


@pytest.mark.parametrize(
    "wrong", [{"attempts": 0}, {"first_seconds": 0}, {"first_seconds": 9.0, "most_seconds": 1.0}]
)
def test_a_retry_of_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Invalid, match="wants"):
        Retry(**wrong)  # type: ignore[arg-type]  # that is what is refused


@pytest.mark.parametrize("wrong", [{"ratio": -1}, {"most": 0}])
def test_a_budget_of_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Invalid, match="wants"):
        RetryBudget(**wrong)
