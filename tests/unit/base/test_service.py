import asyncio

import pytest

from tenantry.base import Looper, Service
from tests.support.waiting import eventually


class Recorder(Service):
    """Notes what is called, and takes a turn of the loop for each."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    async def _on_start(self) -> None:
        self.calls.append("starting")
        await asyncio.sleep(0)
        self.calls.append("started")

    async def _on_stop(self) -> None:
        self.calls.append("stopping")
        await asyncio.sleep(0)
        self.calls.append("stopped")


class Failing(Service):
    async def _on_start(self) -> None:
        raise OSError("no such port")


class Endless(Looper):
    def __init__(self) -> None:
        super().__init__()
        self.is_cleaned_up = False

    async def _run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.is_cleaned_up = True


class Slow(Looper):
    """Takes its time to end."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = asyncio.Event()
        self.has_ended = False

    async def _run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await self.may_end.wait()
            self.has_ended = True


class Killed(Endless):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def _on_crash(self, error: Exception) -> None:
        self.told.append(str(error))


async def test_starting_and_stopping_twice_does_it_once() -> None:
    service = Recorder()
    running = []
    for turn in (service.start, service.start, service.stop, service.stop):
        await turn()
        running.append(service.is_running)
    assert running == [True, True, False, False]
    assert service.calls == ["starting", "started", "stopping", "stopped"]


async def test_stopping_what_never_started_does_nothing() -> None:
    service = Recorder()
    await service.stop()
    assert service.calls == []


async def test_a_stop_during_a_start_waits_for_it() -> None:
    service = Recorder()
    await asyncio.gather(service.start(), service.stop(), service.start())
    assert service.calls == ["starting", "started", "stopping", "stopped", "starting", "started"]


async def test_a_start_that_fails_can_be_tried_again_and_leaves_nothing_to_stop() -> None:
    service = Failing()
    for _ in range(2):
        with pytest.raises(OSError, match="no such port"):
            await service.start()
    assert not service.is_running
    await service.stop()


async def test_stopping_a_looper_cancels_its_task_and_waits_for_it() -> None:
    looper = Endless()
    await looper.start()
    await asyncio.sleep(0)
    await looper.stop()
    assert looper.is_cleaned_up

    looper.is_cleaned_up = False
    await looper.start()
    await asyncio.sleep(0)
    await looper.stop()
    assert looper.is_cleaned_up


async def test_a_looper_that_is_killed_is_told_and_works_again() -> None:
    looper = Killed()
    await looper.start()
    await eventually(lambda: looper.is_at_work)

    looper.crash(RuntimeError("a drill"))
    await eventually(lambda: looper.crash_count == 1)
    assert not looper.is_at_work
    assert looper.told == ["a drill"]

    await eventually(lambda: looper.is_at_work)
    await looper.stop()
    assert not looper.is_at_work


async def test_killing_what_is_not_at_work_does_nothing() -> None:
    looper = Killed()
    looper.crash(RuntimeError("too soon"))
    await looper.start()
    await eventually(lambda: looper.is_at_work)
    await looper.stop()

    looper.crash(RuntimeError("too late"))

    assert looper.crash_count == 0


async def test_a_stop_that_comes_with_a_kill_is_a_stop() -> None:
    looper = Killed()
    await looper.start()
    await eventually(lambda: looper.is_at_work)

    looper.crash(RuntimeError("a drill"))
    async with asyncio.timeout(5):
        await looper.stop()

    assert looper.crash_count == 0
    assert not looper.is_running


async def test_who_runs_out_of_patience_with_a_stop_is_not_told_that_it_has_ended() -> None:
    looper = Slow()
    await looper.start()
    await eventually(lambda: looper.is_at_work)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await looper.stop()

    assert not looper.has_ended
    looper.may_end.set()
    await eventually(lambda: looper.has_ended)
