"""Decided events to one append, and what an earlier append has done."""

from collections.abc import Sequence

import msgspec

from tenantry.base import Clock, Principal
from tenantry.configs import rules
from tenantry.configs.errors import IdempotencyKeyReused
from tenantry.configs.model import (
    SCHEMAS_STREAM,
    ConfigEntry,
    ConfigEvent,
    Idempotency,
    SchemaEvent,
)
from tenantry.configs.service.pending import Promise
from tenantry.configs.service.states import ConfigStates
from tenantry.configs.store import (
    SCHEMA_TYPES,
    VALUE_TYPES,
    ConfigCodec,
    decode_schema_event,
    entry_of,
    stream_of,
)
from tenantry.eventlog import (
    AppendRequest,
    Conflict,
    EventLog,
    Fate,
    IdempotencyKey,
    KeyReused,
    ProjectionRunner,
    RecordedEvent,
    StreamAppend,
    Unchanged,
)
from tenantry.telemetry import current as current_context

_HOUR = 3_600_000_000


class Decided(msgspec.Struct, frozen=True):
    """An event of a setting, and the state it was decided on."""

    current: ConfigEntry | None
    event: ConfigEvent


class Entries(msgspec.Struct, frozen=True):
    """What an append has left behind, in the order of its events, and its last position."""

    entries: tuple[ConfigEntry, ...]
    position: int
    schema_events: tuple[SchemaEvent, ...] = ()


class ConfigJournal:
    """Appends what was decided, and answers once this node shows it."""

    def __init__(
        self,
        *,
        log: EventLog,
        runner: ProjectionRunner,
        states: ConfigStates,
        clock: Clock,
        idempotency_hours: int,
    ) -> None:
        self._log = log
        self._runner = runner
        self._pending = states.pending
        self._clock = clock
        self._idempotency_us = idempotency_hours * _HOUR

    async def append(
        self,
        principal: Principal,
        tenant_id: str,
        decided: Sequence[Decided],
        *,
        conditions: tuple[StreamAppend, ...] = (),
        schema_events: Sequence[SchemaEvent] = (),
        unchanged: Unchanged | None = None,
        rests_on: tuple[Fate, ...] = (),
        idempotency: Idempotency | None = None,
    ) -> Entries | Conflict:
        """Append, all or nothing; raises `IdempotencyKeyReused`.

        `schema_events` go to the tenant's schemas at the version that `conditions` name first.
        """
        fate = Fate()
        request = AppendRequest(
            tenant_id=tenant_id,
            streams=(
                *(self._stream(principal, each) for each in decided),
                *self._with_schemas(principal, conditions, schema_events),
            ),
            idempotency_key=self._key(idempotency),
            unchanged=unchanged,
            fate=fate,
            only_after=rests_on,
        )

        promises = [
            ((tenant_id, each.event.config_name), self._promise(tenant_id, each, fate))
            for each in decided
        ]
        try:
            outcome = await self._log.append(request)
        finally:
            for key, promise in promises:
                self._pending.end(key, promise)

        if isinstance(outcome, Conflict):
            return outcome
        if isinstance(outcome, KeyReused):
            raise key_reused(outcome.key)
        if outcome.is_replay:
            return await self.replayed(tenant_id, outcome.first, outcome.last)

        await self._runner.reach(outcome.last)
        return Entries(
            tuple(
                rules.evolve(
                    each.current,
                    each.event,
                    tenant_id=tenant_id,
                    position=outcome.first + number,
                    recorded_at=outcome.recorded_at + number,
                )
                for number, each in enumerate(decided)
            ),
            outcome.last,
            tuple(schema_events),
        )

    def request(
        self,
        principal: Principal,
        tenant_id: str,
        current: ConfigEntry | None,
        events: Sequence[ConfigEvent],
        idempotency: Idempotency | None,
    ) -> AppendRequest:
        """Return the append of several events of one setting, for a unit that has rows too."""
        name = events[0].config_name
        encoded = tuple(_metadata(principal, name).encode(event) for event in events)
        version = current.version if current else 0
        stream = StreamAppend(stream_of(name), version, encoded)
        return AppendRequest(tenant_id, (stream,), self._key(idempotency))

    async def earlier(self, tenant_id: str, idempotency: Idempotency | None) -> Entries | None:
        """Return what an earlier request with this key has done; raises `IdempotencyKeyReused`."""
        if idempotency is None:
            return None
        found = await self._log.append_of_key(tenant_id, idempotency.key)
        if found is None:
            return None
        digest, first, last = found
        if digest != idempotency.request_digest:
            raise key_reused(idempotency.key)
        return await self.replayed(tenant_id, first, last)

    async def replayed(self, tenant_id: str, first: int, last: int) -> Entries:
        """Return what the events from `first` to `last` have left behind."""
        events: list[RecordedEvent] = []
        after = first - 1
        while after < last:
            page = await self._log.read(after=after, limit=last - after)
            events += [event for event in page if event.tenant_id == tenant_id]
            after = page[-1].position
        return Entries(
            tuple(entry_of(event) for event in events if event.type in VALUE_TYPES),
            last,
            tuple(decode_schema_event(event) for event in events if event.type in SCHEMA_TYPES),
        )

    def _promise(self, tenant_id: str, decided: Decided, fate: Fate) -> Promise:
        promised = rules.evolve(
            decided.current, decided.event, tenant_id=tenant_id, position=0, recorded_at=0
        )
        return self._pending.begin((tenant_id, promised.name), promised, fate)

    def _stream(self, principal: Principal, decided: Decided) -> StreamAppend:
        event = decided.event
        metadata = _metadata(principal, event.config_name)
        version = decided.current.version if decided.current else 0
        return StreamAppend(stream_of(event.config_name), version, (metadata.encode(event),))

    def _with_schemas(
        self,
        principal: Principal,
        conditions: tuple[StreamAppend, ...],
        events: Sequence[SchemaEvent],
    ) -> tuple[StreamAppend, ...]:
        if not events:
            return conditions
        own, *others = conditions
        metadata = msgspec.structs.replace(
            _metadata(principal, SCHEMAS_STREAM), aggregate_type="ConfigSchemas"
        )
        encoded = tuple(metadata.encode(event) for event in events)
        return (StreamAppend(own.stream, own.expected_version, encoded), *others)

    def _key(self, idempotency: Idempotency | None) -> IdempotencyKey | None:
        if idempotency is None:
            return None
        return IdempotencyKey(
            key=idempotency.key,
            request_digest=idempotency.request_digest,
            expires_at=self._clock.now_us() + self._idempotency_us,
        )


def key_reused(key: str) -> IdempotencyKeyReused:
    """Build the error of a key that belongs to another request."""
    return IdempotencyKeyReused(
        f"Idempotency-Key: {key!r} belongs to another request", details={"key": key}
    )


def _metadata(principal: Principal, aggregate_id: str) -> ConfigCodec:
    context = current_context()
    return ConfigCodec(
        aggregate_id=aggregate_id,
        actor=principal.id,
        correlation_id=context.correlation_id,
        causation_id=context.causation_id,
        source=principal.source,
    )
