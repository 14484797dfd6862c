"""Checking a tree that is not there yet against the schemas that will be there with it."""

from collections.abc import Mapping, Sequence

from tenantry.configs.model import (
    GLOBAL_TENANT,
    ConfigCommand,
    Schema,
    Schemas,
    SchemaTarget,
    SetConfigValue,
    Violation,
)
from tenantry.configs.service.checking import applying
from tenantry.configs.service.states import ConfigStates
from tenantry.configs.service.trees import PlainValue, ValueTrees, check_all


class WholeCheck:
    """Says what would be wrong after a set of changes."""

    def __init__(self, *, states: ConfigStates, trees: ValueTrees) -> None:
        self._states = states
        self._trees = trees

    async def violations(
        self,
        tenant_id: str,
        commands: Sequence[ConfigCommand],
        desired: Mapping[SchemaTarget, bytes],
        *,
        has_new_schemas: bool,
    ) -> list[Violation]:
        """Return how values would fail the schemas if `commands` were done and these `desired`.

        What is there already meets the present schemas: it is looked at where `has_new_schemas`.
        """
        own = Schemas(0, {t: Schema(t, schema, 0, 0, 0) for t, schema in desired.items()})
        inherited = self._states.schemas(GLOBAL_TENANT)
        values = [
            PlainValue(tenant_id, command.name, command.value, command.is_secret)
            for command in commands
            if isinstance(command, SetConfigValue)
        ]
        if has_new_schemas:
            values += await self._untouched(tenant_id, {command.name for command in commands})
        return await check_all(values, applying(tenant_id, own, inherited))

    async def _untouched(self, tenant_id: str, touched: set[str]) -> list[PlainValue]:
        return [
            value
            for owner, tree in self._trees.bound_by(tenant_id).items()
            for value in await self._trees.opened(
                owner, [e for e in tree if owner != tenant_id or e.name not in touched]
            )
        ]
