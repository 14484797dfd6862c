"""The connection to a Temporal server: made when it is needed, and quick to say that it is not.

Executor and worker share one, since a workflow is only handed over without a round trip where the
one who starts it and the worker speak through the same client.
"""

import asyncio
import functools
import logging
from datetime import timedelta
from typing import Final

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import RetryConfig, RPCError, RPCStatusCode

from tenantry.execution.port import ExecutorUnavailable
from tenantry.execution.temporal.context import ContextInterceptor
from tenantry.execution.temporal.converter import CONVERTER
from tenantry.execution.temporal.landing import Landings
from tenantry.execution.temporal.wire import CORRELATION_ID
from tenantry.telemetry import emit

CALL_SECONDS: Final = 2.0
"""How long a call may take that somebody waits for; a server that is down is known far sooner."""

# The library would insist for ten seconds. Who calls here decides, and knows for how long.
_NO_RETRIES: Final = RetryConfig(
    initial_interval_millis=1, max_elapsed_time_millis=1, max_retries=1
)
_PREPARE_SECONDS: Final = 5.0


class TemporalConnection:
    """One client of the server at `address`, which outlives restarts of it."""

    def __init__(self, *, address: str, namespace: str = "default") -> None:
        self.address = address
        self.namespace = namespace
        self.landings = Landings()
        """Who waits, in this process, for what a worker in it does."""
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._knows_search_attribute = False

    @property
    def knows_search_attribute(self) -> bool:
        """Whether workflows may carry the correlation id as a search attribute."""
        return self._knows_search_attribute

    async def client(self) -> Client:
        """Return the client, connected; raises `ExecutorUnavailable` where it cannot be."""
        if self._client is not None:
            return self._client
        async with self._connecting:
            if self._client is None:
                self._client = await self._connect()
        return self._client

    async def ping(self) -> None:
        """Ask whether the server takes calls; raises `ExecutorUnavailable`."""
        client = await self.client()
        try:
            await client.service_client.check_health(timeout=timedelta(seconds=CALL_SECONDS))
        except RPCError as error:
            raise unreachable(self.address, error) from error

    async def prepare(self) -> None:
        """See to it that workflows can be found by their correlation id; raises `RPCError`."""
        client = await self.client()
        try:
            await self._add_search_attribute(client)
        except RPCError as error:
            self.leave_out_search_attribute(error.message)
            if error.status is RPCStatusCode.UNAVAILABLE:
                raise
            return
        self._knows_search_attribute = True

    def leave_out_search_attribute(self, why: str) -> None:
        """Start workflows without it from now on."""
        self._knows_search_attribute = False
        emit("tenantry.execution.search_attribute_missing", name=CORRELATION_ID, reason=why)

    async def _connect(self) -> Client:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await Client.connect(
                    self.address,
                    namespace=self.namespace,
                    data_converter=CONVERTER,
                    interceptors=[ContextInterceptor()],
                    retry_config=_NO_RETRIES,
                    runtime=_runtime(),
                    connect_timeout=timedelta(seconds=CALL_SECONDS),
                )
        except (RuntimeError, RPCError, TimeoutError) as error:
            raise unreachable(self.address, error) from error

    async def _add_search_attribute(self, client: Client) -> None:
        timeout = timedelta(seconds=_PREPARE_SECONDS)
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=self.namespace), timeout=timeout
        )
        if CORRELATION_ID in known.custom_attributes:
            return
        keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=self.namespace, search_attributes={CORRELATION_ID: keyword}
            ),
            timeout=timeout,
        )


def unreachable(address: str, error: BaseException) -> ExecutorUnavailable:
    """Return what is raised where the server does not answer."""
    why = str(error) or type(error).__name__
    return ExecutorUnavailable(
        f"Temporal at {address} does not answer: {why}", reason="unreachable"
    )


@functools.cache
def _runtime() -> Runtime:
    """Return the library's threads, of which one set is enough; their errors go to our log.

    Left alone, it writes lines of its own to standard output, and warns of every retry.
    """
    return Runtime(
        telemetry=TelemetryConfig(
            logging=LoggingConfig(
                filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"),
                forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core")),
            )
        )
    )
