"""`ClientLedger`: where clients are read from, and how an apply becomes rows and events."""

from collections.abc import Sequence
from contextvars import copy_context
from functools import partial
from typing import Final

import msgspec

from tenantry.base import Principal
from tenantry.base.errors import Unavailable
from tenantry.base.instant import format_instant
from tenantry.clients import rules
from tenantry.clients.errors import UnknownClient, UnknownRevision
from tenantry.clients.model import (
    STREAM_PREFIX,
    ClientApplied,
    ClientEvent,
    ClientState,
    RevisionView,
    Source,
)
from tenantry.clients.service.long_work import done
from tenantry.clients.store import (
    ClientIndex,
    IndexEntry,
    decode_event,
    encode_event,
    find_client,
    keep_client,
)
from tenantry.clients.store.rows import encoded
from tenantry.db import Database, System, Tenant, Transaction
from tenantry.eventlog import (
    Appended,
    AppendRequest,
    EventLog,
    ProjectionRunner,
    RecordedEvent,
    StreamAppend,
    cause_of,
)
from tenantry.scheduling import Lease, Leases
from tenantry.tenants import AccessLedger, DeclaredPerson, DeclaredUsers, Stale

_SYSTEM: Final = System("a client's users are people, whom tenants share")


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """An apply that was decided, ready to be done as one unit.

    `events` end with a `ClientApplied` whose `users` are still to be filled in from `people`, who
    come with the hashes of their passwords. `lease` must still be held, where there is one.
    """

    tenant_id: str
    key: str
    base_version: int
    events: tuple[ClientEvent, ...]
    after: ClientState
    people: tuple[tuple[DeclaredPerson, str | None], ...] = ()
    lease: Lease | None = None


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One revision: who made it and from what, and the state it made."""

    view: RevisionView
    source: Source
    source_digest: str
    state: ClientState


class ClientLedger:
    """Reads and writes clients; every method raises `Unavailable` where the database is away."""

    def __init__(
        self,
        *,
        database: Database,
        log: EventLog,
        runner: ProjectionRunner,
        access: AccessLedger,
        users: DeclaredUsers,
        leases: Leases,
    ) -> None:
        self._database = database
        self._log = log
        self._runner = runner
        self._access = access
        self._users = users
        self._leases = leases

    @property
    def index(self) -> ClientIndex:
        """Which clients there are; raises `Unavailable` while this node has not caught up."""
        if not self._runner.is_ready:
            raise Unavailable("this node has not caught up with the log", code="not_ready")
        index = self._runner.projection
        assert isinstance(index, ClientIndex)  # noqa: S101 - the runner is generic
        return index

    def entry(self, tenant_id: str, key: str) -> IndexEntry:
        """Return a client's place in the index; raises `UnknownClient`."""
        entry = self.index.find(tenant_id, key)
        if entry is None:
            raise UnknownClient(key)
        return entry

    async def catch_up(self) -> None:
        """Return once everything is known here that was decided before this call."""
        await self._runner.reach((await self._log.head()).position)

    async def load(self, tenant_id: str, key: str) -> ClientState | None:
        """Return what is stored of a client now, None where there is none."""
        entry = self.index.find(tenant_id, key)
        if entry is None:
            return None
        copy = await self._database.read(Tenant(tenant_id), find_client, tenant_id, key)
        if copy is not None and copy.version >= entry.version:
            return copy
        return await self._rebuilt(tenant_id, key, copy)

    async def get(self, tenant_id: str, key: str) -> ClientState:
        """Return what is stored of a client now; raises `UnknownClient`."""
        state = await self.load(tenant_id, key)
        if state is None:
            raise UnknownClient(key)
        return state

    async def revisions(self, tenant_id: str, key: str) -> list[Revision]:
        """Return every revision of a client with its state, oldest first; raises `UnknownClient`.

        States share what did not change between them.
        """
        self.entry(tenant_id, key)
        found = list[Revision]()
        state: ClientState | None = None
        pending = list[ClientEvent]()
        async for page in self._log.read_stream(tenant_id, STREAM_PREFIX + key):
            for recorded in page:
                event = decode_event(recorded)
                pending.append(event)
                if not isinstance(event, ClientApplied):
                    continue
                state = rules.fold(state, pending, tenant_id=tenant_id)
                pending.clear()
                found.append(_revision(event, recorded, state))
        return found

    async def revision(self, tenant_id: str, key: str, number: int) -> Revision:
        """Return one revision; raises `UnknownClient` and `UnknownRevision`."""
        return numbered(await self.revisions(tenant_id, key), key, number)

    async def write(self, principal: Principal, write: Write) -> ClientState:
        """Do it, and return the state once that is durable and known here.

        Raises `Stale` where the client, the tenant or one of the people is not as it was when this
        was decided, `LeaseLost`, and what `DeclaredUsers.declare_in` raises.
        """
        content = await done(partial(encoded, write.after), items=write.after.routes)
        # Who caused it is known here, and not on a database thread.
        known = copy_context()

        def unit(tx: Transaction) -> tuple[int, ClientState]:
            return known.run(self._write_in, tx, principal, write, content)

        last, state = await self._database.write(_SYSTEM, unit)
        self._log.appended()
        await self._runner.reach(last)
        if write.people:
            await self._access.catch_up()
        return state

    def _write_in(
        self, tx: Transaction, principal: Principal, write: Write, content: bytes
    ) -> tuple[int, ClientState]:
        tenant_id = write.tenant_id
        self._users.lock_in(tx, tenant_id)
        if write.lease is not None:
            self._leases.check_in(tx, write.lease)
        streams, users = list[StreamAppend](), dict[str, tuple[str, ...]]()
        if write.people:
            streams, ids = self._users.declare_in(tx, principal, tenant_id, write.key, write.people)
            users = {ids[person.email]: person.roles for person, _ in write.people}

        version = write.base_version + len(write.events)
        state = msgspec.structs.replace(
            write.after, users={**write.after.users, **users}, version=version
        )
        keep_client(tx, state, version=version, content=content)
        closing = msgspec.structs.replace(write.events[-1], users=users)
        own = StreamAppend(
            STREAM_PREFIX + write.key,
            write.base_version,
            tuple(
                encode_event(event, principal, key=write.key)
                for event in (*write.events[:-1], closing)
            ),
        )
        conditions = self._users.condition(tenant_id)
        outcome = self._log.append_in(tx, AppendRequest(tenant_id, (own, *streams, *conditions)))
        if not isinstance(outcome, Appended):
            raise Stale
        return outcome.last, state

    async def _rebuilt(
        self, tenant_id: str, key: str, copy: ClientState | None
    ) -> ClientState | None:
        """Make the copy anew from the stream, or go on from where it ends; and keep it."""
        state, pending = copy, list[ClientEvent]()
        after = 0 if copy is None else copy.version
        async for page in self._log.read_stream(tenant_id, STREAM_PREFIX + key, after=after):
            pending += map(decode_event, page)
        if pending:
            state = rules.fold(state, pending, tenant_id=tenant_id)
            await self._database.write(_SYSTEM, _keep, state)
        return state


def numbered(revisions: Sequence[Revision], key: str, number: int) -> Revision:
    """Return one of all the revisions of a client; raises `UnknownRevision`."""
    if not 1 <= number <= len(revisions):
        raise UnknownRevision(key, number, last=len(revisions))
    return revisions[number - 1]


def _keep(tx: Transaction, state: ClientState) -> None:
    keep_client(tx, state, version=state.version)


def _revision(event: ClientApplied, recorded: RecordedEvent, state: ClientState) -> Revision:
    view = RevisionView(
        revision=event.revision,
        applied_at=format_instant(recorded.recorded_at),
        actor=cause_of(recorded.metadata).actor,
        source=event.source,
        counts=event.counts,
        plan_hash=event.plan_hash,
        digest=event.digest,
        rolled_back_to=event.rolled_back_to,
        reason=event.reason,
    )
    return Revision(view=view, source=event.source, source_digest=event.source_digest, state=state)
