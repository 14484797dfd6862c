"""What a name stands at, as far as this node has heard: stored, promised, or asked of the log."""

from collections.abc import AsyncIterator

from tenantry.configs.model import (
    GLOBAL_TENANT,
    NO_SCHEMAS,
    SCHEMAS_STREAM,
    STREAM_PREFIX,
    ConfigEntry,
    Schemas,
    SchemaTarget,
)
from tenantry.configs.service.pending import Key, PendingWrites
from tenantry.configs.store import (
    ConfigStateProjection,
    decode_schema_event,
    entry_of,
    schemas_after,
    stream_of,
    target_of,
)
from tenantry.eventlog import EventLog, Fate, ProjectionRunner


class ConfigStates:
    """The states that commands are decided on."""

    def __init__(self, *, log: EventLog, runner: ProjectionRunner) -> None:
        self._log = log
        self._runner = runner
        self.pending = PendingWrites()

    @property
    def projection(self) -> ConfigStateProjection:
        """The tree in memory."""
        state = self._runner.projection
        assert isinstance(state, ConfigStateProjection)  # noqa: S101 - the runner is generic
        return state

    def latest(self, key: Key, known: ConfigEntry | None) -> tuple[ConfigEntry | None, Fate | None]:
        """Return the newest state heard of, and the write under way it rests on.

        `known` is what the log has said before. No state may also mean a deleted one.
        """
        stored = self.projection.get(*key)
        if known is not None and (stored is None or stored.version < known.version):
            stored = known
        promise = self.pending.newest(key)
        if promise is None or (stored and stored.version >= promise.entry.version):
            return stored, None
        return promise.entry, promise.fate

    def inherited_version(self, tenant_id: str, name: str) -> int:
        """Return the version of the layer beneath, 0 where it has none."""
        if tenant_id == GLOBAL_TENANT:
            return 0
        entry = self.projection.get(GLOBAL_TENANT, name)
        return entry.version if entry else 0

    def schemas(self, tenant_id: str) -> Schemas:
        """Return the schemas that a tenant has set itself."""
        return self.projection.schemas(tenant_id)

    async def lasts(self, tenant_id: str, *, prefix: str, position: int) -> dict[str, ConfigEntry]:
        """Ask the log for the last states at a position of all names with a prefix."""
        pages = self._pages(tenant_id, prefix=prefix, position=position, after=None)
        return {entry.name: entry async for page in pages for entry in page}

    async def live_at(
        self,
        tenant_id: str,
        *,
        prefix: str,
        position: int,
        after: str | None = None,
        limit: int | None = None,
    ) -> list[ConfigEntry]:
        """Ask the log for what was there at a position, in code-point order of the names.

        `after` and `limit` page through it.
        """
        found: list[ConfigEntry] = []
        async for page in self._pages(tenant_id, prefix=prefix, position=position, after=after):
            found += [entry for entry in page if not entry.is_deleted]
            if limit is not None and len(found) >= limit:
                return found[:limit]
        return found

    async def _pages(
        self, tenant_id: str, *, prefix: str, position: int, after: str | None
    ) -> AsyncIterator[list[ConfigEntry]]:
        pages = self._log.lasts_of_streams(
            tenant_id,
            prefix=STREAM_PREFIX + prefix,
            position=position,
            after=None if after is None else stream_of(after),
        )
        async for page in pages:
            yield [entry_of(event) for event in page]

    async def last(self, key: Key, *, position: int = 2**62) -> ConfigEntry | None:
        """Ask the log for the last state of a name at a position, deleted or not."""
        tenant_id, name = key
        event = await self._log.last_of_stream(tenant_id, stream_of(name), position=position)
        return entry_of(event) if event else None

    async def schemas_at(self, tenant_id: str, position: int) -> Schemas:
        """Ask the log for the schemas of a tenant as they were at a position."""
        schemas = NO_SCHEMAS
        async for page in self._log.read_stream(tenant_id, SCHEMAS_STREAM):
            for event in page:
                if event.position > position:
                    return schemas
                schemas = schemas_after(schemas, event)
        return schemas

    async def schemas_changed(self, tenant_id: str, *, after: int) -> list[SchemaTarget]:
        """Ask the log for whose schemas were set or deleted behind a position, sorted."""
        changed = {
            target_of(decode_schema_event(event)): None
            async for page in self._log.read_stream(tenant_id, SCHEMAS_STREAM)
            for event in page
            if event.position > after
        }
        return sorted(changed)

    @property
    def position(self) -> int:
        """How far this node has come."""
        return self._runner.position

    async def catch_up(self) -> int:
        """Wait until this node has taken in all there is now; return how far it has come."""
        await self._runner.reach((await self._log.head()).position)
        return self._runner.position
