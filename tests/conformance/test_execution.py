"""What phased work may rely on, whoever carries it out."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio

from tenantry.execution import Executor, ExecutorUnavailable, Outcome, Step, StepFailed
from tenantry.reliability import within
from tenantry.telemetry import EventRecord, SpanRecord, bind, subscribe
from tests.support.execution import KINDS, Kind, Script, running_executor, step, work
from tests.support.waiting import eventually


@pytest.fixture
def script() -> Script:
    return Script()


@pytest_asyncio.fixture(params=KINDS)
async def executor(request: pytest.FixtureRequest, script: Script) -> AsyncIterator[Executor]:
    kind: Kind = request.param
    async with running_executor(
        kind, script.steps, address=lambda: request.getfixturevalue("temporal")
    ) as executor:
        yield executor


async def test_essential_steps_run_in_order_and_answer(executor: Executor, script: Script) -> None:
    running = await executor.begin(work(step("answer", say=1), step("answer", say=2)))

    assert await running.essential() == [{"said": 1}, {"said": 2}]
    assert script.said() == [1, 2]
    assert await running.done() == []


async def test_long_essential_steps_are_no_other(executor: Executor) -> None:
    steps = (step("answer", say=1, is_long=True), step("fail", times=1, say=2, is_long=True))
    running = await executor.begin(work(*steps))

    assert await running.essential() == [{"said": 1}, {"said": 2}]


async def test_background_steps_wait_for_the_essential_ones(
    executor: Executor, script: Script
) -> None:
    running = await executor.begin(
        work(step("wait", gate="essential"), background=(step("answer", say="later"),))
    )
    await eventually(lambda: script.of("wait"))
    assert script.of("answer") == []

    script.open("essential")
    await running.done()

    assert script.said() == [None, "later"]


async def test_background_steps_run_side_by_side(executor: Executor, script: Script) -> None:
    gates = ("one", "two", "three")
    running = await executor.begin(
        work(step("answer"), background=tuple(step("wait", gate=gate) for gate in gates))
    )
    await running.essential()
    await eventually(lambda: len(script.of("wait")) == len(gates))

    for gate in gates:
        script.open(gate)
    assert len(await running.done()) == len(gates)


async def test_who_waits_for_the_essential_steps_does_not_wait_for_the_others(
    executor: Executor, script: Script
) -> None:
    running = await executor.begin(work(step("answer"), background=(step("wait", gate="later"),)))

    await running.essential()
    script.open("later")
    await running.done()


async def test_the_closing_step_is_told_every_outcome_in_order(
    executor: Executor, script: Script
) -> None:
    background = (
        step("wait", gate="slow", label="slow", say=1),
        step("fail", label="failing", attempts=1),
        step("answer", label="quick", say=3),
    )
    running = await executor.begin(
        work(step("answer"), background=background, closing=step("finish", run="r-1"))
    )
    await eventually(lambda: script.of("fail") and script.of("wait"))
    script.open("slow")

    expected = [
        Outcome(label="slow", result={"said": 1}),
        Outcome(label="failing", error_type="NETWORK_ERROR", message="the upstream is away"),
        Outcome(label="quick", result={"said": 3}),
    ]
    assert await running.done() == expected
    (told,) = [call.payload for call in script.of("finish")]
    assert told["run"] == "r-1"
    assert [outcome["label"] for outcome in told["outcomes"]] == ["slow", "failing", "quick"]
    assert [outcome["error_type"] for outcome in told["outcomes"]] == [None, "NETWORK_ERROR", None]


async def test_a_failed_step_is_tried_again(executor: Executor, script: Script) -> None:
    running = await executor.begin(work(step("fail", times=2, say="at last")))

    assert await running.essential() == [{"said": "at last"}]
    assert [call.attempt for call in script.of("fail")] == [1, 2, 3]


async def test_attempts_come_to_an_end(executor: Executor, script: Script) -> None:
    running = await executor.begin(work(step("fail", attempts=2)))

    with pytest.raises(StepFailed, match="the upstream is away") as caught:
        await running.essential()

    assert (caught.value.type, caught.value.is_retryable) == ("NETWORK_ERROR", True)
    assert len(script.of("fail")) == 2


async def test_background_steps_have_attempts_too(executor: Executor, script: Script) -> None:
    running = await executor.begin(
        work(step("answer"), background=(step("fail", times=1, say="again"),))
    )

    assert await running.done() == [Outcome(label="", result={"said": "again"})]
    assert [call.attempt for call in script.of("fail")] == [1, 2]


async def test_a_failure_that_is_not_retryable_ends_all_attempts(
    executor: Executor, script: Script
) -> None:
    running = await executor.begin(work(step("fail", is_retryable=False)))

    with pytest.raises(StepFailed) as caught:
        await running.essential()

    assert not caught.value.is_retryable
    assert len(script.of("fail")) == 1


async def test_the_next_attempt_comes_no_sooner_than_was_asked_for(
    executor: Executor, script: Script
) -> None:
    running = await executor.begin(work(step("fail", times=1, retry_after=0.4)))
    await running.essential()

    first, second = script.of("fail")
    assert second.at - first.at >= 0.4


async def test_what_was_asked_for_is_told_to_who_waits(executor: Executor) -> None:
    running = await executor.begin(work(step("fail", attempts=1, retry_after=7.5)))

    with pytest.raises(StepFailed) as caught:
        await running.essential()

    assert caught.value.retry_after_seconds == 7.5


async def test_an_error_without_a_name_is_tried_again_and_keeps_its_text(
    executor: Executor, script: Script
) -> None:
    running = await executor.begin(work(step("break", label="users", attempts=2, say="t-1")))

    with pytest.raises(StepFailed) as caught:
        await running.essential()

    assert caught.value.type == "ValueError"
    assert caught.value.message == "users: ValueError"
    assert len(script.of("break")) == 2


async def test_nothing_follows_an_essential_step_that_has_failed(
    executor: Executor, script: Script
) -> None:
    running = await executor.begin(
        work(
            step("fail", attempts=1),
            step("answer", say="second"),
            background=(step("answer", say="background"),),
            closing=step("finish"),
        )
    )

    for wait in (running.essential, running.done):
        with pytest.raises(StepFailed):
            await wait()
    assert script.said() == [None]


async def test_a_closing_step_that_fails_is_told_at_the_end(executor: Executor) -> None:
    running = await executor.begin(work(step("answer"), closing=step("fail", attempts=1)))

    await running.essential()
    with pytest.raises(StepFailed):
        await running.done()


async def test_a_time_out_ends_one_attempt(executor: Executor, script: Script) -> None:
    slow = step("wait", gate="never", attempts=1, label="users")
    running = await executor.begin(work(step("answer"), background=(_within(slow, seconds=0.2),)))

    (outcome,) = await running.done()

    assert (outcome.error_type, outcome.message) == ("TimeoutError", "users: TimeoutError")
    assert len(script.of("wait")) == 1


async def test_work_takes_the_place_of_work_of_the_same_id(
    executor: Executor, script: Script
) -> None:
    first_work = work(step("wait", gate="never"))
    first = await executor.begin(first_work)
    waiting = asyncio.ensure_future(first.essential())
    await eventually(lambda: script.of("wait"))

    second = await executor.begin(work(step("answer", say="second"), id=first_work.id))

    assert await second.essential() == [{"said": "second"}]
    with pytest.raises(ExecutorUnavailable) as caught:
        await asyncio.wait_for(waiting, 15)
    assert caught.value.reason == "failed"


async def test_no_step_is_begun_after_a_cancellation(executor: Executor, script: Script) -> None:
    running = await executor.begin(
        work(
            step("answer"),
            background=(step("wait", gate="never"),),
            closing=step("finish"),
        )
    )
    await eventually(lambda: script.of("wait"))

    await running.cancel("another method does it")

    with pytest.raises(ExecutorUnavailable) as caught:
        await running.done()
    assert caught.value.reason == "failed"
    assert script.of("finish") == []


async def test_a_cancellation_after_the_end_does_nothing(executor: Executor) -> None:
    running = await executor.begin(work(step("answer", say=1)))
    await running.done()

    await running.cancel("too late")

    assert await running.done() == []


async def test_who_waits_may_be_cancelled_without_harm(executor: Executor, script: Script) -> None:
    running = await executor.begin(work(step("wait", gate="open", say=1)))
    waiting = asyncio.ensure_future(running.essential())
    await eventually(lambda: script.of("wait"))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    script.open("open")

    assert await running.essential() == [{"said": 1}]


async def test_many_may_wait_for_one(executor: Executor, script: Script) -> None:
    running = await executor.begin(work(step("wait", gate="open", say=1)))
    waiting = [asyncio.ensure_future(running.essential()) for _ in range(50)]
    await eventually(lambda: script.of("wait"))

    script.open("open")

    assert await asyncio.gather(*waiting) == [[{"said": 1}]] * 50
    assert len(script.of("wait")) == 1


async def test_many_works_run_at_a_time(executor: Executor) -> None:
    begun = await asyncio.gather(*(executor.begin(work(step("answer", say=n))) for n in range(40)))

    answers = await asyncio.gather(*(running.essential() for running in begun))

    assert answers == [[{"said": n}] for n in range(40)]


async def test_a_step_belongs_to_the_work_and_not_to_who_began_it(
    executor: Executor, script: Script
) -> None:
    told = work(step("answer"), background=(step("answer"),), closing=step("finish"))
    with bind(correlation_id="a-request", tenant_id="another"), within(0.001):
        running = await executor.begin(told)
    await running.done()

    bound = {(call.correlation_id, call.tenant_id) for call in script.calls}
    assert len(script.calls) == 3
    assert bound == {(told.correlation_id, "acme")}


async def test_every_attempt_is_a_span(executor: Executor) -> None:
    told = work(step("fail", times=1, label="users"))
    spans: list[SpanRecord] = []

    def listen(record: SpanRecord | EventRecord) -> None:
        if isinstance(record, SpanRecord) and record.name == "tenantry.execution.step":
            spans.append(record)

    unsubscribe = subscribe(listen)
    await (await executor.begin(told)).done()
    unsubscribe()

    seen = [record for record in spans if record.context.correlation_id == told.correlation_id]
    assert [dict(record.attributes) for record in seen] == [
        {"step": "fail", "label": "users", "attempt": 1},
        {"step": "fail", "label": "users", "attempt": 2},
    ]
    assert [record.context.tenant_id for record in seen] == ["acme", "acme"]
    assert [isinstance(record.error, StepFailed) for record in seen] == [True, False]


def _within(slow: Step, *, seconds: float) -> Step:
    return msgspec.structs.replace(slow, timeout_seconds=seconds)
