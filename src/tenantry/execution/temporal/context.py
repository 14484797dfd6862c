"""Interceptors: what work belongs to travels with it, from who begins it to each of its steps."""

from collections.abc import Mapping
from typing import Any

from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload as WirePayload
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.client import OutboundInterceptor, StartWorkflowInput, StartWorkflowUpdateInput
from temporalio.converter import PayloadConverter
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.worker import Interceptor as WorkerInterceptor

with workflow.unsafe.imports_passed_through():
    from tenantry.execution.temporal.wire import HEADER
    from tenantry.telemetry import bind, current

Headers = Mapping[str, WirePayload]

_CONVERTER = PayloadConverter.default


class ContextInterceptor(ClientInterceptor, WorkerInterceptor):
    """Carries correlation id and tenant in a header, and binds them where a step runs."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the library's name
        """Say to whom a workflow belongs when it is started."""
        return _Client(next)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - as above
        """Bind it around a step."""
        return _Activity(next)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - as above
    ) -> type[WorkflowInboundInterceptor]:
        """Hand it on from a workflow to its activities."""
        return _Workflow


class _Client(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> Any:  # noqa: A002 - as above
        input.headers = _with_context(input.headers)
        return await super().start_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> Any:  # noqa: A002 - as above
        input.headers = _with_context(input.headers)
        return await super().start_workflow_update(input)


class _Workflow(WorkflowInboundInterceptor):
    def __init__(self, next: WorkflowInboundInterceptor) -> None:  # noqa: A002 - as above
        super().__init__(next)
        self._headers: Headers = {}

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound, self))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002 - as above
        self._headers = {name: value for name, value in input.headers.items() if name == HEADER}
        return await super().execute_workflow(input)

    def handed_on(self, headers: Headers) -> Headers:
        return {**headers, **self._headers}


class _Outbound(WorkflowOutboundInterceptor):
    def __init__(self, next: WorkflowOutboundInterceptor, inbound: _Workflow) -> None:  # noqa: A002 - as above
        super().__init__(next)
        self._inbound = inbound

    def start_activity(self, input: StartActivityInput) -> Any:  # noqa: A002 - as above
        input.headers = self._inbound.handed_on(input.headers)
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> Any:  # noqa: A002 - as above
        input.headers = self._inbound.handed_on(input.headers)
        return super().start_local_activity(input)


class _Activity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - as above
        told = input.headers.get(HEADER)
        if told is None:
            # Begun by somebody else's tool: its workflow is all that is known of it.
            with bind(correlation_id=activity.info().workflow_id):
                return await super().execute_activity(input)

        known: dict[str, str | None] = _CONVERTER.from_payload(told)
        with bind(correlation_id=known["correlation_id"], tenant_id=known["tenant_id"]):
            return await super().execute_activity(input)


def _with_context(headers: Headers) -> Headers:
    here = current()
    told = {"correlation_id": here.correlation_id, "tenant_id": here.tenant_id}
    return {**headers, HEADER: _CONVERTER.to_payload(told)}
