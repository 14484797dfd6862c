"""`ConfigStore`: put, get, delete, all, history, at."""

from collections.abc import AsyncIterator
from typing import Any

from tenantry.base import Clock, Principal
from tenantry.base.errors import Unavailable
from tenantry.configs import rules
from tenantry.configs.errors import ConfigNotFound
from tenantry.configs.model import (
    NO_CONDITION,
    STREAM_PREFIX,
    Condition,
    ConfigEntry,
    ConfigRecord,
    DeleteConfigValue,
    Idempotency,
    SetConfigValue,
)
from tenantry.configs.service.writing import ConfigWriter
from tenantry.configs.store import (
    ConfigStateProjection,
    entry_of,
    record_of,
    stream_of,
)
from tenantry.eventlog import EventLog, ProjectionRunner
from tenantry.telemetry import span

READ = "configs:read"
WRITE = "configs:write"


class ConfigStore:
    """Every setting of every tenant.

    Each method acts for a principal on one tenant and raises `Denied` where that may not be, and
    `Unavailable` while this node cannot tell the truth (not caught up with the log, database away).
    Reads of the present come from memory; a write is durable, and visible on this node, when it
    returns.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        runner: ProjectionRunner,
        clock: Clock,
        idempotency_hours: int = 24,
    ) -> None:
        self._log = log
        self._runner = runner
        self._writer = ConfigWriter(
            log=log, runner=runner, clock=clock, idempotency_hours=idempotency_hours
        )

    async def put(
        self,
        principal: Principal,
        tenant_id: str,
        name: str,
        value: Any,
        *,
        condition: Condition = NO_CONDITION,
        idempotency: Idempotency | None = None,
    ) -> ConfigEntry:
        """Store `value` (anything JSON can say) under `name` and return it as stored.

        Raises `ConfigNameInvalid`, `ConfigValueInvalid`, `ConfigValueTooLarge`,
        `ConfigVersionMismatch` where `condition` does not hold, and `IdempotencyKeyReused`.
        """
        return await self.put_json(
            principal,
            tenant_id,
            name,
            rules.encode_value(value),
            condition=condition,
            idempotency=idempotency,
        )

    async def put_json(
        self,
        principal: Principal,
        tenant_id: str,
        name: str,
        value: bytes,
        *,
        condition: Condition = NO_CONDITION,
        idempotency: Idempotency | None = None,
    ) -> ConfigEntry:
        """As `put`, for a value that is JSON already and keeps its bytes."""
        principal.authorise(tenant_id, WRITE)
        rules.check_name(name)
        rules.check_value(value)
        self._require_ready()

        with span("tenantry.configs.put", tenant_id=tenant_id):
            command = SetConfigValue(name, value, condition)
            return await self._writer.put(principal, tenant_id, command, idempotency)

    async def delete(
        self,
        principal: Principal,
        tenant_id: str,
        name: str,
        *,
        condition: Condition = NO_CONDITION,
        idempotency: Idempotency | None = None,
    ) -> ConfigEntry:
        """Delete what is stored under `name` and return it as it was left.

        Raises `ConfigNotFound`, `ConfigDeleted` where it was deleted already, and as `put` does.
        """
        principal.authorise(tenant_id, WRITE)
        rules.check_name(name)
        command = DeleteConfigValue(name, condition)
        rules.check_deletable(command)
        self._require_ready()

        with span("tenantry.configs.delete", tenant_id=tenant_id):
            return await self._writer.delete(principal, tenant_id, command, idempotency)

    def get(self, principal: Principal, tenant_id: str, name: str) -> ConfigEntry:
        """Return the setting `name`; raises `ConfigNotFound`. Reads memory, so it does not wait."""
        principal.authorise(tenant_id, READ)
        entry = self._state().get(tenant_id, name)
        if entry is None:
            rules.check_name(name)
            raise ConfigNotFound("Not Found")
        return entry

    def all(
        self,
        principal: Principal,
        tenant_id: str,
        *,
        prefix: str = "",
        after: str | None = None,
        limit: int | None = None,
    ) -> list[ConfigEntry]:
        """Return the settings whose names start with `prefix`, in code-point order of their names.

        `after` and `limit` page through them.
        """
        principal.authorise(tenant_id, READ)
        return self._state().entries(tenant_id, prefix=prefix, after=after, limit=limit)

    async def all_at(
        self, principal: Principal, tenant_id: str, position: int, *, prefix: str = ""
    ) -> AsyncIterator[ConfigEntry]:
        """Yield the settings as they were at `position`, in code-point order of their names."""
        principal.authorise(tenant_id, READ)
        pages = self._log.lasts_of_streams(
            tenant_id, prefix=STREAM_PREFIX + prefix, position=position
        )
        async for page in pages:
            for event in page:
                entry = entry_of(event)
                if not entry.is_deleted:
                    yield entry

    async def history(
        self, principal: Principal, tenant_id: str, name: str
    ) -> AsyncIterator[list[ConfigRecord]]:
        """Yield all that ever happened to `name`, oldest first, page by page."""
        principal.authorise(tenant_id, READ)
        rules.check_name(name)
        async for page in self._log.read_stream(tenant_id, stream_of(name)):
            yield [record_of(event) for event in page]

    async def at(
        self, principal: Principal, tenant_id: str, name: str, position: int
    ) -> ConfigEntry:
        """Return `name` as it was at `position`; raises `ConfigNotFound` where there was none."""
        principal.authorise(tenant_id, READ)
        rules.check_name(name)
        event = await self._log.last_of_stream(tenant_id, stream_of(name), position=position)
        if event is None or (entry := entry_of(event)).is_deleted:
            raise ConfigNotFound("Not Found")
        return entry

    async def position_at(self, instant: int) -> int:
        """Return the last position recorded at or before `instant` (µs since 1970)."""
        return await self._log.position_at(instant)

    async def reach(self, position: int) -> None:
        """Wait until this node has taken in `position`; raises `Unavailable` after 5 s."""
        await self._runner.reach(position)

    def _state(self) -> ConfigStateProjection:
        self._require_ready()
        state = self._runner.projection
        assert isinstance(state, ConfigStateProjection)  # noqa: S101 - the runner is generic
        return state

    def _require_ready(self) -> None:
        if not self._runner.is_ready:
            raise Unavailable("this node has not caught up with the log", code="not_ready")
