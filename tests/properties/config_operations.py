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

    @property
    def tenant_id(self) -> str:
        """For whom."""
        ...

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
        command, key = self.command, idempotency_of(self)
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
        if (known := earlier(self, model, now)) is not None:
            return known
        return remembered(self, model, model.alone(self.tenant_id, self.command, now), now)


class Several(msgspec.Struct, frozen=True):
    """A set of changes."""

    tenant_id: str
    commands: tuple[ConfigCommand, ...]
    key: str | None = None

    async def carry_out(self, store: ConfigStore) -> Done:
        """Do it."""
        written = await store.change(
            ROOT, self.tenant_id, self.commands, idempotency=idempotency_of(self)
        )
        return Done(written.position, tuple(map(without_seal, written.entries)))

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        if (known := earlier(self, model, now)) is not None:
            return known
        return remembered(self, model, model.change(self.tenant_id, self.commands, now), now)


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
        return Done(stored.position, schemas=(told_of(self.target, "set"),))

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        bound = bound_by(model, self.tenant_id)
        wanted = {self.target: self.schema}
        if not all(meets_all(fact.entry.name, fact.plain, wanted) for fact in bound):
            return Refused("ConfigSchemaViolated")
        if model.schemas.at(self.tenant_id).get(self.target) != self.schema:
            change_schema(model, self.tenant_id, self.target, self.schema, now)
        position = model.schemas.position(self.tenant_id, self.target)
        return Done(position, schemas=(told_of(self.target, "set"),))


class DeleteSchema(msgspec.Struct, frozen=True):
    """The end of a schema."""

    tenant_id: str
    target: SchemaTarget

    async def carry_out(self, store: ConfigStore) -> Done:
        """Do it."""
        position = await store.schemas.delete(ROOT, self.tenant_id, self.target)
        return Done(position, schemas=(told_of(self.target, "delete"),))

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        if self.target not in model.schemas.at(self.tenant_id):
            return Refused("ConfigNotFound")
        change_schema(model, self.tenant_id, self.target, None, now)
        return Done(model.position, schemas=(told_of(self.target, "delete"),))


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


def change_schema(
    model: ConfigModel, tenant_id: str, target: SchemaTarget, schema: bytes | None, now: int
) -> None:
    """Set a schema, or delete it."""
    model.next_event(now)
    model.schemas.changes.append(SchemaChange(tenant_id, target, schema, model.position))


def told_of(target: SchemaTarget, op: str) -> tuple[str, str, str]:
    """Return what was done to a schema, as an outcome tells it."""
    return (op, target.kind, target.text)


class WithKey(Protocol):
    """An operation that may have an idempotency key."""

    @property
    def tenant_id(self) -> str:
        """For whom."""
        ...

    @property
    def key(self) -> str | None:
        """The key, where there is one."""
        ...


def idempotency_of(operation: WithKey) -> Idempotency | None:
    """Return the key of an operation, with a digest of all of it."""
    if operation.key is None:
        return None
    return Idempotency(key=operation.key, request_digest=_digest(operation))


def earlier(operation: WithKey, model: ConfigModel, now: int) -> Outcome | None:
    """Return what comes of an operation because of an earlier one with its key."""
    if operation.key is None:
        return None
    return model.earlier(operation.tenant_id, operation.key, _digest(operation), now)


def remembered(operation: WithKey, model: ConfigModel, outcome: Outcome, now: int) -> Outcome:
    """Keep what came of an operation, where it has a key and has appended anything."""
    has_appended = isinstance(outcome, Done) and (outcome.entries or outcome.schemas)
    if operation.key is not None and isinstance(outcome, Done) and has_appended:
        digest = _digest(operation)
        model.remember(operation.tenant_id, operation.key, digest, outcome, now + _DAY)
    return outcome


def _digest(operation: WithKey) -> bytes:
    return repr(operation).encode()
