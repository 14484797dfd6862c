"""Which build of the workers a workflow belongs to: it stays with the one that began it.

A workflow is replayed by whoever goes on with it, and another build may go another way. So each
build is a version of the deployment that is called like the task queue, workflows are pinned to
theirs, and new ones go to the current version.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import RoutingConfigUpdateState
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from tenantry import __version__
from tenantry.execution.temporal.poller import live_pollers

_TIMEOUT: Final = timedelta(seconds=2)


class Deployment:
    """The build of this process among those that serve `task_queue`."""

    def __init__(self, *, task_queue: str, step_names: Iterable[str]) -> None:
        self._task_queue = task_queue
        # No dot may be in it: it ends the name where the version is written out.
        self.name = re.sub(r"[^\w-]", "-", task_queue)
        steps = hashlib.sha256("\n".join(sorted(step_names)).encode()).hexdigest()
        self.build_id = f"{__version__}-{steps[:8]}"

    def config(self) -> WorkerDeploymentConfig:
        """Return what a worker of this build says of itself."""
        return WorkerDeploymentConfig(
            version=WorkerDeploymentVersion(self.name, self.build_id),
            use_worker_versioning=True,
            default_versioning_behavior=VersioningBehavior.PINNED,
        )

    async def is_supported(self, client: Client) -> bool:
        """Whether the server knows versions of workers; raises `RPCError` where it is away."""
        try:
            await self._described(client)
        except RPCError as error:
            if error.status in (RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.PERMISSION_DENIED):
                return False
            raise
        return True

    async def is_current(self, client: Client) -> bool:
        """Whether new workflows are to come to this build."""
        return _current_of(await self._described(client)) == self.build_id

    async def is_settled(self, client: Client) -> bool:
        """Whether every partition of the task queue has heard which build is the current one.

        Before that some new workflows still go to the build before. An older server does not say:
        there it counts as settled at once.
        """
        state = (await self._described(client)).routing_config_update_state
        return state != RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS

    async def is_vacant(self, client: Client, *, now: float) -> bool:
        """Whether new workflows go to a build that no worker has, or to none."""
        current = _current_of(await self._described(client))
        if not current:
            return True
        pollers = await live_pollers(client, self._task_queue, now=now)
        return current not in {poller.deployment_options.build_id for poller in pollers}

    async def become_current(self, client: Client) -> None:
        """Let new workflows come to this build; raises `RPCError`, also before it is known."""
        await client.workflow_service.set_worker_deployment_current_version(
            SetWorkerDeploymentCurrentVersionRequest(
                namespace=client.namespace,
                deployment_name=self.name,
                build_id=self.build_id,
                identity=client.identity,
                ignore_missing_task_queues=True,
            ),
            timeout=_TIMEOUT,
        )

    async def _described(self, client: Client) -> WorkerDeploymentInfo:
        try:
            described = await client.workflow_service.describe_worker_deployment(
                DescribeWorkerDeploymentRequest(
                    namespace=client.namespace, deployment_name=self.name
                ),
                timeout=_TIMEOUT,
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return WorkerDeploymentInfo()
            raise
        return described.worker_deployment_info


def _current_of(info: WorkerDeploymentInfo) -> str:
    """Return the build that new workflows go to, "" for none."""
    return str(info.routing_config.current_deployment_version.build_id)
