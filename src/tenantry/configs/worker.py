"""What follows the settings: the update worker and the narrator of the projection's life.

Their log lines are the ones that operators' procedures look for, word for word.
"""

from typing import Any

import msgspec

from tenantry.base import Clock, Looper
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.base.instant import format_instant
from tenantry.configs.model import (
    NO_VALUE,
    ConfigValueDeleted,
    ConfigValueSet,
    WorkerStats,
)
from tenantry.configs.service.lines import shown_bare
from tenantry.configs.store import SCHEMA_TYPES, ConfigStateProjection, decode_event
from tenantry.eventlog import EventLog, Projection, ProjectionObserver, RecordedEvent
from tenantry.telemetry import active_sink, emit, get_logger

_LOG = get_logger("tenantry.configs")
_RETRY_SECONDS = 0.5
_FEATURE = "configs."


class ConfigUpdateWorker(Looper):
    """Tells the log of every change of a setting, from the moment it is started."""

    def __init__(self, *, log: EventLog, clock: Clock) -> None:
        super().__init__()
        self._log = log
        self._clock = clock
        self._message_count = 0
        self._started_at_us = clock.now_us()
        self._started_at = clock.monotonic()

    def get_stats(self) -> WorkerStats:
        """Return how many messages it has handled since it was started, and when that was."""
        return WorkerStats(
            message_count=self._message_count,
            uptime_seconds=int(self._clock.monotonic() - self._started_at),
            started_at=format_instant(self._started_at_us),
        )

    async def restart(self) -> WorkerStats:
        """Stop and start it; it counts from nought again."""
        await self.stop()
        await self.start()
        emit("tenantry.worker.restarted", worker="config_update_worker")
        return self.get_stats()

    def notify(self, name: str, old_value: bytes | None, new_value: bytes) -> WorkerStats:
        """Handle a change that was never stored: shows that messages reach the log."""
        at = format_instant(self._clock.now_us())
        self._tell(_update_line(at, name, old_value, new_value), tenant_id=None)
        return self.get_stats()

    async def _on_start(self) -> None:
        _LOG.info("ConfigUpdateWorker starting...")
        self._message_count = 0
        self._started_at_us = self._clock.now_us()
        self._started_at = self._clock.monotonic()
        self._position = (await self._log.head()).position
        await super()._on_start()
        emit("tenantry.worker.started", worker="config_update_worker")
        _LOG.info(
            "ConfigUpdateWorker registered as :config_update_worker and ready to receive messages"
        )

    async def _run(self) -> None:
        is_waiting = False
        while True:
            try:
                async for events in self._log.subscribe(after=self._position):
                    is_waiting = False
                    for event in events:
                        self._handle(event)
                    self._position = events[-1].position
            except Unavailable as error:
                if not is_waiting:
                    _LOG.warning("ConfigUpdateWorker waits for the log", reason=error.message)
                is_waiting = True
                await self._clock.sleep(_RETRY_SECONDS)

    def _on_crash(self, error: Exception) -> None:
        _LOG.error("ConfigUpdateWorker crashed and is restarted", exc_info=error)
        emit("tenantry.worker.restarted", worker="config_update_worker")

    def _handle(self, event: RecordedEvent) -> None:
        if not event.type.startswith(_FEATURE) or event.type in SCHEMA_TYPES:
            return
        try:
            change = decode_event(event)
        except (KeyError, msgspec.MsgspecError) as error:
            _LOG.warning(
                "ConfigUpdateWorker received an unexpected message",
                position=event.position,
                type=event.type,
                reason=str(error),
            )
            return
        at = format_instant(event.recorded_at)
        if isinstance(change, ConfigValueSet):
            old_value = None if change.old_value == NO_VALUE else bytes(change.old_value)
            line = _update_line(at, change.config_name, old_value, bytes(change.value))
        elif isinstance(change, ConfigValueDeleted):
            shown = shown_bare(bytes(change.deleted_value))
            line = f"Config deleted at {at}: name={change.config_name}, old_value={shown}"
        else:
            line = f"Config shredded at {at}: name={change.config_name}"
        self._tell(line, tenant_id=event.tenant_id)

    def _tell(self, line: str, *, tenant_id: str | None) -> None:
        self._message_count += 1
        active_sink().line("info", f"{line} [msg #{self._message_count}]", tenant_id=tenant_id)


def _update_line(at: str, name: str, old_value: bytes | None, new_value: bytes) -> str:
    return (
        f"Config updated at {at}: name={name}, "
        f"old_value={shown_bare(old_value)}, new_value={shown_bare(new_value)}"
    )


class ProjectionNarrator(ProjectionObserver):
    """Tells the log what the projection of the settings goes through.

    A rebuild that fails is told once: what is tried again every half second says nothing until it
    succeeds, or fails for another reason.
    """

    def __init__(self) -> None:
        self._is_started = False
        self._failure: str | None = None
        self._held: list[tuple[str, dict[str, Any]]] = []

    def starting(self) -> None:
        """The projection begins."""
        _LOG.info("ConfigStateProjection starting...")

    def rebuilding(self) -> None:
        """Its state is about to be built."""
        self._held.clear()
        self._tell("Rebuilding ConfigStateProjection state from existing events...")

    def replaying(self, event_count: int) -> None:
        """So many events lie behind the snapshot, or behind nothing."""
        self._tell(f"Found {event_count} events to replay")

    def rebuilt(self, projection: Projection, *, seconds: float, event_count: int) -> None:
        """The state is complete."""
        count = projection.count if isinstance(projection, ConfigStateProjection) else 0
        self._tell(
            f"State rebuild complete: {count} configurations restored",
            duration_seconds=round(seconds, 6),
            events_per_second=round(event_count / seconds) if seconds else 0,
        )

    def following(self) -> None:
        """New events are applied as they come."""
        self._failure = None
        for line, figures in self._held:
            _LOG.info(line, **figures)
        self._held.clear()
        _LOG.info("ConfigStateProjection subscribed to EventStore events")
        if not self._is_started:
            self._is_started = True
            _LOG.info("ConfigStateProjection started")

    def failed(self, error: Exception, *, is_rebuilt: bool) -> None:
        """The log cannot be read: nothing is served until it can."""
        reason = error.code if isinstance(error, TenantryError) else type(error).__name__
        if self._failure == reason:
            return
        self._failure = reason
        if not is_rebuilt:
            _LOG.warning("Starting with empty state due to event read failure", reason=reason)
            return
        _LOG.error(f"Failed to subscribe to EventStore: {reason}")
        _LOG.warning("Starting without event subscription - real-time updates disabled")

    def _tell(self, line: str, **figures: Any) -> None:
        """Write a line of a rebuild; of one that is tried again, once it has succeeded."""
        if self._failure is None:
            _LOG.info(line, **figures)
        else:
            self._held.append((line, figures))
