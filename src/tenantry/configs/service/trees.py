"""All values that a schema is about, in plain: gathered, opened and checked off the event loop."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from tenantry.configs import rules
from tenantry.configs.model import GLOBAL_TENANT, ConfigEntry, Violation
from tenantry.configs.service.checking import Layered
from tenantry.configs.service.sealing import Sealing
from tenantry.configs.service.states import ConfigStates
from tenantry.vault import Shredded


class PlainValue(msgspec.Struct, frozen=True):
    """A value of a tenant, opened where it is a secret."""

    tenant_id: str
    name: str
    value: bytes
    is_secret: bool


class ValueTrees:
    """The present values of one tenant, or of all where the schema is of the global layer."""

    def __init__(self, *, states: ConfigStates, sealing: Sealing) -> None:
        self._states = states
        self._sealing = sealing

    def bound_by(self, tenant_id: str) -> dict[str, list[ConfigEntry]]:
        """Return the present settings that schemas of `tenant_id` bind, by tenant."""
        trees = self._states.projection.trees()
        if tenant_id == GLOBAL_TENANT:
            return trees
        return {tenant_id: trees.get(tenant_id, [])}

    async def opened(self, tenant_id: str, entries: Iterable[ConfigEntry]) -> list[PlainValue]:
        """Open what is sealed among settings of a tenant; leave out what nobody can read again."""
        values: list[PlainValue] = []
        for entry in entries:
            value = entry.value
            if entry.is_secret:
                try:
                    value = await self._sealing.open(tenant_id, entry)
                except Shredded:
                    continue
            values.append(PlainValue(tenant_id, entry.name, value, entry.is_secret))
        return values


async def check_all(values: Sequence[PlainValue], schemas: Sequence[Layered]) -> list[Violation]:
    """Return how `values` fail `schemas`; in a thread, since there may be many."""
    if not schemas or not values:
        return []

    def check() -> list[Violation]:
        return [
            violation
            for each in values
            for violation in rules.violations_of(
                each.name, each.value, schemas, is_secret=each.is_secret
            )
        ]

    return await asyncio.to_thread(check)
