"""A Temporal server that goes away, comes back, or never answers; and workers that die."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from tenantry.execution import ExecutorUnavailable, Outcome
from tenantry.execution.dev_server import HOST, DevServer
from tenantry.execution.temporal import (
    TemporalConnection,
    TemporalExecutor,
    TemporalWorker,
)
from tenantry.reliability import CircuitBreaker
from tenantry.telemetry import subscribe
from tenantry.testing import FakeClock
from tests.support.execution import Script, own_task_queue, running_worker, step, work
from tests.support.repository import ROOT
from tests.support.temporal import OwnTemporal, free_port, started
from tests.support.waiting import eventually


class Site:
    """An executor, and what it is made of."""

    def __init__(self, address: str, *, essential_timeout_seconds: float = 60.0) -> None:
        self.clock = FakeClock()
        self.task_queue = own_task_queue()
        self.connection = TemporalConnection(address=address)
        self.breaker = CircuitBreaker(
            "temporal", failure_threshold=3, recovery_timeout=10, clock=self.clock
        )
        self.executor = TemporalExecutor(
            connection=self.connection,
            breaker=self.breaker,
            task_queue=self.task_queue,
            essential_timeout_seconds=essential_timeout_seconds,
        )


@asynccontextmanager
async def working_site(address: str, script: Script) -> AsyncIterator[Site]:
    """Yield a site with a worker of its own."""
    site = Site(address)
    async with running_worker(site.connection, script.steps, task_queue=site.task_queue):
        yield site


async def reason_of(site: Site) -> str:
    """Return why work cannot be begun."""
    with pytest.raises(ExecutorUnavailable) as caught:
        await site.executor.begin(work(step("answer")))
    return caught.value.reason


async def is_carried_out(site: Site) -> bool:
    """Begin work, and say whether it went through."""
    try:
        running = await site.executor.begin(work(step("answer", say=1)))
        return await running.essential() == [{"said": 1}]
    except ExecutorUnavailable:
        site.clock.advance(10)
        return False


async def test_a_server_that_is_down_is_told_and_then_left_alone() -> None:
    site = Site(f"{HOST}:{free_port()}")

    reasons = [await reason_of(site) for _ in range(5)]

    assert reasons == ["unreachable"] * 3 + ["breaker_open"] * 2


async def test_a_server_that_comes_late_is_found(own_temporal: OwnTemporal) -> None:
    own_temporal.stop()
    script = Script()
    site = Site(own_temporal.address)
    worker = TemporalWorker(
        connection=site.connection, steps=script.steps, task_queue=site.task_queue
    )
    await worker.start()
    assert not worker.is_ready
    assert [await reason_of(site) for _ in range(4)][-1] == "breaker_open"

    own_temporal.start()
    await eventually(lambda: worker.is_ready)
    site.clock.advance(10)
    running = await site.executor.begin(work(step("answer", say=1)))

    assert await running.essential() == [{"said": 1}]
    assert site.breaker.state == "closed"
    await worker.stop()


async def test_a_restart_in_the_middle_of_essential_steps_harms_nothing(
    own_temporal: OwnTemporal,
) -> None:
    script = Script()
    async with working_site(own_temporal.address, script) as site:
        running = await site.executor.begin(
            work(step("wait", gate="open", say=1), background=(step("answer", say=2),))
        )
        await eventually(lambda: script.of("wait"))

        own_temporal.stop(signal.SIGKILL)
        own_temporal.start()
        script.open("open")

        assert await running.essential() == [{"said": 1}]
        assert await running.done() == [Outcome(label="", result={"said": 2})]


async def test_a_restart_in_the_middle_of_background_steps_harms_nothing(
    own_temporal: OwnTemporal,
) -> None:
    script = Script()
    async with working_site(own_temporal.address, script) as site:
        running = await site.executor.begin(
            work(step("answer"), background=(step("wait", gate="open", say=2),))
        )
        ended = asyncio.ensure_future(running.done())
        await eventually(lambda: script.of("wait"))

        own_temporal.stop()
        own_temporal.start()
        script.open("open")

        assert await ended == [Outcome(label="", result={"said": 2})]


async def test_the_first_work_after_a_restart_is_carried_out(own_temporal: OwnTemporal) -> None:
    script = Script()
    async with working_site(own_temporal.address, script) as site:
        assert await is_carried_out(site)
        own_temporal.stop()
        assert await reason_of(site) == "unreachable"

        own_temporal.start()

        running = await site.executor.begin(work(step("answer", say=1)))
        assert await running.essential() == [{"said": 1}]
        assert site.breaker.state == "closed"


async def test_a_server_that_has_forgotten_everything_is_used_again(temporal: str) -> None:
    assert temporal
    script = Script()
    with started(lambda port: DevServer(port=port, search_attributes=())) as server:
        async with working_site(server.address, script) as site:
            assert await is_carried_out(site)
            server.stop()
            server.start()

            await eventually(lambda: is_carried_out(site), timeout=30)


async def test_a_server_that_never_answers_is_told_in_time(own_temporal: OwnTemporal) -> None:
    script = Script()
    async with working_site(own_temporal.address, script) as site:
        own_temporal.pause()
        assert await reason_of(site) == "unreachable"

        own_temporal.resume()
        await eventually(lambda: is_carried_out(site), timeout=30)


async def test_a_server_that_knows_no_versions_is_used_without(
    temporal: str, tmp_path: Path
) -> None:
    assert temporal
    script = Script()
    told: list[str] = []
    unsubscribe = subscribe(lambda record: told.append(record.name))
    settings = ("system.enableDeploymentVersions=false",)
    with started(lambda port: OwnTemporal(tmp_path, port=port, settings=settings)) as server:
        async with working_site(server.address, script) as site:
            assert await is_carried_out(site)
    unsubscribe()

    assert told.count("tenantry.execution.versions_unsupported") == 1


async def test_a_worker_stops_also_while_the_server_is_away(own_temporal: OwnTemporal) -> None:
    script = Script()
    async with working_site(own_temporal.address, script) as site:
        assert await is_carried_out(site)
        own_temporal.stop(signal.SIGKILL)
        loop = asyncio.get_running_loop()
        since = loop.time()

    assert loop.time() - since < 10


async def test_who_waits_is_told_that_the_server_has_gone(own_temporal: OwnTemporal) -> None:
    script = Script()
    async with running_elsewhere(own_temporal.address, script) as site:
        running = await site.executor.begin(work(step("wait", gate="never")))
        waiting = asyncio.ensure_future(running.essential())
        await eventually(lambda: script.of("wait"))

        own_temporal.stop(signal.SIGKILL)

        with pytest.raises(ExecutorUnavailable) as caught:
            await waiting
        assert caught.value.reason == "unreachable"


async def test_no_worker_is_told_long_before_the_time_is_over(temporal: str) -> None:
    site = Site(temporal)
    running = await site.executor.begin(work(step("answer")))

    with pytest.raises(ExecutorUnavailable) as caught:
        await running.essential()

    assert caught.value.reason == "no_worker"
    assert site.task_queue in caught.value.message


async def test_a_server_without_workers_is_left_alone(temporal: str) -> None:
    site = Site(temporal)
    begun = [await site.executor.begin(work(step("answer"))) for _ in range(3)]

    told = await asyncio.gather(*(r.essential() for r in begun), return_exceptions=True)

    assert [error.reason for error in told if isinstance(error, ExecutorUnavailable)] == [
        "no_worker"
    ] * 3
    assert await reason_of(site) == "breaker_open"


async def test_essential_steps_that_take_too_long_are_told(temporal: str) -> None:
    script = Script()
    async with working_site(temporal, script) as site:
        running = await site.executor.begin(
            work(step("wait", gate="never")), essential_timeout_seconds=0.3
        )

        with pytest.raises(ExecutorUnavailable) as caught:
            await running.essential()

        assert caught.value.reason == "timeout"
        await running.cancel("too slow")


async def test_work_that_was_given_up_is_not_begun_by_a_late_worker(temporal: str) -> None:
    script = Script()
    site = Site(temporal)
    running = await site.executor.begin(work(step("answer")))
    await running.cancel("another method does it")

    async with running_worker(site.connection, script.steps, task_queue=site.task_queue):
        with pytest.raises(ExecutorUnavailable) as caught:
            await running.done()

    assert caught.value.reason == "failed"
    assert script.calls == []


@pytest.mark.parametrize("phase", ["essential", "background"])
async def test_another_worker_finishes_what_a_killed_one_has_begun(
    temporal: str, tmp_path: Path, phase: str
) -> None:
    site = Site(temporal)
    script = Script()
    script.open("open")
    waiting = step("wait", gate="open", say=1)
    told = (
        work(waiting)
        if phase == "essential"
        else work(step("answer", say=0), background=(waiting,))
    )
    with killed_worker(site, tmp_path) as begun:
        running = await site.executor.begin(told)
        await eventually(begun, timeout=20)

    async with running_worker(site.connection, script.steps, task_queue=site.task_queue):
        assert await running.essential() == [{"said": 1 if phase == "essential" else 0}]
        outcomes = await asyncio.wait_for(running.done(), 40)

    assert [call.payload["say"] for call in script.of("wait")] == [1]
    assert [outcome.result for outcome in outcomes] == (
        [] if phase == "essential" else [{"said": 1}]
    )


async def test_a_worker_that_stops_gives_its_steps_back(temporal: str) -> None:
    script = Script()
    site = Site(temporal)
    async with running_worker(site.connection, script.steps, task_queue=site.task_queue):
        running = await site.executor.begin(work(step("wait", gate="open", say=1, attempts=1)))
        await eventually(lambda: script.of("wait"))
    assert script.cancelled == ["open"]
    assert len(script.calls) == 1

    script.open("open")
    async with running_worker(site.connection, script.steps, task_queue=site.task_queue):
        assert await running.essential() == [{"said": 1}]


@asynccontextmanager
async def running_elsewhere(address: str, script: Script) -> AsyncIterator[Site]:
    """Yield a site whose work is done by a worker that it knows nothing of."""
    site = Site(address)
    elsewhere = TemporalConnection(address=address)
    async with running_worker(elsewhere, script.steps, task_queue=site.task_queue):
        yield site


@contextmanager
def killed_worker(site: Site, folder: Path) -> Iterator[Callable[[], bool]]:
    """Run a worker in a process, which is killed in the end; yields whether it has begun a step."""
    sign = folder / "begun"
    with (folder / "err").open("w") as err:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.faults.temporal_worker",
                site.connection.address,
                site.task_queue,
                sign,
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=err,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n", (folder / "err").read_text()
            yield sign.exists
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
