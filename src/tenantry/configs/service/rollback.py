"""`ConfigRollback`: what was, made the present again by new changes."""

from collections.abc import Callable, Mapping

import msgspec

from tenantry.base import Clock, Principal
from tenantry.base.errors import Conflict, Invalid, Unavailable
from tenantry.base.instant import format_instant
from tenantry.configs import rules
from tenantry.configs.errors import ConfigNotFound
from tenantry.configs.model import (
    GLOBAL_TENANT,
    STREAM_PREFIX,
    ConfigCommand,
    ConfigEntry,
    ConfigSchemaSet,
    Idempotency,
    Rejected,
    RollbackReport,
    Schemas,
    SchemaTarget,
    SetConfigValue,
    Unrestored,
)
from tenantry.configs.service.checking import schema_conditions, violated
from tenantry.configs.service.gate import WriteGate
from tenantry.configs.service.journal import ConfigJournal, Decided, Entries
from tenantry.configs.service.permissions import WRITE, authorise_use_of
from tenantry.configs.service.reservations import Reservations
from tenantry.configs.service.sealing import Sealing
from tenantry.configs.service.states import ConfigStates
from tenantry.configs.service.willbe import WholeCheck
from tenantry.configs.store import entry_of, stream_of, target_of
from tenantry.eventlog import EventLog, Unchanged
from tenantry.telemetry import span
from tenantry.vault import Shredded

_ATTEMPTS = 50


class _Goal(msgspec.Struct, frozen=True):
    """What is to be there again: the past states of the names in question, and their schemas."""

    prefix: str
    only: str | None
    past: dict[str, ConfigEntry]
    schemas: dict[SchemaTarget, bytes]

    def concerns(self, target: SchemaTarget) -> bool:
        """Whether a schema is among what is to be restored."""
        if self.only is not None:
            return target == SchemaTarget("name", self.only)
        return target.text.startswith(self.prefix)


class ConfigRollback:
    """Restores values and schemas of the own layer; history is never rewritten."""

    def __init__(
        self,
        *,
        log: EventLog,
        states: ConfigStates,
        sealing: Sealing,
        reservations: Reservations,
        check: WholeCheck,
        journal: ConfigJournal,
        gate: WriteGate,
        clock: Clock,
        require_ready: Callable[[], None],
    ) -> None:
        self._log = log
        self._states = states
        self._sealing = sealing
        self._reservations = reservations
        self._check = check
        self._journal = journal
        self._gate = gate
        self._clock = clock
        self._require_ready = require_ready

    async def one(
        self,
        principal: Principal,
        tenant_id: str,
        name: str,
        version: int,
        *,
        idempotency: Idempotency | None = None,
    ) -> RollbackReport:
        """Restore `name`, and its schema, as it was at `version`.

        Raises `ConfigNotFound` where it never was at that version, and as `tree` does.
        """
        principal.authorise(tenant_id, WRITE)
        self._reservations.admit(principal, tenant_id, (name,))
        rules.check_name(name)
        self._require_ready()
        entry = await self._at_version(tenant_id, name, version)
        schemas = await self._states.schemas_at(tenant_id, entry.position)
        goal = _goal({name: entry}, schemas, only=name)
        return await self._restore(principal, tenant_id, goal, None, idempotency)

    async def tree(
        self,
        principal: Principal,
        tenant_id: str,
        position: int,
        *,
        prefix: str = "",
        expected_position: int | None = None,
        idempotency: Idempotency | None = None,
    ) -> RollbackReport:
        """Restore all settings whose names start with `prefix`, and their schemas.

        They become what they were at `position`, in one change; a secret whose key was destroyed
        stays as it is and is reported. Raises `ConfigSchemaViolated` with everything that would
        not meet the schemas as they will be, `Denied` where it would take a secret that `principal`
        may not see or change a reserved name that they may not, `Conflict` where
        `expected_position` is given and something has changed behind it, `Invalid` where the log
        has not come to `position` or a reserved name would get what is not fit for it, and
        `TooLarge` where it is too much for one change.
        """
        principal.authorise(tenant_id, WRITE)
        rules.check_prefix(prefix)
        self._require_ready()
        # What will be there then nobody knows, and it would change between two reads.
        if position > (end := (await self._log.head()).position):
            raise Invalid(field="to", got=position, wants=f"at most {end}, where the log ends")
        past = await self._states.lasts(tenant_id, prefix=prefix, position=position)
        schemas = await self._states.schemas_at(tenant_id, position)
        goal = _goal(past, schemas, prefix=prefix)
        return await self._restore(principal, tenant_id, goal, expected_position, idempotency)

    async def _restore(
        self,
        principal: Principal,
        tenant_id: str,
        goal: _Goal,
        expected_position: int | None,
        idempotency: Idempotency | None,
    ) -> RollbackReport:
        with span("tenantry.configs.rollback", tenant_id=tenant_id):
            async with self._gate.closed():
                await self._states.pending.settle_all()
                for _ in range(_ATTEMPTS):
                    report = await self._try(
                        principal, tenant_id, goal, expected_position, idempotency
                    )
                    if report is not None:
                        return report
        raise Unavailable("too many writers at once for a rollback", code="contended")

    async def _try(
        self,
        principal: Principal,
        tenant_id: str,
        goal: _Goal,
        expected_position: int | None,
        idempotency: Idempotency | None,
    ) -> RollbackReport | None:
        """Restore once; None where another node was faster."""
        position = await self._states.catch_up()
        own, inherited = self._states.schemas(tenant_id), self._states.schemas(GLOBAL_TENANT)
        present = await self._present(tenant_id, goal, position)
        # Opened behind `position`, on which the append rests: no key was destroyed in between.
        opened, lost = await self._open_secrets(
            principal, tenant_id, _live(present), _live(goal.past)
        )
        earlier = await self._journal.earlier(tenant_id, idempotency)
        if earlier is not None:
            return _report(earlier, lost)

        if expected_position is not None:
            await self._require_unchanged(tenant_id, goal, present, expected_position)
        commands = rules.restoring(_live(present), _live(goal.past), opened)
        timestamp = format_instant(self._clock.now_us())
        desired = _desired(own, goal)
        schema_events = rules.decide_schemas(own, desired, timestamp=timestamp)
        changed = [*commands, *map(target_of, schema_events)]
        self._reservations.admit(principal, tenant_id, map(_named, changed))
        self._reservations.check(commands)
        violations = await self._check.violations(
            tenant_id, commands, desired, has_new_schemas=bool(schema_events)
        )
        if violations:
            raise violated(violations)
        if not commands and not schema_events:
            return _report(Entries((), position), lost)

        outcome = await self._journal.append(
            principal,
            tenant_id,
            await self._decide(tenant_id, present, commands, timestamp),
            conditions=schema_conditions(tenant_id, own.version, inherited.version),
            schema_events=schema_events,
            unchanged=_unchanged(tenant_id, goal, position, is_wide=bool(schema_events)),
            idempotency=idempotency,
        )
        return _report(outcome, lost) if isinstance(outcome, Entries) else None

    async def _require_unchanged(
        self, tenant_id: str, goal: _Goal, present: Mapping[str, ConfigEntry], position: int
    ) -> None:
        """Raise `Conflict` where a value, or a schema, of what is restored is newer than that."""
        changed = sorted(name for name, entry in present.items() if entry.position > position)
        schemas = [
            target
            for target in await self._states.schemas_changed(tenant_id, after=position)
            if goal.concerns(target)
        ]
        if not changed and not schemas:
            return
        first = changed[0] if changed else f"the schema of {schemas[0].text or 'everything'}"
        raise Conflict(
            f"{len(changed)} settings and {len(schemas)} schemas have changed behind position "
            f"{position}, {first} first",
            code="changed_since",
            details={
                "expected_position": position,
                "changed": changed[:100],
                "schemas": [{target.kind: target.text} for target in schemas[:100]],
            },
        )

    async def _decide(
        self,
        tenant_id: str,
        present: Mapping[str, ConfigEntry],
        commands: list[ConfigCommand],
        timestamp: str,
    ) -> list[Decided]:
        decided = []
        for command in commands:
            current = present.get(command.name)
            sealed = None
            if isinstance(command, SetConfigValue) and self._sealing.is_due(command, current):
                sealed = (await self._sealing.seal(tenant_id, command, current)).text
            event = rules.decide(current, command, timestamp=timestamp, sealed=sealed)
            assert not isinstance(event, Rejected)  # noqa: S101 - made from these very states
            decided.append(Decided(current, event))
        return decided

    async def _present(self, tenant_id: str, goal: _Goal, position: int) -> dict[str, ConfigEntry]:
        """Return what is there now, deleted or not."""
        if goal.only is None:
            return await self._states.lasts(tenant_id, prefix=goal.prefix, position=position)
        entry = await self._states.last((tenant_id, goal.only), position=position)
        return {goal.only: entry} if entry else {}

    async def _at_version(self, tenant_id: str, name: str, version: int) -> ConfigEntry:
        async for page in self._log.read_stream(tenant_id, stream_of(name), after=version - 1):
            if page[0].version == version:
                return entry_of(page[0])
            break
        raise ConfigNotFound(f"{name} has no version {version}")

    async def _open_secrets(
        self,
        principal: Principal,
        tenant_id: str,
        present: Mapping[str, ConfigEntry],
        past: Mapping[str, ConfigEntry],
    ) -> tuple[dict[int, bytes], tuple[Unrestored, ...]]:
        """Open the secrets of names that are not at their version of the past, by position.

        Return also those of the past whose key is not there any more.
        """
        opened: dict[int, bytes] = {}
        lost: list[Unrestored] = []
        for name, then in past.items():
            now = present.get(name)
            if now is not None and now.version == then.version:
                continue
            for entry in (now, then):
                if entry is None or not entry.is_secret:
                    continue
                authorise_use_of(principal, tenant_id, name)
                try:
                    opened[entry.position] = await self._sealing.open(tenant_id, entry)
                except Shredded:
                    lost += [Unrestored(name, "shredded")] if entry is then else []
        return opened, tuple(lost)


def _goal(
    past: dict[str, ConfigEntry], schemas: Schemas, *, prefix: str = "", only: str | None = None
) -> _Goal:
    goal = _Goal(prefix, only, past, {})
    wanted = {t: s.schema for t, s in schemas.by_target.items() if goal.concerns(t)}
    return msgspec.structs.replace(goal, schemas=wanted)


def _live(entries: Mapping[str, ConfigEntry]) -> dict[str, ConfigEntry]:
    return {name: entry for name, entry in entries.items() if not entry.is_deleted}


def _desired(own: Schemas, goal: _Goal) -> dict[SchemaTarget, bytes]:
    kept = {t: s.schema for t, s in own.by_target.items() if not goal.concerns(t)}
    return {**kept, **goal.schemas}


def _unchanged(tenant_id: str, goal: _Goal, position: int, *, is_wide: bool) -> Unchanged:
    """Return the condition that nothing which was looked at has changed."""
    if is_wide:
        # Schemas bind more names than the ones restored, and those of global bind every tenant.
        return Unchanged(STREAM_PREFIX, position, None if tenant_id == GLOBAL_TENANT else tenant_id)
    if goal.only is not None:
        return Unchanged(stream_of(goal.only), position, tenant_id, is_exact=True)
    return Unchanged(STREAM_PREFIX + goal.prefix, position, tenant_id)


def _named(changed: ConfigCommand | SchemaTarget) -> str:
    return changed.text if isinstance(changed, SchemaTarget) else changed.name


def _report(entries: Entries, lost: tuple[Unrestored, ...]) -> RollbackReport:
    targets = [(target_of(event), event) for event in entries.schema_events]
    return RollbackReport(
        entries.position,
        entries.entries,
        tuple(target for target, event in targets if isinstance(event, ConfigSchemaSet)),
        tuple(target for target, event in targets if not isinstance(event, ConfigSchemaSet)),
        lost,
    )
