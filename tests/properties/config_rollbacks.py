"""Rollback: what was, made the present again, on a node and in the model."""

import msgspec

from tenantry.configs import (
    GLOBAL_TENANT,
    ConfigCommand,
    ConfigStore,
    DeleteConfigValue,
    RollbackReport,
    SchemaTarget,
    SetConfigValue,
)
from tests.properties.config_model import ConfigModel, Done, Fact, Outcome, Refused
from tests.properties.config_operations import (
    bound_by,
    change_schema,
    earlier,
    idempotency_of,
    remembered,
    told_of,
    without_seal,
)
from tests.properties.config_schema_model import meets_all
from tests.support.nodes import ROOT


class _Goal(msgspec.Struct, frozen=True):
    """What each name, and each schema, is to be again; None for what was not there."""

    tenant_id: str
    past: dict[str, Fact | None]
    schemas: dict[SchemaTarget, bytes | None]


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
                ROOT, self.tenant_id, self.name, self.version, idempotency=idempotency_of(self)
            )
        )

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        versions = model.history(self.tenant_id, self.name)[self.version - 1 : self.version]
        if not versions:
            return Refused("ConfigNotFound")
        if (known := earlier(self, model, now)) is not None:
            return known
        then, target = versions[0], SchemaTarget("name", self.name)
        before = model.schemas.at(self.tenant_id, then.entry.position)
        goal = _Goal(self.tenant_id, {self.name: then}, {target: before.get(target)})
        return remembered(self, model, _roll_back(model, goal, now), now)


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
                idempotency=idempotency_of(self),
            )
        )

    def apply(self, model: ConfigModel, now: int) -> Outcome:
        """Say what must come of it."""
        if self.position > model.position:
            return Refused("Invalid")
        if (known := earlier(self, model, now)) is not None:
            return known
        mine = [
            f
            for f in model.facts
            if f.tenant_id == self.tenant_id and f.entry.name.startswith(self.prefix)
        ]
        expected = self.expected_position
        newest = [fact.entry.position for fact in mine]
        newest += [
            change.position
            for change in model.schemas.changes
            if change.tenant_id == self.tenant_id and change.target.text.startswith(self.prefix)
        ]
        if expected is not None and any(position > expected for position in newest):
            return Refused("Conflict")
        # Where a name was not there yet, there is none to be restored.
        past: dict[str, Fact | None] = dict.fromkeys(fact.entry.name for fact in mine)
        past.update({f.entry.name: f for f in mine if f.entry.position <= self.position})
        before = model.schemas.at(self.tenant_id, self.position)
        schemas = {
            target: before.get(target)
            for target in {*model.schemas.at(self.tenant_id), *before}
            if target.text.startswith(self.prefix)
        }
        goal = _Goal(self.tenant_id, past, schemas)
        return remembered(self, model, _roll_back(model, goal, now), now)


def _roll_back(model: ConfigModel, goal: _Goal, now: int) -> Outcome:
    """Make everything what it was, all of it or nothing."""
    tenant_id = goal.tenant_id
    lost = [name for name, then in goal.past.items() if then and model.is_shredded(then)]
    commands = _restoring(model, goal, lost)
    schemas = model.schemas.at(tenant_id)
    desired = {t: s for t, s in {**schemas, **goal.schemas}.items() if s is not None}
    changed = [t for t in sorted({*schemas, *desired}) if schemas.get(t) != desired.get(t)]

    values = [(c.name, c.value) for c in commands if isinstance(c, SetConfigValue)]
    touched = {(tenant_id, command.name) for command in commands}
    values += [
        (fact.entry.name, fact.plain)
        for fact in bound_by(model, tenant_id)
        if changed and (fact.tenant_id, fact.entry.name) not in touched
    ]
    beneath = model.schemas.at(GLOBAL_TENANT) if tenant_id != GLOBAL_TENANT else {}
    if not all(meets_all(*value, desired) and meets_all(*value, beneath) for value in values):
        return Refused("ConfigSchemaViolated")

    entries = tuple(model.carry_out(tenant_id, command, now) for command in commands)
    for target in changed:
        change_schema(model, tenant_id, target, desired.get(target), now)
    told = [told_of(target, "set" if target in desired else "delete") for target in changed]
    return Done(model.position, entries, tuple(sorted(told)), tuple(sorted(lost)))


def _restoring(model: ConfigModel, goal: _Goal, lost: list[str]) -> list[ConfigCommand]:
    present = model.own(goal.tenant_id)
    commands: list[ConfigCommand] = []
    for name, then in sorted(goal.past.items()):
        now = present.get(name)
        if then is None or then.kind != "set":
            commands += [DeleteConfigValue(name)] if now else []
        elif name not in lost and not _is_as_good(now, then):
            is_secret = then.entry.is_secret
            commands.append(SetConfigValue(name, then.plain, is_secret=is_secret))
    return commands


def _is_as_good(now: Fact | None, then: Fact) -> bool:
    """Whether what is there is what was there: a secret stays one, whatever was before it."""
    if now is None or now.plain != then.plain:
        return False
    return now.entry.is_secret or not then.entry.is_secret


def _done(report: RollbackReport) -> Done:
    told = [told_of(target, "set") for target in report.schemas_set]
    told += [told_of(target, "delete") for target in report.schemas_deleted]
    lost = sorted(each.name for each in report.not_restored)
    entries = tuple(map(without_seal, report.changes))
    return Done(report.position, entries, tuple(sorted(told)), tuple(lost))
