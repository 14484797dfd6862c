"""Choosing what to do next to settings: such that it often meets what is there."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from tenantry.base.codec import encode_json
from tenantry.configs import (
    GLOBAL_TENANT,
    NO_CONDITION,
    Condition,
    ConfigCommand,
    DeleteConfigValue,
    SchemaTarget,
    SetConfigValue,
)
from tests.properties.config_model import ConfigModel
from tests.properties.config_operations import (
    DeleteSchema,
    One,
    Operation,
    PutSchema,
    Several,
    Shred,
)
from tests.properties.config_rollbacks import RollBackOne, RollBackTree
from tests.properties.config_schema_model import SCHEMAS

T = TypeVar("T")

TENANTS = ("acme", "globex", GLOBAL_TENANT)
NAMES = ("a", "ab", "a.b", "ключ", "🚀", "\U0010ffff", "config-a")
PREFIXES = ("", "", "a", "a.", "ключ", "\U0010ffff", "z")
VALUES = tuple(map(encode_json, (1, 7, 1.0, "on", "off", "longer", None, True, {"a": ["on"]})))

_WISHES = (
    *("none",) * 6,
    *("present",) * 3,
    *("inherited",) * 2,
    *("stale", "either", "exists", "absent", "absent and present", "never"),
)
_KEYS = (None, None, None, "k1", "k2")


class Chooser(Protocol):
    """Whoever decides: Hypothesis, or a seeded random generator.

    It is asked as many times whatever the model says, which only decides what the answers mean.
    """

    def one_of(self, items: Sequence[T]) -> T:
        """Choose one of `items`."""
        ...

    def number(self, most: int) -> int:
        """Choose from 0 to `most`."""
        ...

    def name(self) -> str:
        """Choose a name."""
        ...

    def value(self) -> bytes:
        """Choose a value, as JSON."""
        ...


def choose_operation(choose: Chooser, model: ConfigModel, tenant_id: str) -> Operation:
    """Choose what to do for a tenant whose settings are as `model` says."""
    return choose.one_of(_MAKERS)(choose, model, tenant_id)


def choose_set(choose: Chooser, model: ConfigModel, tenant_id: str, name: str) -> SetConfigValue:
    """Choose a value for a name, on a condition."""
    condition = choose_condition(choose, model, tenant_id, name)
    is_secret, is_forced = choose.one_of([(False, False)] * 3 + [(True, False), (True, True)])
    return SetConfigValue(name, choose.value(), condition, is_secret=is_secret, is_forced=is_forced)


def choose_changes(
    choose: Chooser, model: ConfigModel, tenant_id: str
) -> tuple[ConfigCommand, ...]:
    """Choose changes of several names, such as a body can say them."""
    commands: list[ConfigCommand] = []
    for name in dict.fromkeys(choose.name() for _ in range(1 + choose.number(3))):
        own, _ = model.versions(tenant_id, name)
        expected = choose.one_of((None, None, own, own, own + 1))
        condition = NO_CONDITION
        if expected is not None:
            condition = Condition(versions=frozenset({expected}))
        if expected == 0:
            condition = Condition(must_be_absent=True)
        command = choose_set(choose, model, tenant_id, name)
        is_deletion = choose.one_of((False, False, True)) and own > 0
        commands.append(
            DeleteConfigValue(name, condition)
            if is_deletion
            else SetConfigValue(
                name,
                command.value,
                condition,
                is_secret=command.is_secret,
                is_forced=command.is_forced,
            )
        )
    return tuple(commands)


def choose_condition(choose: Chooser, model: ConfigModel, tenant_id: str, name: str) -> Condition:
    """Choose on what a write depends: mostly on nothing, or on something that is true."""
    own, inherited = model.versions(tenant_id, name)
    present = frozenset({own or 1})
    conditions = {
        "present": Condition(versions=present),
        "stale": Condition(versions=frozenset({own + 1})),
        "inherited": Condition(
            versions=frozenset(), global_versions=frozenset({(inherited or 1) + choose.number(1)})
        ),
        "either": Condition(versions=present | {own + 2}, global_versions=frozenset({1, 2, 3})),
        "exists": Condition(must_exist=True),
        "absent": Condition(must_be_absent=True),
        "absent and present": Condition(versions=present, must_be_absent=True),
        "never": Condition(versions=frozenset()),
        "none": NO_CONDITION,
    }
    return conditions[choose.one_of(_WISHES)]


def choose_target(choose: Chooser) -> SchemaTarget:
    """Choose what a schema is about."""
    if choose.one_of((True, False)):
        return SchemaTarget("name", choose.name())
    return SchemaTarget("prefix", choose.one_of(PREFIXES))


def _existing(choose: Chooser, model: ConfigModel, tenant_id: str) -> str:
    """Choose a name that was there once, or any."""
    names = sorted({f.entry.name for f in model.facts if f.tenant_id == tenant_id})
    return choose.one_of([*names, choose.name()])


def _put(choose: Chooser, model: ConfigModel, tenant_id: str) -> Operation:
    command = choose_set(choose, model, tenant_id, choose.name())
    return One(tenant_id, command, choose.one_of(_KEYS))


def _delete(choose: Chooser, model: ConfigModel, tenant_id: str) -> Operation:
    name = _existing(choose, model, tenant_id)
    condition = choose_condition(choose, model, tenant_id, name)
    return One(tenant_id, DeleteConfigValue(name, condition), choose.one_of(_KEYS))


def _several(choose: Chooser, model: ConfigModel, tenant_id: str) -> Operation:
    commands = choose_changes(choose, model, tenant_id)
    return Several(tenant_id, commands, choose.one_of(_KEYS))


def _shred(choose: Chooser, model: ConfigModel, tenant_id: str) -> Operation:
    name = _existing(choose, model, tenant_id)
    return Shred(tenant_id, name, choose_condition(choose, model, tenant_id, name))


def _put_schema(choose: Chooser, _: ConfigModel, tenant_id: str) -> Operation:
    return PutSchema(tenant_id, choose_target(choose), choose.one_of(SCHEMAS))


def _delete_schema(choose: Chooser, model: ConfigModel, tenant_id: str) -> Operation:
    any_target = choose_target(choose)
    present = sorted(model.schemas.at(tenant_id))
    return DeleteSchema(tenant_id, choose.one_of(present or [any_target]))


def _roll_back_one(choose: Chooser, model: ConfigModel, tenant_id: str) -> Operation:
    name = _existing(choose, model, tenant_id)
    version = 1 + choose.number(len(model.history(tenant_id, name)))
    return RollBackOne(tenant_id, name, version, choose.one_of(_KEYS))


def _roll_back_tree(choose: Chooser, model: ConfigModel, tenant_id: str) -> Operation:
    return RollBackTree(
        tenant_id,
        choose.number(model.position + 1),
        choose.one_of(PREFIXES),
        choose.one_of((None, None, model.position, max(0, model.position - 2))),
        choose.one_of(_KEYS),
    )


_MAKERS: tuple[Callable[[Chooser, ConfigModel, str], Operation], ...] = (
    *(_put,) * 8,
    *(_delete,) * 3,
    *(_several,) * 3,
    *(_put_schema,) * 3,
    *(_roll_back_one,) * 2,
    *(_roll_back_tree,) * 2,
    _shred,
    _delete_schema,
)
