"""What settings are, were, and why: reads of the tree in memory and of the log."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from tenantry.base import Principal
from tenantry.configs import rules
from tenantry.configs.errors import ConfigNotFound
from tenantry.configs.model import (
    GLOBAL_TENANT,
    ConfigEntry,
    ConfigRecord,
    Difference,
    Explanation,
    LayerOfEntry,
)
from tenantry.configs.service.permissions import READ, REVEAL
from tenantry.configs.service.sealing import Sealing
from tenantry.configs.service.states import ConfigStates
from tenantry.configs.store import actor_of, entry_of, record_of, stream_of
from tenantry.eventlog import EventLog

_NOW = 2**62


class ConfigReader:
    """Reads; every method authorises first.

    A tenant sees its own values, and where it has none those of the layer beneath, `global`;
    `own_only` leaves that out.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        states: ConfigStates,
        sealing: Sealing,
        require_ready: Callable[[], None],
    ) -> None:
        self._log = log
        self._states = states
        self._sealing = sealing
        self._require_ready = require_ready

    def get(
        self, principal: Principal, tenant_id: str, name: str, *, own_only: bool = False
    ) -> ConfigEntry:
        """Return the setting `name`; raises `ConfigNotFound`. Reads memory, so it does not wait."""
        principal.authorise(tenant_id, READ)
        self._require_ready()
        state = self._states.projection
        entry = state.get(tenant_id, name)
        if entry is None and not own_only:
            entry = state.get(GLOBAL_TENANT, name)
        if entry is None:
            rules.check_name(name)
            raise ConfigNotFound("Not Found")
        return entry

    async def reveal(
        self, principal: Principal, tenant_id: str, entry: ConfigEntry
    ) -> bytes | None:
        """Return the value of a secret that `tenant_id` sees, None for who may not see values.

        Raises what `Vault.open` raises.
        """
        if not principal.may(tenant_id, REVEAL):
            return None
        owner = GLOBAL_TENANT if entry.layer == "global" else tenant_id
        return await self._sealing.open(owner, entry)

    def all(
        self,
        principal: Principal,
        tenant_id: str,
        *,
        prefix: str = "",
        after: str | None = None,
        limit: int | None = None,
        own_only: bool = False,
    ) -> list[ConfigEntry]:
        """Return the settings whose names start with `prefix`, in code-point order of their names.

        `after` and `limit` page through them.
        """
        principal.authorise(tenant_id, READ)
        self._require_ready()
        state = self._states.projection
        own = state.entries(tenant_id, prefix=prefix, after=after, limit=limit)
        if own_only or tenant_id == GLOBAL_TENANT:
            return own
        inherited = state.entries(GLOBAL_TENANT, prefix=prefix, after=after, limit=limit)
        return rules.merge_layers(own, inherited, limit=limit)

    def export(self, principal: Principal, tenant_id: str) -> dict[str, Any]:
        """Return all own settings by name, as plain values; a secret as `[secret]`."""
        principal.authorise(tenant_id, READ)
        self._require_ready()
        return self._states.projection.get_state(tenant_id)

    async def all_at(
        self,
        principal: Principal,
        tenant_id: str,
        position: int,
        *,
        prefix: str = "",
        after: str | None = None,
        limit: int | None = None,
        own_only: bool = False,
    ) -> list[ConfigEntry]:
        """Return the settings as they were at `position`, as `all` does those of now."""
        principal.authorise(tenant_id, READ)
        own, *inherited = [
            await self._states.live_at(
                layer, prefix=prefix, position=position, after=after, limit=limit
            )
            for layer in self._layers(tenant_id, own_only=own_only)
        ]
        return rules.merge_layers(own, inherited[0], limit=limit) if inherited else own

    async def history(
        self, principal: Principal, tenant_id: str, name: str
    ) -> AsyncIterator[list[ConfigRecord]]:
        """Yield all that ever happened to the own `name`, oldest first, page by page."""
        principal.authorise(tenant_id, READ)
        rules.check_name(name)
        async for page in self._log.read_stream(tenant_id, stream_of(name)):
            yield [record_of(event) for event in page]

    async def at(
        self,
        principal: Principal,
        tenant_id: str,
        name: str,
        position: int,
        *,
        own_only: bool = False,
    ) -> ConfigEntry:
        """Return `name` as it was at `position`; raises `ConfigNotFound` where there was none."""
        principal.authorise(tenant_id, READ)
        rules.check_name(name)
        for layer in self._layers(tenant_id, own_only=own_only):
            entry = await self._states.last((layer, name), position=position)
            if entry is not None and not entry.is_deleted:
                return entry
        raise ConfigNotFound("Not Found")

    async def explain(
        self, principal: Principal, tenant_id: str, name: str, *, position: int = _NOW
    ) -> Explanation:
        """Say which layer answers for `name`, what that shadows, since when and by whom.

        Raises `ConfigNotFound` where no layer has a value.
        """
        principal.authorise(tenant_id, READ)
        rules.check_name(name)
        layers = []
        for layer in self._layers(tenant_id):
            event = await self._log.last_of_stream(layer, stream_of(name), position=position)
            if event is not None:
                layers.append(LayerOfEntry(entry_of(event), actor_of(event)))

        # The winner first; what was deleted answers nothing, and is told last.
        layers.sort(key=lambda layer: layer.entry.is_deleted)
        if not layers or layers[0].entry.is_deleted:
            raise ConfigNotFound("Not Found")
        return Explanation(layers[0].entry, tuple(layers))

    async def diff(
        self,
        principal: Principal,
        tenant_id: str,
        before: int,
        after: int,
        *,
        prefix: str = "",
        own_only: bool = False,
    ) -> list[Difference]:
        """Return what is not the same at two positions, in code-point order of the names."""
        trees = [
            {
                entry.name: entry
                for entry in await self.all_at(
                    principal, tenant_id, position, prefix=prefix, own_only=own_only
                )
            }
            for position in (before, after)
        ]
        return rules.differences(*trees, tenant_id=tenant_id)

    def _layers(self, tenant_id: str, *, own_only: bool = False) -> list[str]:
        return [tenant_id] if own_only or tenant_id == GLOBAL_TENANT else [tenant_id, GLOBAL_TENANT]
