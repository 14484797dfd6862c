"""What Temporal remembers: it can be gone on with by this build, and says nothing it must not."""

import asyncio
import contextlib

import msgspec
import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.worker import Replayer

from tenantry.execution import ExecutorUnavailable, Payload, StepContext, StepFailed, Work
from tenantry.execution.temporal import TemporalConnection, TemporalExecutor, history
from tenantry.execution.temporal.context import ContextInterceptor
from tenantry.execution.temporal.converter import CONVERTER
from tenantry.execution.temporal.worker import RUNNER
from tenantry.execution.temporal.workflow import PhasedWorkflow
from tenantry.reliability import CircuitBreaker
from tests.support.execution import (
    Script,
    own_task_queue,
    running_executor,
    running_worker,
    step,
    work,
)
from tests.support.recorded import CASES, recorded
from tests.support.waiting import eventually


@pytest.mark.parametrize("case", CASES)
async def test_a_recorded_history_replays(case: str) -> None:
    replayer = Replayer(
        workflows=[PhasedWorkflow],
        workflow_runner=RUNNER,
        interceptors=[ContextInterceptor()],
        data_converter=CONVERTER,
    )

    await replayer.replay_workflow(recorded(case))


@pytest.mark.parametrize(
    "told, status",
    [
        (work(step("answer")), WorkflowExecutionStatus.COMPLETED),
        (work(step("fail", attempts=1)), WorkflowExecutionStatus.FAILED),
        (work(step("break", attempts=1, say="x")), WorkflowExecutionStatus.FAILED),
        (
            work(step("answer"), background=(step("fail", attempts=1),)),
            WorkflowExecutionStatus.COMPLETED,
        ),
        (work(step("answer"), closing=step("fail", attempts=1)), WorkflowExecutionStatus.FAILED),
    ],
    ids=["success", "essential", "unnamed", "background", "closing"],
)
async def test_the_server_shows_a_failure_as_one(
    temporal: str, told: Work, status: WorkflowExecutionStatus
) -> None:
    async with running_executor("temporal", Script().steps, address=lambda: temporal) as executor:
        running = await executor.begin(told)
        with contextlib.suppress(StepFailed):
            await running.done()

    client = await TemporalConnection(address=temporal).client()
    described = await client.get_workflow_handle(told.id, run_id=running.run_id).describe()
    assert described.status == status


async def test_workflows_are_found_by_their_correlation_id(temporal: str) -> None:
    told = work(step("answer"))
    async with running_executor("temporal", Script().steps, address=lambda: temporal) as executor:
        running = await executor.begin(told)
        await running.done()
    client = await TemporalConnection(address=temporal).client()

    async def found() -> list[str]:
        query = f"CorrelationId = '{told.correlation_id}' AND WorkflowId = '{told.id}'"
        return [listed.run_id async for listed in client.list_workflows(query)]

    assert await eventually(found) == [running.run_id]
    described = await client.get_workflow_handle(told.id).describe()
    assert await described.memo() == {"CorrelationId": told.correlation_id}


async def test_no_secret_that_a_step_stumbled_upon_is_remembered(temporal: str) -> None:
    secret = "token-5f0c"
    script = Script()

    def read_row() -> None:
        raise KeyError(f"row of alice, {secret}")

    async def stumble(_context: StepContext, _payload: Payload) -> Payload:
        try:
            read_row()
        except KeyError as error:
            raise ValueError(f"cannot read {secret}") from error
        return {}

    async def name_it(_context: StepContext, _payload: Payload) -> Payload:
        try:
            read_row()
        except KeyError as error:
            raise StepFailed("the row is wrong", type="VALIDATION", is_retryable=False) from error
        return {}

    steps = {**script.steps, "stumble": stumble, "name": name_it}
    told = work(
        step("answer"),
        step("stumble", attempts=2),
        background=(step("stumble", attempts=2), step("name")),
    )
    also = work(step("answer"), background=told.background)
    async with running_executor("temporal", steps, address=lambda: temporal) as executor:
        kept = []
        for each in (told, also):
            running = await executor.begin(each)
            with contextlib.suppress(StepFailed):
                await running.done()
            client = await TemporalConnection(address=temporal).client()
            handle = client.get_workflow_handle(each.id, run_id=running.run_id)
            kept.append((await handle.fetch_history()).to_json())

    for text in kept:
        assert "ValueError" in text
        assert secret not in text
        assert "alice" not in text


async def test_one_question_is_asked_however_many_wait(temporal: str) -> None:
    script = Script()
    async with running_executor(
        "temporal_elsewhere", script.steps, address=lambda: temporal
    ) as executor:
        running = await executor.begin(work(step("wait", gate="open", say=1)))
        waiting = [asyncio.ensure_future(running.essential()) for _ in range(30)]
        await eventually(lambda: script.of("wait"))
        script.open("open")
        await asyncio.gather(*waiting)
        await running.done()

    assert running.workflow_id is not None
    assert running.run_id is not None
    events = await history(
        TemporalConnection(address=temporal), running.workflow_id, running.run_id
    )
    accepted = [event for event in events if event.type == "workflow_execution_update_accepted"]
    assert len(accepted) <= 1


async def test_a_timeline_names_steps_attempts_and_errors(temporal: str) -> None:
    told = work(
        step("fail", times=1),
        step("answer", is_long=True, say="secret"),
        background=(step("fail", attempts=1),),
    )
    async with running_executor("temporal", Script().steps, address=lambda: temporal) as executor:
        running = await executor.begin(told)
        await running.done()

    events = await history(TemporalConnection(address=temporal), told.id, running.run_id or "")

    assert [(event.type, event.detail) for event in events if event.detail] == [
        ("marker_recorded", "fail attempt 2"),
        ("activity_task_scheduled", "answer"),
        ("activity_task_started", "answer attempt 1"),
        ("activity_task_completed", "answer"),
        ("activity_task_scheduled", "fail"),
        ("activity_task_started", "fail attempt 1"),
        ("activity_task_failed", "fail NETWORK_ERROR"),
    ]
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert b"secret" not in msgspec.json.encode(events)


async def test_the_timeline_of_a_forgotten_run_is_empty(temporal: str) -> None:
    connection = TemporalConnection(address=temporal)

    assert await history(connection, "nobody-knows", "01a21903-9374-752d-81d0-d2d9633ec4de") == []


async def test_a_workflow_stays_with_the_build_that_began_it(temporal: str) -> None:
    script = Script()
    connection = TemporalConnection(address=temporal)
    queue = own_task_queue()
    executor = TemporalExecutor(
        connection=connection, breaker=CircuitBreaker("temporal"), task_queue=queue
    )
    later = Script()
    later.open("open")
    newer = {**later.steps, "another": later.steps["answer"]}
    async with running_worker(connection, script.steps, task_queue=queue):
        old = await executor.begin(work(step("answer"), background=(step("wait", gate="open"),)))
        await eventually(lambda: script.of("wait"))
        newer_connection = TemporalConnection(address=temporal)
        async with running_worker(newer_connection, newer, task_queue=queue):
            elsewhere = TemporalExecutor(
                connection=TemporalConnection(address=temporal),
                breaker=CircuitBreaker("temporal"),
                task_queue=queue,
            )

            async def is_taken_by_the_newer() -> bool:
                new = await elsewhere.begin(work(step("answer", say="new")))
                await new.done()
                return "new" in later.said()

            # Each partition of the task queue hears of the newer build in its own time.
            await eventually(is_taken_by_the_newer)
            script.open("open")
            await old.done()

    assert later.said() == ["new"]
    assert [said for said in script.said() if said != "new"] == [None, None]


async def test_a_worker_whose_build_is_the_only_one_left_becomes_current(temporal: str) -> None:
    script = Script()
    queue = own_task_queue()
    connection = TemporalConnection(address=temporal)
    newer = {**script.steps, "another": script.steps["answer"]}
    async with running_worker(TemporalConnection(address=temporal), newer, task_queue=queue):
        pass
    async with running_worker(connection, script.steps, task_queue=queue):
        executor = TemporalExecutor(
            connection=TemporalConnection(address=temporal),
            breaker=CircuitBreaker("temporal"),
            task_queue=queue,
        )
        running = await executor.begin(work(step("answer", say=1)))

        assert await running.essential() == [{"said": 1}]


async def test_a_refusal_by_the_server_is_no_outage(temporal: str) -> None:
    breaker = CircuitBreaker("temporal", failure_threshold=1)
    executor = TemporalExecutor(
        connection=TemporalConnection(address=temporal),
        breaker=breaker,
        task_queue=own_task_queue(),
    )
    too_large = work(step("answer", say="x" * 3_000_000))

    with pytest.raises(ExecutorUnavailable) as caught:
        await executor.begin(too_large)

    assert caught.value.reason == "failed"
    assert breaker.state == "closed"
