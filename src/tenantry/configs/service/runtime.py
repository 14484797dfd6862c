"""`ConfigRuntime`: what an operator asks of the worker and the projection, and tells them to do."""

from typing import Any, Protocol

import msgspec

from tenantry.base import Principal
from tenantry.base.principal import ALL
from tenantry.configs.model import WorkerStats
from tenantry.configs.service.permissions import OPERATE
from tenantry.configs.store import ConfigStateProjection
from tenantry.eventlog import EventLog, ProjectionRunner, RebuildReport


class UpdateWorker(Protocol):
    """The update worker, as far as its operator is concerned."""

    def get_stats(self) -> WorkerStats:
        """Return what it has handled."""
        ...

    async def restart(self) -> WorkerStats:
        """Stop and start it."""
        ...

    def notify(self, name: str, old_value: bytes | None, new_value: bytes) -> WorkerStats:
        """Handle a change that was never stored."""
        ...


class ProjectionReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the projection stands; `configs` are one tenant's, `config_count` all tenants'."""

    config_count: int
    position: int
    lag: int
    events_replayed: int
    replay_seconds: float
    snapshot_position: int
    is_ready: bool
    configs: dict[str, Any] | None = None


class ConfigRuntime:
    """The manual steps of the operators' procedures.

    What they tell and do is about every tenant at once: each method raises `Denied` for who may
    not operate them all, and `Unavailable` where the log cannot be read.
    """

    def __init__(self, *, log: EventLog, runner: ProjectionRunner, worker: UpdateWorker) -> None:
        self._log = log
        self._runner = runner
        self._worker = worker

    def worker_stats(self, principal: Principal) -> WorkerStats:
        """Return what the update worker has handled since it was started."""
        principal.authorise(ALL, OPERATE)
        return self._worker.get_stats()

    async def restart_worker(self, principal: Principal) -> WorkerStats:
        """Stop and start the update worker."""
        principal.authorise(ALL, OPERATE)
        return await self._worker.restart()

    def test_worker(self, principal: Principal) -> WorkerStats:
        """Send the worker a change that is not stored."""
        principal.authorise(ALL, OPERATE)
        return self._worker.notify("test", b'"old"', b'"new"')

    async def projection(
        self, principal: Principal, *, configs_of: str | None = None
    ) -> ProjectionReport:
        """Return where the projection stands, and what it holds for one tenant.

        It is measured against the log's own end.
        """
        principal.authorise(ALL, OPERATE)
        head = await self._log.head()
        progress = self._runner.progress
        state = self._runner.projection
        assert isinstance(state, ConfigStateProjection)  # noqa: S101 - the runner is generic
        return ProjectionReport(
            config_count=state.count,
            position=progress.position,
            lag=max(0, head.position - progress.position),
            events_replayed=progress.events_replayed,
            replay_seconds=progress.replay_seconds,
            snapshot_position=progress.snapshot_position,
            is_ready=progress.is_ready,
            configs=None if configs_of is None else state.get_state(configs_of),
        )

    async def rebuild_projection(self, principal: Principal) -> RebuildReport:
        """Build the tree anew beside the live one, compare the two and swap."""
        principal.authorise(ALL, OPERATE)
        return await self._runner.rebuild()

    async def reconnect_projection(self, principal: Principal) -> ProjectionReport:
        """Look at the log now; returns where the projection stands after that."""
        principal.authorise(ALL, OPERATE)
        self._runner.reconnect()
        await self._runner.reach((await self._log.head()).position)
        return await self.projection(principal)
