"""Carrying a run out: by the method that was decided, and directly where that one fails."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Final

import msgspec

from tenantry.execution import Executor, ExecutorUnavailable, Running, StepFailed, Work
from tenantry.scheduling import LeaseLost
from tenantry.sync import rules
from tenantry.sync.errors import SyncTimeout
from tenantry.sync.model import CollectionState, Decision, TenantState
from tenantry.sync.service.failures import SUPERSEDED
from tenantry.sync.service.keeping import Keeping
from tenantry.sync.service.sources import ConfiguredSource
from tenantry.sync.service.steps import work_of
from tenantry.sync.service.under import Under
from tenantry.telemetry import emit, get_logger

STOPPED: Final = "stopped"
_NOTHING_BEGUN: Final = "breaker_open"
_LOGGER: Final = get_logger("tenantry.sync")


class Executors(msgspec.Struct, frozen=True):
    """Who carries runs out: in this process, and durably where there is a Temporal."""

    inline: Executor
    temporal: Executor | None


class Flight:
    """A run that this process sees through; a fallback puts it under another token."""

    def __init__(self, *, under: Under, configured: ConfiguredSource, decision: Decision) -> None:
        self.under = under
        self.configured = configured
        self.decision = decision
        self.is_durable = False
        """Whether it goes on without this process."""

    @property
    def tenant_id(self) -> str:
        """Whose data it is."""
        return self.under.tenant_id


class Carrying:
    """Has the essential part of runs done; a direct one may take `direct_seconds`."""

    def __init__(self, *, keeping: Keeping, executors: Executors, direct_seconds: float) -> None:
        self._keeping = keeping
        self._executors = executors
        self._direct_seconds = direct_seconds
        self._beside: set[asyncio.Task[None]] = set()

    async def essential(self, flight: Flight) -> Running:
        """Have the essential part done, and return what goes on behind it.

        Raises `LeaseLost` where another run has taken its place, `ExecutorUnavailable` where this
        process stops, and whatever a direct run failed by.
        """
        temporal = self._executors.temporal
        if flight.decision.method == "direct" or temporal is None:
            return await self._directly(flight, await self._work(flight))

        running: Running | None = None
        work = await self._work(flight)
        try:
            running = await temporal.begin(work)
            flight.is_durable = True
            await self._follow(flight, running)
        except (ExecutorUnavailable, StepFailed) as error:
            if isinstance(error, StepFailed) and error.type == SUPERSEDED:
                raise LeaseLost(error.message) from error
            if isinstance(error, ExecutorUnavailable) and error.reason == _NOTHING_BEGUN:
                return await self._go_on(flight, work, error)
            return await self._fall_back(flight, running, error)
        return running

    async def _follow(self, flight: Flight, running: Running) -> None:
        """Wait for the essential part of a workflow, and record meanwhile which one it is."""
        noting = asyncio.create_task(
            self._keeping.note_workflow(
                flight.under, workflow_id=running.workflow_id, workflow_run_id=running.run_id
            )
        )
        try:
            await running.essential()
        finally:
            await noting

    async def _go_on(self, flight: Flight, work: Work, error: ExecutorUnavailable) -> Running:
        """Do directly what was not handed over: nobody else can write, so nobody is waited for."""
        noting = asyncio.create_task(
            self._keeping.note_fallback(flight.under, why=f"{error.reason}: {error.message}")
        )
        run = msgspec.structs.replace(flight.under.run, is_fallback=True)
        flight.under = msgspec.structs.replace(flight.under, run=run)
        try:
            _tell_fallback(error.reason, error.message)
            return await self._directly(flight, work)
        finally:
            await noting

    async def _fall_back(
        self, flight: Flight, running: Running | None, error: ExecutorUnavailable | StepFailed
    ) -> Running:
        """Take the lease from the workflow, which cannot write then, and go on directly."""
        why = error.reason if isinstance(error, ExecutorUnavailable) else error.type
        # Where another run has taken the workflow's place, nothing has failed.
        flight.under = await self._keeping.fall_back(flight.under, why=f"{why}: {error.message}")
        _tell_fallback(why, error.message)
        _LOGGER.info("Lease taken over", fencing_token=flight.under.lease.token)
        # A step that has failed ends its workflow as failed, where it must not look cancelled.
        if running is not None and isinstance(error, ExecutorUnavailable):
            self._do_beside(running.cancel("a direct run has taken its place"))
        return await self._directly(flight, await self._work(flight))

    async def _directly(self, flight: Flight, work: Work) -> Running:
        flight.is_durable = False
        running = await self._executors.inline.begin(work)
        self._do_beside(self._keep(flight.under, running))
        try:
            async with asyncio.timeout(self._direct_seconds):
                await running.essential()
        except StepFailed as error:
            if error.type == SUPERSEDED:
                raise LeaseLost(error.message) from error
            raise
        except ExecutorUnavailable as error:
            if error.reason == STOPPED:
                raise
            # A forced run of this process has taken its place.
            raise LeaseLost(error.message) from error
        except TimeoutError:
            await running.cancel("it took too long")
            raise SyncTimeout(
                f"the essential collections took more than {self._direct_seconds:g} s"
            ) from None
        except asyncio.CancelledError:
            await running.cancel("the process stops")
            raise
        return running

    async def _keep(self, under: Under, running: Running) -> None:
        """Keep the lease as long as this process carries the run out, between its steps too."""
        async with self._keeping.kept(under):
            with contextlib.suppress(ExecutorUnavailable, StepFailed):
                await running.done()

    def _do_beside(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(what, name="sync beside")
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _work(self, flight: Flight) -> Work:
        standing = await self._keeping.standing(flight.tenant_id)
        states = {each.collection: each for each in standing.collections}
        declared = flight.configured.declared.collections
        only = None
        if flight.under.run.kind == "repair":
            only = [
                each.name
                for each in declared
                if each.phase == "background"
                and not _is_current(states.get(each.name), standing.state)
            ]
        return work_of(
            flight.under,
            declared,
            workflow_id=rules.workflow_id(flight.tenant_id),
            only=only,
            known_rows={name: state.row_count for name, state in states.items()},
        )


def _is_current(collection: CollectionState | None, tenant: TenantState | None) -> bool:
    """Whether a background collection is as new as the essential ones, behind which it comes."""
    ready_at = 0 if tenant is None else tenant.ready_at
    if collection is None or collection.status != "completed":
        return False
    return collection.synced_at >= ready_at


def _tell_fallback(why: str, message: str) -> None:
    _LOGGER.error("Temporal sync failed, falling back to direct", reason=why, error=message)
    emit("tenantry.sync.fell_back", reason=why)
