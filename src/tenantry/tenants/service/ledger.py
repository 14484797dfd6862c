"""`AccessLedger`: how a decision about access becomes rows and events, and is seen on this node."""

from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import Final, TypeVar

from tenantry.base import Principal
from tenantry.base.errors import Unavailable
from tenantry.base.principal import ALL
from tenantry.db import Database, System, Transaction
from tenantry.eventlog import (
    NO_STREAM,
    Appended,
    AppendRequest,
    EventLog,
    ProjectionRunner,
    StreamAppend,
)
from tenantry.tenants import rules
from tenantry.tenants.model import TENANT_STREAM, AccessEvent, Tenant
from tenantry.tenants.store import AccessProjection, encode_event, people

T = TypeVar("T")

SYSTEM: Final = System(
    "people are shared by tenants, and who shows a token does not say whose it is"
)

_ATTEMPTS: Final = 20

Unit = Callable[[Transaction], tuple[Sequence[StreamAppend], T]]
"""Writes rows, and returns what happened to which streams, and what to answer."""


class Stale(Exception):
    """It was decided on a state that is no longer the present one."""


class AccessLedger:
    """Appends what was decided, with the rows that belong to it, and answers once it is seen here.

    Every method raises `Unavailable` where the database is away or this node has not caught up.
    """

    def __init__(self, *, database: Database, log: EventLog, runner: ProjectionRunner) -> None:
        self.database = database
        self._log = log
        self._runner = runner

    @property
    def is_ready(self) -> bool:
        """Whether the state is the log's, as far as this node knows."""
        return self._runner.is_ready

    @property
    def state(self) -> AccessProjection:
        """Who may do what now."""
        state = self._runner.projection
        assert isinstance(state, AccessProjection)  # noqa: S101 - the runner is generic
        return state

    def require_ready(self) -> None:
        """Raise `Unavailable` while this node does not know who may do what."""
        if not self._runner.is_ready:
            raise Unavailable("this node has not caught up with the log", code="not_ready")

    async def catch_up(self) -> AccessProjection:
        """Return the state once everything is in it that was decided before this call."""
        await self._runner.reach((await self._log.head()).position)
        return self.state

    def living(self, tenant_id: str) -> Tenant | None:
        """Return the tenant, None for all together; raises `UnknownTenant` and `TenantErased`."""
        if tenant_id == ALL:
            return None
        return rules.tenants.living(self.state.tenant(tenant_id), tenant_id)

    async def record(self, tenant_id: str, decide: Callable[[], Sequence[StreamAppend]]) -> None:
        """Append what `decide` makes of the present state, anew where that was stale."""
        self.require_ready()
        for _ in range(_ATTEMPTS):
            streams = decide()
            if not streams:
                return
            outcome = await self._log.append(AppendRequest(tenant_id, tuple(streams)))
            if isinstance(outcome, Appended):
                await self._runner.reach(outcome.last)
                return
            await self.catch_up()
        raise _contended(tenant_id)

    async def write(self, tenant_id: str, unit: Unit[T], *, is_alone: bool = False) -> T:
        """Run `unit` with its events in one transaction, and return its answer.

        The tenant must be there, and is not erased meanwhile. `is_alone` is for who erases it:
        nobody else does anything with it until that is done.
        """
        for _ in range(_ATTEMPTS):
            try:
                return await self.write_once(tenant_id, unit, is_alone=is_alone)
            except Stale:
                await self.catch_up()
        raise _contended(tenant_id)

    async def write_once(self, tenant_id: str, unit: Unit[T], *, is_alone: bool = False) -> T:
        """Do the same, but raise `Stale` where a stream is not as `unit` expects it."""
        self.require_ready()
        # Who caused it and where is known here, and not on a database thread.
        known = copy_context()
        lock = people.seize_tenant if is_alone else people.share_tenant

        def locked(tx: Transaction) -> tuple[Sequence[StreamAppend], T]:
            lock(tx, tenant_id)
            return known.run(unit, tx)

        last, answer = await self.database.write(
            SYSTEM, self._run, tenant_id, self.condition(tenant_id), locked
        )
        if last:
            self._log.appended()
            await self._runner.reach(last)
        return answer

    def condition(self, tenant_id: str) -> tuple[StreamAppend, ...]:
        """Return what holds as long as the tenant is what it is now."""
        tenant = self.living(tenant_id)
        return () if tenant is None else (StreamAppend(TENANT_STREAM, tenant.version),)

    def _run(
        self,
        tx: Transaction,
        tenant_id: str,
        condition: tuple[StreamAppend, ...],
        unit: Unit[T],
    ) -> tuple[int, T]:
        streams, answer = unit(tx)
        if not streams:
            return 0, answer
        # A condition on a stream that also gets events is in them already.
        named = {stream.stream for stream in streams}
        conditions = tuple(each for each in condition if each.stream not in named)
        request = AppendRequest(tenant_id, (*streams, *conditions))
        outcome = self._log.append_in(tx, request)
        if not isinstance(outcome, Appended):
            raise Stale
        return outcome.last, answer


def stream_append(
    principal: Principal,
    event: AccessEvent,
    *,
    stream: str,
    subject: str,
    kind: str,
    expected_version: int = NO_STREAM,
) -> StreamAppend:
    """Return one event of a stream, with who caused it."""
    encoded = encode_event(event, principal, subject=subject, kind=kind)
    return StreamAppend(stream, expected_version, (encoded,))


def _contended(tenant_id: str) -> Unavailable:
    return Unavailable(f"tenant {tenant_id}: too many writers at once", code="contended")
