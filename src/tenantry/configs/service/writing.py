"""How a command becomes an event: decide, append, and decide again where someone was faster."""

from tenantry.base import Clock, Principal
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.base.instant import format_instant
from tenantry.configs import rules
from tenantry.configs.errors import (
    ConfigDeleted,
    ConfigNotFound,
    ConfigVersionMismatch,
    IdempotencyKeyReused,
)
from tenantry.configs.model import (
    ConfigCommand,
    ConfigEntry,
    ConfigEvent,
    DeleteConfigValue,
    Idempotency,
    Rejected,
    SetConfigValue,
)
from tenantry.configs.service.lines import shown
from tenantry.configs.service.pending import Key, PendingWrites
from tenantry.configs.store import ConfigCodec, ConfigStateProjection, entry_of, stream_of
from tenantry.eventlog import (
    AppendRequest,
    Conflict,
    EventLog,
    Fate,
    IdempotencyKey,
    KeyReused,
    ProjectionRunner,
    StreamAppend,
)
from tenantry.telemetry import active_sink
from tenantry.telemetry import current as current_context

_HOUR = 3_600_000_000
_ATTEMPTS = 50
"""Rounds a write may lose against other nodes before its caller is told to come back."""


class ConfigWriter:
    """Carries out commands on the log."""

    def __init__(
        self, *, log: EventLog, runner: ProjectionRunner, clock: Clock, idempotency_hours: int
    ) -> None:
        self._log = log
        self._runner = runner
        self._clock = clock
        self._idempotency_us = idempotency_hours * _HOUR
        self._pending = PendingWrites()

    async def put(
        self,
        principal: Principal,
        tenant_id: str,
        command: SetConfigValue,
        idempotency: Idempotency | None,
    ) -> ConfigEntry:
        """Store a value, with the log lines that operators look for."""
        sink = active_sink()
        value = shown(command.value) if sink.is_enabled("info") else ""
        sink.line(
            "info", f"PUT /config/{command.name} - Setting value: {value}", tenant_id=tenant_id
        )

        try:
            entry = await self._carry_out(principal, tenant_id, command, idempotency)
        except TenantryError as error:
            level = "error" if isinstance(error, Unavailable) else "info"
            sink.line(
                level,
                f"PUT /config/{command.name} - Failed to store value: {error.code}",
                tenant_id=tenant_id,
            )
            raise

        sink.line(
            "info",
            f"PUT /config/{command.name} - Successfully stored value: {value}",
            tenant_id=tenant_id,
        )
        return entry

    async def delete(
        self,
        principal: Principal,
        tenant_id: str,
        command: DeleteConfigValue,
        idempotency: Idempotency | None,
    ) -> ConfigEntry:
        """Delete a value."""
        return await self._carry_out(principal, tenant_id, command, idempotency)

    async def _carry_out(
        self,
        principal: Principal,
        tenant_id: str,
        command: ConfigCommand,
        idempotency: Idempotency | None,
    ) -> ConfigEntry:
        # A retry is answered before it is decided on: its own first attempt has changed the state.
        if idempotency is not None:
            earlier = await self._earlier(tenant_id, command.name, idempotency)
            if earlier is not None:
                return earlier

        key = (tenant_id, command.name)
        known: ConfigEntry | None = None
        for _ in range(_ATTEMPTS):
            current, rests_on = self._latest(key, known)
            timestamp = format_instant(self._clock.now_us())
            decided = rules.decide(current, command, timestamp=timestamp)

            if isinstance(decided, Rejected):
                # What it was decided on may not be durable; or it is not the last of the log, as a
                # deleted name is not in memory, and another node's write may not be here yet.
                if await self._pending.settle(key):
                    continue
                if known is None and (known := await self._last(key)) != current:
                    continue
                # The first attempt of this very request may have ended meanwhile.
                if idempotency is not None:
                    earlier = await self._earlier(tenant_id, command.name, idempotency)
                    if earlier is not None:
                        return earlier
                raise _error(command, decided)

            fate = Fate()
            request = self._request(
                principal, tenant_id, current, decided, idempotency, fate=fate, only_after=rests_on
            )
            outcome = await self._append(key, current, decided, request, fate)
            if isinstance(outcome, ConfigEntry):
                return outcome
            known = await self._last(key)

        raise Unavailable(f"{command.name}: too many writers at once", code="contended")

    async def _append(
        self,
        key: Key,
        current: ConfigEntry | None,
        event: ConfigEvent,
        request: AppendRequest,
        fate: Fate,
    ) -> ConfigEntry | None:
        """Append; None where the name has moved on meanwhile."""
        promised = rules.evolve(current, event, position=0, recorded_at=0)
        promise = self._pending.begin(key, promised, fate)
        try:
            outcome = await self._log.append(request)
        finally:
            self._pending.end(key, promise)

        if isinstance(outcome, Conflict):
            return None
        if isinstance(outcome, KeyReused):
            raise _key_reused(outcome.key)
        if outcome.is_replay:
            return await self._replayed(key, outcome.last)

        await self._runner.reach(outcome.last)
        return rules.evolve(current, event, position=outcome.first, recorded_at=outcome.recorded_at)

    def _latest(
        self, key: Key, known: ConfigEntry | None
    ) -> tuple[ConfigEntry | None, Fate | None]:
        """Return the newest state this node has heard of, and the write under way it rests on.

        No state may also mean a deleted one.
        """
        state = self._runner.projection
        assert isinstance(state, ConfigStateProjection)  # noqa: S101 - the runner is generic
        stored = max(
            (entry for entry in (state.get(*key), known) if entry),
            key=lambda entry: entry.version,
            default=None,
        )
        promise = self._pending.newest(key)
        if promise is None or (stored and stored.version >= promise.entry.version):
            return stored, None
        return promise.entry, promise.fate

    async def _last(self, key: Key) -> ConfigEntry | None:
        """Ask the log for the last state of a name, deleted or not."""
        tenant_id, name = key
        event = await self._log.last_of_stream(tenant_id, stream_of(name))
        return entry_of(event) if event else None

    async def _earlier(
        self, tenant_id: str, name: str, idempotency: Idempotency
    ) -> ConfigEntry | None:
        found = await self._log.append_of_key(tenant_id, idempotency.key)
        if found is None:
            return None
        digest, _, last = found
        if digest != idempotency.request_digest:
            raise _key_reused(idempotency.key)
        return await self._replayed((tenant_id, name), last)

    async def _replayed(self, key: Key, position: int) -> ConfigEntry:
        """Return what an earlier request with the same key left behind."""
        tenant_id, name = key
        event = await self._log.last_of_stream(tenant_id, stream_of(name), position=position)
        assert event is not None  # noqa: S101 - the digest covers the name, so it was appended there
        return entry_of(event)

    def _request(
        self,
        principal: Principal,
        tenant_id: str,
        current: ConfigEntry | None,
        event: ConfigEvent,
        idempotency: Idempotency | None,
        *,
        fate: Fate,
        only_after: Fate | None,
    ) -> AppendRequest:
        context = current_context()
        metadata = ConfigCodec(
            aggregate_id=event.config_name,
            actor=principal.id,
            correlation_id=context.correlation_id,
            causation_id=context.causation_id,
            source=principal.source,
        )
        return AppendRequest(
            tenant_id=tenant_id,
            streams=(
                StreamAppend(
                    stream_of(event.config_name),
                    current.version if current else 0,
                    (metadata.encode(event),),
                ),
            ),
            idempotency_key=self._key(idempotency),
            fate=fate,
            only_after=only_after,
        )

    def _key(self, idempotency: Idempotency | None) -> IdempotencyKey | None:
        if idempotency is None:
            return None
        return IdempotencyKey(
            key=idempotency.key,
            request_digest=idempotency.request_digest,
            expires_at=self._clock.now_us() + self._idempotency_us,
        )


def _error(command: ConfigCommand, rejected: Rejected) -> TenantryError:
    if rejected.reason == "stale":
        return ConfigVersionMismatch(
            f"{command.name} is at version {rejected.version}",
            details={"name": command.name, "version": rejected.version},
        )
    if rejected.reason == "deleted":
        return ConfigDeleted("Gone")
    return ConfigNotFound("Not Found")


def _key_reused(key: str) -> IdempotencyKeyReused:
    return IdempotencyKeyReused(
        f"Idempotency-Key: {key!r} belongs to another request", details={"key": key}
    )
