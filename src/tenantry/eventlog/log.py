"""`EventLog`: append, read, subscribe."""

import asyncio
from collections.abc import AsyncIterator, Callable

from tenantry.base import Clock, Service
from tenantry.base.errors import Invalid
from tenantry.db import Database, System, Tenant, Transaction
from tenantry.eventlog import store
from tenantry.eventlog.appender import Appender, Inserter
from tenantry.eventlog.event import (
    LAST_CHARACTERS,
    AppendRequest,
    Head,
    Outcome,
    RecordedEvent,
)
from tenantry.eventlog.insert_postgres import PostgresInserter
from tenantry.eventlog.insert_sqlite import SqliteInserter
from tenantry.eventlog.subscription import Hint, follow
from tenantry.eventlog.tail import Tail
from tenantry.eventlog.upcast import EventTypes
from tenantry.telemetry import emit

PAGE_EVENTS = 2_000
"""Events of one page: a read unit stays far below a second, and a reader's memory is bounded."""

BRIEF_BYTES = 16 * 1024
"""The most that `read_briefs` returns of an event's data."""

_SYSTEM = System("event log")
_TWO_TENANTS = System("a tenant's events and those of the layer beneath, in one order")
_UNKNOWN = -1

# Stream names hold no control character, so nothing sorts between a name and the name with the
# first character behind it.
_FIRST_CHARACTER = "\x01"

Listener = Callable[[list[RecordedEvent]], None]


class EventLog(Service):
    """The one log of a database.

    `types` are the event types this program knows; reading any other raises `UnknownEventType`.
    Every method raises `Unavailable` when the database cannot be used.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        types: EventTypes,
        queue_max: int = 10_000,
    ) -> None:
        super().__init__()
        self.database = database
        self._clock = clock
        self._types = types
        self._inserter: Inserter = (
            SqliteInserter() if database.dialect == "sqlite" else PostgresInserter()
        )
        self._tail = Tail()
        self._end = _UNKNOWN
        self._hint = Hint()
        self._listeners: list[Listener] = []
        self._appender = Appender(
            database=database,
            inserter=self._inserter,
            clock=clock,
            on_recorded=self._recorded,
            queue_max=queue_max,
        )

    async def append(self, request: AppendRequest) -> Outcome:
        """Append to one or more streams, all or nothing; durable when it returns.

        An expectation that does not hold is answered with `Conflict`, an idempotency key that
        belongs to another request with `KeyReused`; nothing was appended then.
        """
        return await self._appender.append(request)

    def append_in(self, tx: Transaction, request: AppendRequest) -> Outcome:
        """Append inside another's unit, as its last statement: the append lock is held from here.

        After anything but `Appended` the unit must raise, so that its rows are undone too. The
        caller calls `appended` once its unit has committed. Raises `Invalid` where a unit in a
        tenant's scope is to decide on other tenants' streams, which it cannot see.
        """
        if isinstance(tx.scope, Tenant) and not request.is_of_one_tenant:
            raise Invalid(field="scope", got=tx.scope.id, wants="System, to see other tenants")
        (outcome,) = self._inserter.insert(tx, [request], self._clock.now_us())
        return outcome

    def appended(self) -> None:
        """Hint that a unit which used `append_in` has committed."""
        self._end = _UNKNOWN
        self._hint()

    async def read(self, *, after: int = 0, limit: int = PAGE_EVENTS) -> list[RecordedEvent]:
        """Return the next events behind position `after`; an empty list means the end."""
        events = self._tail.after(after, limit)
        if events is None:
            events = await self.database.read(_SYSTEM, store.read_page, after, limit)
        return self._types.upcast_all(events)

    async def read_stream(
        self, tenant_id: str, stream: str, *, after: int = 0
    ) -> AsyncIterator[list[RecordedEvent]]:
        """Yield all of a stream behind version `after`, page by page."""
        while True:
            page = await self.database.read(
                Tenant(tenant_id), store.read_stream_page, tenant_id, stream, after, PAGE_EVENTS
            )
            if not page:
                return
            yield self._types.upcast_all(page)
            after = page[-1].version

    async def last_of_stream(
        self, tenant_id: str, stream: str, *, position: int = 2**62
    ) -> RecordedEvent | None:
        """Return a stream's last event at or before `position`."""
        event = await self.database.read(
            Tenant(tenant_id), store.read_last_at, tenant_id, stream, position
        )
        return self._types.upcast(event) if event else None

    async def lasts_of_streams(
        self, tenant_id: str, *, prefix: str, position: int, after: str | None = None
    ) -> AsyncIterator[list[RecordedEvent]]:
        """Yield the last event at or before `position` of every stream that starts with `prefix`.

        Streams come in code-point order of their names, page by page, those behind `after`.
        """
        start = prefix if after is None else max(prefix, after + _FIRST_CHARACTER)
        while True:
            page = await self.database.read(
                Tenant(tenant_id),
                store.read_lasts_at,
                tenant_id,
                start,
                prefix + LAST_CHARACTERS,
                position,
                PAGE_EVENTS,
            )
            if not page:
                return
            yield self._types.upcast_all(page)
            start = page[-1].stream + _FIRST_CHARACTER

    async def read_window(
        self, tenant_ids: tuple[str, str], *, prefix: str, after: int, positions: int
    ) -> list[RecordedEvent]:
        """Return what two tenants have in the next `positions` places behind `after`, in order.

        Only streams that start with `prefix` count, and there may be none: the window ends at
        `after + positions` all the same, where the log has come so far.
        """
        events = await self.database.read(
            _TWO_TENANTS,
            store.read_window,
            after,
            positions,
            tenant_ids,
            prefix,
            prefix + LAST_CHARACTERS,
        )
        return self._types.upcast_all(events)

    async def read_briefs(
        self, tenant_id: str | None, *, after: int, until: int
    ) -> list[RecordedEvent]:
        """Return what happened behind position `after` and not behind `until`, in order.

        It is what happened to one tenant, or to all where that is None. An event whose data are
        more than 16 KB comes without them: who asks wants to know what happened, not all of it.
        """
        scope = _SYSTEM if tenant_id is None else Tenant(tenant_id)
        events = await self.database.read(
            scope, store.read_briefs, tenant_id, after, until, BRIEF_BYTES
        )
        return self._types.upcast_all(events)

    async def head(self) -> Head:
        """Return the end of the log, from the database."""
        return await self.database.read(_SYSTEM, store.read_head)

    async def touch(self) -> int:
        """Return where the log ends, having read the event there and not just heard of it.

        Raises `Unavailable` where the head names an event that there is none of.
        """
        return await self.database.read(_SYSTEM, store.touch_head)

    async def position_at(self, instant: int) -> int:
        """Return the last position recorded at or before `instant` (µs since 1970)."""
        return await self.database.read(_SYSTEM, store.find_position_at, instant)

    async def append_of_key(self, tenant_id: str, key: str) -> tuple[bytes, int, int] | None:
        """Return request digest, first and last position of an earlier append with this key."""
        return await self.database.read(
            Tenant(tenant_id), store.find_append, tenant_id, key, self._clock.now_us()
        )

    async def forget_expired_keys(self) -> None:
        """Delete the idempotency keys whose time is over."""
        await self.database.write(_SYSTEM, store.forget_expired_keys, self._clock.now_us())

    def subscribe(self, *, after: int) -> AsyncIterator[list[RecordedEvent]]:
        """Yield every event behind `after`, in order, for ever; see `follow`."""
        return follow(
            after=after,
            read=lambda position: self.read(after=position),
            is_end=self.is_end,
            hint=self._hint,
        )

    def is_end(self, position: int) -> bool:
        """Whether this node is certain, without a read, that nothing is behind `position`."""
        return self._inserter.is_only_one and position == self._end

    def on_recorded(self, listener: Listener) -> None:
        """Call `listener` with each batch this node appends, on the loop, before it is answered.

        It must not raise: the batch is durable already. Only a projection that must be current
        when a write is answered needs this; it sees this node's events alone, so it watches the
        positions and reads what lies between.
        """
        self._listeners.append(listener)

    def wake_on_growth(self) -> Hint:
        """Return the hint that wakes whatever follows the log."""
        return self._hint

    async def _on_start(self) -> None:
        self.database.listen(self._hint)
        await self._appender.start()

    async def _on_stop(self) -> None:
        await self._appender.stop()

    def _recorded(self, events: list[RecordedEvent]) -> None:
        if not events:
            return
        self._tail.add(events)
        self._end = events[-1].position
        # Not at once: the writers are answered before the subscribers begin.
        asyncio.get_running_loop().call_soon(self._hint)
        emit("tenantry.eventlog.appended", event_count=len(events))
        for listener in self._listeners:
            listener(events)
