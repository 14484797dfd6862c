"""`ConfigSchemas`: set, delete and try a schema."""

from collections.abc import AsyncIterator, Callable

from tenantry.base import Clock, Principal
from tenantry.base.errors import Denied, Unavailable
from tenantry.base.instant import format_instant
from tenantry.base.principal import ALL
from tenantry.configs import rules
from tenantry.configs.errors import ConfigNotFound
from tenantry.configs.model import (
    GLOBAL_TENANT,
    STREAM_PREFIX,
    ConfigEntry,
    Rejection,
    Schema,
    SchemaTarget,
    SchemaTrial,
    layer_of,
)
from tenantry.configs.service.checking import Layered, applying, schema_conditions, violated
from tenantry.configs.service.gate import WriteGate
from tenantry.configs.service.journal import ConfigJournal, Entries
from tenantry.configs.service.permissions import READ, REVEAL, WRITE, authorise_use_of
from tenantry.configs.service.reservations import Reservations
from tenantry.configs.service.states import ConfigStates
from tenantry.configs.service.trees import ValueTrees, check_all
from tenantry.configs.store import VALUE_TYPES, entry_of, stream_of
from tenantry.eventlog import EventLog, RecordedEvent, Unchanged
from tenantry.telemetry import span

SHOWN_REJECTIONS = 1_000
"""Values that the report of a trial shows one by one; it counts them all."""

_ATTEMPTS = 50


class ConfigSchemas:
    """What values must look like: JSON Schemas (2020-12) of names and of prefixes.

    A schema binds the values of its own layer: a tenant's own ones, or, set for `global`, those of
    every tenant. Whatever is stored meets every schema that binds it.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        states: ConfigStates,
        trees: ValueTrees,
        reservations: Reservations,
        journal: ConfigJournal,
        gate: WriteGate,
        clock: Clock,
        require_ready: Callable[[], None],
    ) -> None:
        self._log = log
        self._states = states
        self._trees = trees
        self._reservations = reservations
        self._journal = journal
        self._gate = gate
        self._clock = clock
        self._require_ready = require_ready

    def get(self, principal: Principal, tenant_id: str, target: SchemaTarget) -> Schema:
        """Return the tenant's own schema of a name or a prefix; raises `ConfigNotFound`."""
        principal.authorise(tenant_id, READ)
        _check_target(target)
        self._require_ready()
        found = self._states.schemas(tenant_id).by_target.get(target)
        if found is None:
            raise ConfigNotFound("Not Found")
        return found

    def all_of(self, principal: Principal, tenant_id: str, name: str) -> list[Layered]:
        """Return every schema that values of `name` must meet, with its layer."""
        principal.authorise(tenant_id, READ)
        rules.check_name(name)
        self._require_ready()
        own, inherited = self._states.schemas(tenant_id), self._states.schemas(GLOBAL_TENANT)
        schemas = applying(tenant_id, own, inherited)
        return [(layer, each) for layer, each in schemas if each.target.covers(name)]

    async def put(
        self, principal: Principal, tenant_id: str, target: SchemaTarget, schema: bytes
    ) -> Schema:
        """Set a schema and return it as it stands.

        Raises `ConfigSchemaInvalid`, `ConfigSchemaViolated` where a present value fails it, and
        `Denied` where it would bind a secret that `principal` may not see.
        """
        self._authorise_write(principal, tenant_id, target)
        _check_target(target)
        rules.check_schema(schema)
        self._require_ready()

        with span("tenantry.configs.schema_put", tenant_id=tenant_id):
            # What another node has changed already is no reason to refuse it.
            await self._states.catch_up()
            # The long look first, and while the gate is closed only at what has changed since.
            checked = await self._check_present(principal, tenant_id, target, schema, after=0)
            async with self._gate.closed():
                await self._states.pending.settle_all()
                position = await self._append(principal, tenant_id, target, schema, checked)
            return await self._stored(target, schema, position)

    async def delete(self, principal: Principal, tenant_id: str, target: SchemaTarget) -> int:
        """Delete a schema and return the position of that; raises `ConfigNotFound`."""
        self._authorise_write(principal, tenant_id, target)
        _check_target(target)
        self._require_ready()
        with span("tenantry.configs.schema_delete", tenant_id=tenant_id):
            return await self._append(principal, tenant_id, target, None, 0)

    async def dry_run(
        self, principal: Principal, tenant_id: str, target: SchemaTarget, schema: bytes
    ) -> SchemaTrial:
        """Say which values, present and past, a schema would have rejected; changes nothing.

        For `global` these are the values of every tenant, which only who may read them all may ask.
        Secrets that `principal` may not see are skipped.
        """
        principal.authorise(tenant_id, READ)
        if tenant_id == GLOBAL_TENANT and principal.tenant_id != ALL:
            raise Denied("only who may read every tenant can try a schema on all of them")
        _check_target(target)
        rules.check_schema(schema)
        self._require_ready()

        await self._states.catch_up()
        layered = (layer_of(tenant_id), Schema(target, schema, 0, 0, 0))
        present = {
            entry.position for tree in self._trees.bound_by(tenant_id).values() for entry in tree
        }
        checked = count = skipped = 0
        rejected: list[Rejection] = []
        async for page in self._history(tenant_id, target):
            for owner, entry in page:
                if entry.is_secret and not principal.may(owner, REVEAL):
                    skipped += 1
                    continue
                checked += 1
                is_present = entry.position in present
                rejection = await self._try(owner, entry, layered, is_present=is_present)
                count += rejection is not None
                if rejection is not None and len(rejected) < SHOWN_REJECTIONS:
                    rejected.append(rejection)
        return SchemaTrial(checked, count, tuple(rejected), skipped)

    def _authorise_write(self, principal: Principal, tenant_id: str, target: SchemaTarget) -> None:
        principal.authorise(tenant_id, WRITE)
        # Whoever may not write what is reserved may not say either what it must look like.
        self._reservations.admit(principal, tenant_id, (target.text,))

    async def _append(
        self,
        principal: Principal,
        tenant_id: str,
        target: SchemaTarget,
        schema: bytes | None,
        checked: int,
    ) -> int:
        """Make `schema`, or none, of what is there; values up to `checked` are known to meet it."""
        for _ in range(_ATTEMPTS):
            await self._states.catch_up()
            current = self._states.schemas(tenant_id)
            global_version = self._states.schemas(GLOBAL_TENANT).version
            desired = {each: known.schema for each, known in current.by_target.items()}
            if schema is None and desired.pop(target, None) is None:
                raise ConfigNotFound("Not Found")
            if schema is not None:
                desired[target] = schema
                checked = await self._check_present(
                    principal, tenant_id, target, schema, after=checked
                )

            timestamp = format_instant(self._clock.now_us())
            events = rules.decide_schemas(current, desired, timestamp=timestamp)
            if not events:
                return current.by_target[target].position
            outcome = await self._journal.append(
                principal,
                tenant_id,
                (),
                conditions=schema_conditions(tenant_id, current.version, global_version),
                schema_events=events,
                unchanged=_unchanged(tenant_id, target, checked) if schema is not None else None,
            )
            if isinstance(outcome, Entries):
                return outcome.position
        raise Unavailable("too many writers at once for a schema to be set", code="contended")

    async def _stored(self, target: SchemaTarget, schema: bytes, position: int) -> Schema:
        """Return the schema that was set at `position`; another may have taken its place."""
        (event,) = await self._log.read(after=position - 1, limit=1)
        return Schema(target, schema, event.version, event.position, event.recorded_at)

    async def _check_present(
        self,
        principal: Principal,
        tenant_id: str,
        target: SchemaTarget,
        schema: bytes,
        *,
        after: int,
    ) -> int:
        """Raise `ConfigSchemaViolated` for values changed behind `after`; return how far we saw."""
        position = self._states.position
        bound = {
            owner: [e for e in tree if e.position > after and target.covers(e.name)]
            for owner, tree in self._trees.bound_by(tenant_id).items()
        }
        for owner, entries in bound.items():
            for entry in entries:
                if entry.is_secret:
                    authorise_use_of(principal, owner, entry.name)
        values = [
            value
            for owner, entries in bound.items()
            for value in await self._trees.opened(owner, entries)
        ]
        layered = (layer_of(tenant_id), Schema(target, schema, 0, 0, 0))
        violations = await check_all(values, [layered])
        if violations:
            raise violated(violations)
        return position

    async def _try(
        self, tenant_id: str, entry: ConfigEntry, schema: Layered, *, is_present: bool
    ) -> Rejection | None:
        values = await self._trees.opened(tenant_id, [entry])
        violations = await check_all(values, [schema])
        if not violations:
            return None
        return Rejection(
            tenant_id, entry.name, entry.version, entry.position, is_present, tuple(violations)
        )

    async def _history(
        self, tenant_id: str, target: SchemaTarget
    ) -> AsyncIterator[list[tuple[str, ConfigEntry]]]:
        """Yield every value that was ever stored where the schema would bind it."""
        async for page in self._events(tenant_id, target):
            entries = [
                (event.tenant_id, entry_of(event))
                for event in page
                if event.type in VALUE_TYPES and tenant_id in (GLOBAL_TENANT, event.tenant_id)
            ]
            yield [
                (owner, entry)
                for owner, entry in entries
                if target.covers(entry.name) and not entry.is_deleted
            ]

    async def _events(
        self, tenant_id: str, target: SchemaTarget
    ) -> AsyncIterator[list[RecordedEvent]]:
        if target.kind == "name" and tenant_id != GLOBAL_TENANT:
            async for page in self._log.read_stream(tenant_id, stream_of(target.text)):
                yield page
            return
        position, end = 0, (await self._log.head()).position
        while position < end:
            page = await self._log.read(after=position)
            yield page
            position = page[-1].position


def _check_target(target: SchemaTarget) -> None:
    if target.kind == "name":
        rules.check_name(target.text)
    else:
        rules.check_prefix(target.text)


def _unchanged(tenant_id: str, target: SchemaTarget, position: int) -> Unchanged:
    return Unchanged(
        STREAM_PREFIX + target.text,
        position,
        None if tenant_id == GLOBAL_TENANT else tenant_id,
        is_exact=target.kind == "name",
    )
