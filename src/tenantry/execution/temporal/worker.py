"""The worker: takes up the work of a task queue, for as long as there is a server to give it."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import PollerBehaviorAutoscaling, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from tenantry.base import Clock, Looper, SystemClock
from tenantry.execution.backoff import Backoff
from tenantry.execution.port import ExecutorUnavailable, Steps
from tenantry.execution.temporal.activity import Activities
from tenantry.execution.temporal.connection import TemporalConnection
from tenantry.execution.temporal.deployment import Deployment
from tenantry.execution.temporal.workflow import PhasedWorkflow
from tenantry.telemetry import emit

_SYSTEM_CLOCK = SystemClock()
_RECONNECT_SECONDS: Final = 1.0
_UPKEEP_SECONDS: Final = 5.0
# Until the server has heard of a new build there is nothing to make current.
_UNKNOWN_SECONDS: Final = 0.05
_READY_SECONDS: Final = 5.0
_GRACE_SECONDS: Final = 5.0
_SHUTDOWN_SECONDS: Final = 1.0
# The library's threads may still let go of Python objects, and abort a process that ends meanwhile:
# https://github.com/temporalio/sdk-python/issues/300
_SETTLE_SECONDS: Final = 0.1

# The sandbox would import what a workflow uses anew for each one, which costs ten times the rest.
RUNNER: Final = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules("tenantry", "msgspec")
)


class TemporalWorker(Looper):
    """Carries out what is begun on `task_queue`, in this process, as long as it is started.

    `start` waits until it takes work, but not for a server that is away: it is tried again for as
    long as that lasts. `stop` takes nothing new and gives what is under way a few seconds.
    """

    def __init__(
        self,
        *,
        connection: TemporalConnection,
        steps: Steps,
        task_queue: str = "tenantry",
        is_versioned: bool = True,
        backoff: Backoff | None = None,
        grace_seconds: float = _GRACE_SECONDS,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        super().__init__()
        self._connection = connection
        self._task_queue = task_queue
        self._is_versioned = is_versioned
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._steps = steps
        self._backoff = backoff or Backoff()
        self._deployment = Deployment(task_queue=task_queue, step_names=steps)
        # Set when it takes work, and when it is known that it cannot for now.
        self._knows = asyncio.Event()
        self._is_ready = False

    @property
    def is_ready(self) -> bool:
        """Whether it asks the server for work, and is given it."""
        return self._is_ready

    async def _on_start(self) -> None:
        self._knows.clear()
        await super()._on_start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_READY_SECONDS):
                await self._knows.wait()

    def _on_crash(self, error: Exception) -> None:
        self._knows.set()
        self._tell("worker_died", reason=repr(error))

    async def _run(self) -> None:
        client, is_versioned = await self._connect()
        activities = Activities(
            steps=self._steps, landings=self._connection.landings, backoff=self._backoff
        )
        worker = self._worker(client, activities, is_versioned=is_versioned)
        working = asyncio.create_task(worker.run(), name=f"worker {self._task_queue}")
        upkeep = asyncio.create_task(self._keep_up(client, is_versioned=is_versioned))
        try:
            # Only an error ends it; a cancellation of this is a stop, which it must not hear of.
            await asyncio.shield(working)
        finally:
            self._is_ready = False
            upkeep.cancel()
            await asyncio.wait({upkeep})
            await self._shut_down(worker, activities)

    async def _connect(self) -> tuple[Client, bool]:
        """Return a client, and whether the server knows versions, as soon as there is one."""
        is_told = False
        while True:
            try:
                client = await self._connection.client()
                return client, self._is_versioned and await self._knows_versions(client)
            except (ExecutorUnavailable, RPCError) as error:
                self._knows.set()
                if not is_told:
                    self._tell("worker_waits", reason=error.message)
                is_told = True
            await self._clock.sleep(_RECONNECT_SECONDS)

    async def _knows_versions(self, client: Client) -> bool:
        if await self._deployment.is_supported(client):
            return True
        self._tell("versions_unsupported")
        return False

    def _worker(self, client: Client, activities: Activities, *, is_versioned: bool) -> Worker:
        pollers = PollerBehaviorAutoscaling()
        return Worker(
            client,
            task_queue=self._task_queue,
            workflows=[PhasedWorkflow],
            activities=activities.all(),
            workflow_runner=RUNNER,
            deployment_config=self._deployment.config() if is_versioned else None,
            graceful_shutdown_timeout=timedelta(seconds=self._grace_seconds),
            workflow_task_poller_behavior=pollers,
            activity_task_poller_behavior=pollers,
        )

    async def _shut_down(self, worker: Worker, activities: Activities) -> None:
        ending = asyncio.create_task(worker.shutdown())
        await asyncio.wait({ending}, timeout=self._grace_seconds)
        # The library waits for steps that run inside a workflow task for as long as they take.
        activities.stop()
        await asyncio.wait({ending}, timeout=_SHUTDOWN_SECONDS)
        ending.cancel()
        await asyncio.sleep(_SETTLE_SECONDS)

    async def _keep_up(self, client: Client, *, is_versioned: bool) -> None:
        """See to it that work comes here, also where the server has forgotten everything."""
        is_new, is_told = True, False
        while True:
            try:
                await self._connection.prepare()
                if is_versioned and (is_new or await self._is_vacant(client)):
                    await self._become_current(client)
                is_new = is_told = False
                self._is_ready = True
                self._knows.set()
            except (ExecutorUnavailable, RPCError) as error:
                # The worker itself asks for work until the server is back.
                self._knows.set()
                if not is_told:
                    self._tell("upkeep_failed", reason=error.message)
                is_told = True
            await self._clock.sleep(_UPKEEP_SECONDS)

    async def _is_vacant(self, client: Client) -> bool:
        return await self._deployment.is_vacant(client, now=self._clock.now().timestamp())

    async def _become_current(self, client: Client) -> None:
        """Let new workflows come here, as soon as the server has heard of this build."""
        until = self._clock.monotonic() + _READY_SECONDS
        while not await self._deployment.is_current(client):
            try:
                await self._deployment.become_current(client)
            except RPCError:
                if self._clock.monotonic() >= until:
                    raise
            await self._clock.sleep(_UNKNOWN_SECONDS)
        while self._clock.monotonic() < until and not await self._deployment.is_settled(client):
            await self._clock.sleep(_UNKNOWN_SECONDS)

    def _tell(self, what: str, **attributes: str) -> None:
        emit(f"tenantry.execution.{what}", task_queue=self._task_queue, **attributes)
