"""What is told of clients: every log line and every figure of the feature begins here.

The lines are the ones that operators' procedures look for, word for word.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tenantry.base import Clock
from tenantry.clients.model import FailedClient, StartupResult, UpsertResult
from tenantry.clients.service.lines import error_line
from tenantry.clients.service.upsert_narration import ERROR_LINES, Operation, UpsertNarration
from tenantry.telemetry import emit, get_logger, span

_LOG: Final = get_logger("tenantry.clients")


class ClientNarration:
    """Tells logs and metrics what becomes of clients; where nobody listens, nothing happens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @contextmanager
    def upsert(
        self, key: str, name: str, tenant: str, operation: Operation
    ) -> Iterator[UpsertNarration]:
        """Tell of an upsert from its beginning to its end.

        An exception is its failure, unless that was told before; but for `Stale`, after which one
        tries again. A declaration that is invalid is an upsert too, whose `failed` comes at once.
        """
        told = UpsertNarration(
            key=key, name=name, tenant=tenant, operation=operation, clock=self._clock
        )
        with span("tenantry.clients.upsert", **told.labels) as work:
            told.started()
            try:
                yield told
            except BaseException as error:  # whatever ends it is told, and goes on its way
                told.broken_off(error)
                raise
            finally:
                work.set(operation=told.outcome, has_errors=told.has_errors)
                told.ended()

    def skipped(self, unchanged: UpsertResult, reason: str) -> None:
        """Tell that a start-up leaves a client as it is, and why."""
        _LOG.warning(
            f"Client {unchanged.name or unchanged.key} skipped: {reason}",
            clientKey=unchanged.key,
            tenant_id=unchanged.tenant,
        )

    def startup(self, result: StartupResult) -> None:
        """Tell what a start has made of the clients folder."""
        if not result.has_lease:
            holder = result.holder or "another node"
            _LOG.info(f"Client startup process left to {holder}, which has the lease")
            return

        for failed in result.clients_failed:
            _tell_failed(failed)
        loaded_count, failed_count = len(result.clients_loaded), len(result.clients_failed)
        _LOG.info(
            f"Client startup process completed: {loaded_count} clients configured, "
            f"{failed_count} clients failed",
            duration_seconds=round(result.duration_seconds, 6),
        )
        emit("tenantry.clients.started", loaded_count=loaded_count, failed_count=failed_count)


def _tell_failed(failed: FailedClient) -> None:
    whose = {"clientKey": failed.key, "tenant_id": failed.tenant}
    # What could not be read never became an upsert, which would have told of it.
    for error in failed.errors[:ERROR_LINES] if not failed.key else ():
        text, fields = error_line(error, failed.file)
        _LOG.error(text, **whose, **fields, severity="ERROR")

    reason: dict[str, Any] = {"errorType": "general_failure"}
    if failed.errors:
        _, reason = error_line(failed.errors[0], failed.key)
    _LOG.error(
        f"Client {failed.key or failed.file} failed and keeps its old revision",
        **whose,
        **reason | {"file": failed.file},
        error_count=len(failed.errors),
        command=failed.command,
        severity="ERROR",
    )
