"""What is told of runs: the lines and the figures that they begin, are answered and end with."""

from collections.abc import Sequence
from typing import Final, Literal

from tenantry.base import Clock
from tenantry.execution import Outcome
from tenantry.sync.errors import SyncError
from tenantry.sync.model import SyncResult
from tenantry.sync.service.carrying import Flight
from tenantry.sync.service.results import method_of
from tenantry.telemetry import bind, current, emit, get_logger

Ending = Literal["completed", "incomplete", "failed", "superseded", "left"]
"""How a run ends here: `incomplete` with failed collections, `left` for another to take up."""
Answered = Literal["fresh", "stale", "joined", "run"]

_LOGGER: Final = get_logger("tenantry.sync")


class RunNarration:
    """Tells of one run that this process sees through, from its beginning to its one end."""

    def __init__(self, flight: Flight, *, clock: Clock) -> None:
        self._flight = flight
        self._clock = clock
        self._is_over = False

    def began(self) -> None:
        """Tell that it begins, and by which method."""
        run, decision = self._flight.under.run, self._flight.decision
        emit("tenantry.sync.began", method=decision.method, kind=run.kind)
        line = f"Sync method: {decision.method} ({decision.reason})"
        _LOGGER.info(
            line,
            kind=run.kind,
            trigger=run.trigger_source,
            fencing_token=self._flight.under.lease.token,
        )

    def ready(self) -> None:
        """Tell that the essential collections are there."""
        seconds = self._seconds()
        if self._flight.under.run.kind == "full":
            emit("tenantry.sync.essential", method=self._method, seconds=seconds)
        _LOGGER.info("Sync is ready", duration_ms=_milliseconds(seconds))

    def failed(self, error: SyncError) -> None:
        """Tell that they are not, and why."""
        _LOGGER.error(
            "Sync failed",
            error_type=error.type,
            retryable=error.is_retryable,
            error=error.message,
            duration_ms=_milliseconds(self._seconds()),
        )
        self._end("failed")

    def superseded(self) -> None:
        """Tell that another run has taken its place."""
        if not self._is_over:
            _LOGGER.info("Sync superseded", fencing_token=self._flight.under.lease.token)
        self._end("superseded")

    def left(self, why: str) -> None:
        """Tell that this process does not see its end, unless that was told."""
        if not self._is_over:
            _LOGGER.warning("Sync left as it stands", reason=why)
        self._end("left")

    def done(self, outcomes: Sequence[Outcome]) -> None:
        """Tell how it has ended, with its background."""
        failed = {each.label: each.error_type for each in outcomes if each.error_type is not None}
        if failed:
            _LOGGER.warning("Collections could not be synchronised", collections=failed)
        _LOGGER.info(
            "Sync is done", failed_count=len(failed), duration_ms=_milliseconds(self._seconds())
        )
        self._end("incomplete" if failed else "completed")

    @property
    def _method(self) -> str:
        return method_of(self._flight.under.run)

    def _seconds(self) -> float:
        return (self._clock.now_us() - self._flight.under.run.started_at) / 1_000_000

    def _end(self, outcome: Ending) -> None:
        if self._is_over:
            return
        self._is_over = True
        emit(
            "tenantry.sync.ended",
            method=self._method,
            is_fallback=self._flight.under.run.is_fallback,
            outcome=outcome,
            seconds=self._seconds(),
        )


def tell_answered(result: SyncResult, how: Answered, why: str) -> None:
    """Tell that a call was answered without a run of its own; it is of the run that it tells of."""
    emit("tenantry.sync.answered", how=how)
    with bind(
        correlation_id=result.correlation_id,
        causation_id=current().correlation_id,
        tenant_id=result.tenant_id,
    ):
        line = f"Sync method: {result.sync_method} ({why})"
        _LOGGER.info(line)


def tell_run() -> None:
    """Count a call that had a run of its own."""
    emit("tenantry.sync.answered", how="run")


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1_000, 3)
