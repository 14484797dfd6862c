import asyncio

import pytest

from tenantry.base.errors import Invalid
from tenantry.execution import Backoff, ExecutorUnavailable, InlineExecutor
from tenantry.testing import FakeClock
from tests.support.execution import Script, step, work
from tests.support.waiting import eventually


async def test_a_stop_cancels_what_is_under_way_and_tells_who_waits() -> None:
    script = Script()
    executor = InlineExecutor(steps=script.steps)
    await executor.start()
    running = await executor.begin(work(step("wait", gate="never")))
    waiting = asyncio.ensure_future(running.essential())
    await eventually(lambda: script.of("wait"))

    await executor.stop()

    assert script.cancelled == ["never"]
    with pytest.raises(ExecutorUnavailable, match="stopped"):
        await waiting


async def test_nothing_is_begun_while_it_is_stopped() -> None:
    executor = InlineExecutor(steps=Script().steps)

    with pytest.raises(ExecutorUnavailable, match="stopped") as caught:
        await executor.begin(work(step("answer")))

    assert caught.value.reason == "stopped"


async def test_a_step_that_nobody_registered_is_refused_at_once() -> None:
    executor = InlineExecutor(steps=Script().steps)
    await executor.start()

    with pytest.raises(Invalid, match="unheard"):
        await executor.begin(work(step("answer"), closing=step("unheard")))

    await executor.stop()


async def test_pauses_are_slept_on_the_clock_that_was_given() -> None:
    script, clock = Script(), FakeClock()
    executor = InlineExecutor(
        steps=script.steps,
        clock=clock,
        backoff=Backoff(first_seconds=8, most_seconds=60, chance=lambda: 1.0),
    )
    await executor.start()
    running = await executor.begin(work(step("fail", times=1, say=1)))
    await eventually(lambda: clock.sleeper_count)

    clock.advance(7.9)
    assert len(script.calls) == 1
    clock.advance(0.1)

    assert await running.essential() == [{"said": 1}]
    await executor.stop()


async def test_a_cancellation_reaches_the_step_and_is_waited_for() -> None:
    script = Script()
    executor = InlineExecutor(steps=script.steps)
    await executor.start()
    running = await executor.begin(work(step("wait", gate="never")))
    await eventually(lambda: script.of("wait"))

    await running.cancel("another method does it")

    assert script.cancelled == ["never"]
    with pytest.raises(ExecutorUnavailable, match="another method does it"):
        await running.essential()
    await executor.stop()
