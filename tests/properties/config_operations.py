"""What can be done to settings: each carried out on a node, and applied to the model."""

from collections.abc import Awaitable
from typing import Protocol

import msgspec

from tenantry.base.errors import TenantryError
from tenantry.configs import (
    GLOBAL_TENANT,
    Condition,
    ConfigCommand,
    ConfigEntry,
    ConfigStore,
    Idempotency,
    RollbackReport,
    SchemaTarget,
)
from tenantry.configs import DeleteConfigValue as Delete
from tenantry.configs import SetConfigValue as Set
from tests.properties.config_model import SEALED, ConfigModel, Done, Fact, Outcome, Refused
from tests.properties.config_schema_model import SchemaChange, meets_all
from tests.support.nodes import ROOT

_DAY = 24 * 3_600_000_000


class Operation(Protocol):
    """Something to be done for a tenant."""

    tenant_id: str

    def carry_out(self, store: ConfigStore) -> Awaitable[Done]:
        """Do it; raises what the store raises."""
        ...

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it, and do that to the model."""
        ...


class One(msgspec.Struct, frozen=True):
    """A PUT or a DELETE."""

    tenant_id: str
    command: ConfigCommand
    key: str | None = None

    async def carry_out(self, store: ConfigStore) -> Done:
        """Do it."""
        command, key = self.command, _idempotency(self)
        if isinstance(command, Set):
            entry = await store.put_json(ROOT, self.tenant_id, command, idempotency=key)
        else:
            entry = await store.delete(
                ROOT, self.tenant_id, command.name, condition=command.condition, idempotency=key
            )
        return Done(entry.position, (without_seal(entry),))

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        if isinstance(self.command, Delete) and self.command.condition.must_be_absent:
            return Refused("ConfigValueInvalid")
        if (earlier := _earlier(self, model, now)) is not None:
            return earlier
        return _remembered(self, model, model.alone(self.tenant_id, self.command, now), now)


class Several(msgspec.Struct, frozen=True):
    """A set of changes."""

    tenant_id: str
    commands: tuple[ConfigCommand, ...]
    key: str | None = None

    async def carry_out(self, store: ConfigStore) -> Done:
        """Do it."""
        written = await store.change(
            ROOT, self.tenant_id, self.commands, idempotency=_idempotency(self)
        )
        return Done(written.position, tuple(map(without_seal, written.entries)))

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        if (earlier := _earlier(self, model, now)) is not None:
            return earlier
        return _remembered(self, model, model.change(self.tenant_id, self.commands, now), now)


class Shred(msgspec.Struct, frozen=True):
    """A DELETE that destroys the key."""

    tenant_id: str
    name: str
    condition: Condition

    async def carry_out(self, store: ConfigStore) -> Done:
        """Do it."""
        entry = await store.shred(ROOT, self.tenant_id, self.name, condition=self.condition)
        return Done(entry.position, (without_seal(entry),))

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        if self.condition.must_be_absent:
            return Refused("ConfigValueInvalid")
        return model.shred(self.tenant_id, self.name, self.condition, now)


class PutSchema(msgspec.Struct, frozen=True):
    """A schema for a name or a prefix."""

    tenant_id: str
    target: SchemaTarget
    schema: bytes

    async def carry_out(self, store: ConfigStore) -> Done:
        """Do it."""
        stored = await store.schemas.put(ROOT, self.tenant_id, self.target, self.schema)
        assert stored.schema == self.schema
        return Done(stored.position, schemas=(_told(self.target, "set"),))

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        bound = bound_by(model, self.tenant_id)
        wanted = {self.target: self.schema}
        if not all(meets_all(fact.entry.name, fact.plain, wanted) for fact in bound):
            return Refused("ConfigSchemaViolated")
        if model.schemas.at(self.tenant_id).get(self.target) != self.schema:
            _change_schema(model, self.tenant_id, self.target, self.schema, now)
        position = model.schemas.position(self.tenant_id, self.target)
        return Done(position, schemas=(_told(self.target, "set"),))


class DeleteSchema(msgspec.Struct, frozen=True):
    """The end of a schema."""

    tenant_id: str
    target: SchemaTarget

    async def carry_out(self, store: ConfigStore) -> Done:
        """Do it."""
        position = await store.schemas.delete(ROOT, self.tenant_id, self.target)
        return Done(position, schemas=(_told(self.target, "delete"),))

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        if self.target not in model.schemas.at(self.tenant_id):
            return Refused("ConfigNotFound")
        _change_schema(model, self.tenant_id, self.target, None, now)
        return Done(model.position, schemas=(_told(self.target, "delete"),))


class RollBackOne(msgspec.Struct, frozen=True):
    """A name as it was at a version."""

    tenant_id: str
    name: str
    version: int
    key: str | None = None

    async def carry_out(self, store: ConfigStore) -> Done:
        """Do it."""
        return _done(
            await store.rollback(
                ROOT, self.tenant_id, self.name, self.version, idempotency=_idempotency(self)
            )
        )

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        versions = model.history(self.tenant_id, self.name)[self.version - 1 : self.version]
        if not versions:
            return Refused("ConfigNotFound")
        if (earlier := _earlier(self, model, now)) is not None:
            return earlier
        then, target = versions[0], SchemaTarget("name", self.name)
        schemas = model.schemas.at(self.tenant_id, then.entry.position)
        wanted = {target: schemas[target]} if target in schemas else {}
        outcome = _roll_back(model, self.tenant_id, {self.name: then}, {target}, wanted, now)
        return _remembered(self, model, outcome, now)


class RollBackTree(msgspec.Struct, frozen=True):
    """Everything with a prefix as it was at a position."""

    tenant_id: str
    position: int
    prefix: str
    expected_position: int | None = None
    key: str | None = None

    async def carry_out(self, store: ConfigStore) -> Done:
        """Do it."""
        return _done(
            await store.rollback_all(
                ROOT,
                self.tenant_id,
                self.position,
                prefix=self.prefix,
                expected_position=self.expected_position,
                idempotency=_idempotency(self),
            )
        )

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        if self.position > model.position:
            return Refused("Invalid")
        if (earlier := _earlier(self, model, now)) is not None:
            return earlier
        mine = [
            f
            for f in model.facts
            if f.tenant_id == self.tenant_id and f.entry.name.startswith(self.prefix)
        ]
        expected = self.expected_position
        if expected is not None and any(fact.entry.position > expected for fact in mine):
            return Refused("Conflict")
        # Where a name was not there yet, there is none to be restored.
        past: dict[str, Fact | None] = dict.fromkeys(fact.entry.name for fact in mine)
        past.update({f.entry.name: f for f in mine if f.entry.position <= self.position})
        before = model.schemas.at(self.tenant_id, self.position)
        targets = {
            target
            for target in {*model.schemas.at(self.tenant_id), *before}
            if target.text.startswith(self.prefix)
        }
        wanted = {target: before[target] for target in targets if target in before}
        outcome = _roll_back(model, self.tenant_id, past, targets, wanted, now)
        return _remembered(self, model, outcome, now)


async def outcome_of(operation: Operation, store: ConfigStore) -> Outcome:
    """Carry out an operation, and say what came of it."""
    try:
        return await operation.carry_out(store)
    except TenantryError as error:
        stale = [(each["name"], each["version"]) for each in (error.details or {}).get("stale", ())]
        return Refused(type(error).__name__, tuple(stale))


def without_seal(entry: ConfigEntry) -> ConfigEntry:
    """Return an entry as the model knows it."""
    return msgspec.structs.replace(entry, sealed=SEALED) if entry.is_secret else entry


def bound_by(model: ConfigModel, tenant_id: str) -> list[Fact]:
    """Return the live settings that the schemas of a tenant are about."""
    tenants = {tenant_id}
    if tenant_id == GLOBAL_TENANT:
        tenants = {fact.tenant_id for fact in model.facts}
    return [fact for tenant in sorted(tenants) for fact in model.own(tenant).values()]


def _roll_back(
    model: ConfigModel,
    tenant_id: str,
    past: dict[str, Fact] | dict[str, Fact | None],
    targets: set[SchemaTarget],
    wanted: dict[SchemaTarget, bytes],
    now: int,
) -> Outcome:
    """Make the names of `past`, and the schemas of `targets`, what they were."""
    present = model.own(tenant_id)
    lost = sorted(name for name, then in past.items() if then and model.is_shredded(then))
    commands: list[ConfigCommand] = []
    for name, then in sorted(past.items()):
        current = present.get(name)
        if then is None or then.kind != "set":
            commands += [Delete(name)] if current else []
        elif name not in lost and not _is_as_good(current, then):
            commands.append(Set(name, then.plain, is_secret=then.entry.is_secret))

    schemas = model.schemas.at(tenant_id)
    desired = {t: s for t, s in {**schemas, **wanted}.items() if t in wanted or t not in targets}
    changed = [t for t in sorted({*schemas, *desired}) if schemas.get(t) != desired.get(t)]
    sets = [(c.name, c.value, tenant_id) for c in commands if isinstance(c, Set)]
    touched = {command.name for command in commands}
    untouched = [
        (fact.entry.name, fact.plain, fact.tenant_id)
        for fact in bound_by(model, tenant_id)
        if changed and (fact.tenant_id != tenant_id or fact.entry.name not in touched)
    ]
    for name, value, _ in sets + untouched:
        beneath = model.schemas.at(GLOBAL_TENANT) if tenant_id != GLOBAL_TENANT else {}
        if not (meets_all(name, value, desired) and meets_all(name, value, beneath)):
            return Refused("ConfigSchemaViolated")

    entries = tuple(model._carry_out(tenant_id, command, now) for command in commands)
    for target in changed:
        _change_schema(model, tenant_id, target, desired.get(target), now)
    told = [_told(target, "set" if target in desired else "delete") for target in changed]
    return Done(model.position, entries, tuple(sorted(told)), tuple(lost))


def _is_as_good(current: Fact | None, then: Fact) -> bool:
    """Whether what is there is what was there: a secret stays one, whatever was before it."""
    if current is None or current.plain != then.plain:
        return False
    return current.entry.is_secret or not then.entry.is_secret


def _change_schema(
    model: ConfigModel, tenant_id: str, target: SchemaTarget, schema: bytes | None, now: int
) -> None:
    model.next_event(now)
    model.schemas.changes.append(SchemaChange(tenant_id, target, schema, model.position))


def _done(report: RollbackReport) -> Done:
    told = [_told(target, "set") for target in report.schemas_set]
    told += [_told(target, "delete") for target in report.schemas_deleted]
    lost = sorted(each.name for each in report.not_restored)
    entries = tuple(map(without_seal, report.changes))
    return Done(report.position, entries, tuple(sorted(told)), tuple(lost))


def _told(target: SchemaTarget, op: str) -> tuple[str, str, str]:
    return (op, target.kind, target.text)


class _WithKey(Protocol):
    @property
    def tenant_id(self) -> str: ...
    @property
    def key(self) -> str | None: ...


def _idempotency(operation: _WithKey) -> Idempotency | None:
    if operation.key is None:
        return None
    return Idempotency(key=operation.key, request_digest=_digest(operation))


def _digest(operation: _WithKey) -> bytes:
    return repr(operation).encode()


def _earlier(operation: _WithKey, model: ConfigModel, now: int) -> Outcome | None:
    if operation.key is None:
        return None
    return model.earlier(operation.tenant_id, operation.key, _digest(operation), now)


def _remembered(operation: _WithKey, model: ConfigModel, outcome: Outcome, now: int) -> Outcome:
    has_appended = isinstance(outcome, Done) and (outcome.entries or outcome.schemas)
    if operation.key is not None and isinstance(outcome, Done) and has_appended:
        digest = _digest(operation)
        model.remember(operation.tenant_id, operation.key, digest, outcome, now + _DAY)
    return outcome
