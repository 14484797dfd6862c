"""Destroying the key of a name's secrets, together with the events that say so."""

from tenantry.base import Clock, Principal
from tenantry.base.errors import Unavailable
from tenantry.base.instant import format_instant
from tenantry.configs import rules
from tenantry.configs.errors import ConfigDeleted, ConfigNotFound, NothingSealed
from tenantry.configs.model import (
    ConfigEntry,
    ConfigEvent,
    ConfigSecretShredded,
    DeleteConfigValue,
    Idempotency,
    Rejected,
)
from tenantry.configs.service.gate import WriteGate
from tenantry.configs.service.journal import ConfigJournal, key_reused
from tenantry.configs.service.refusals import refused_alone
from tenantry.configs.service.sealing import Sealing
from tenantry.configs.service.states import ConfigStates
from tenantry.db import Tenant, Transaction
from tenantry.eventlog import (
    Appended,
    AppendRequest,
    EventLog,
    KeyReused,
    Outcome,
    ProjectionRunner,
)

_ATTEMPTS = 50


class _Undone(Exception):
    """The events were not appended, now or by this request, so the key must stay."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Shredding:
    """Deletes a setting and makes every sealed value it ever had unreadable."""

    def __init__(
        self,
        *,
        log: EventLog,
        runner: ProjectionRunner,
        states: ConfigStates,
        sealing: Sealing,
        journal: ConfigJournal,
        gate: WriteGate,
        clock: Clock,
    ) -> None:
        self._log = log
        self._runner = runner
        self._states = states
        self._sealing = sealing
        self._journal = journal
        self._gate = gate
        self._clock = clock

    async def shred(
        self,
        principal: Principal,
        tenant_id: str,
        command: DeleteConfigValue,
        idempotency: Idempotency | None,
    ) -> ConfigEntry:
        """Delete what is there, if it is, and destroy the key, in one transaction.

        Raises `ConfigNotFound`, `ConfigDeleted` where the key is not there any more either,
        `NothingSealed` where there never was one, `ConfigVersionMismatch` and
        `IdempotencyKeyReused`.
        """
        key = (tenant_id, command.name)
        earlier = await self._journal.earlier(tenant_id, idempotency)
        if earlier is not None:
            return earlier.entries[-1]
        async with self._gate.closed():
            while await self._states.pending.settle(key):
                pass
            for _ in range(_ATTEMPTS):
                current = await self._states.last(key)
                events = await self._decide(tenant_id, current, command)
                request = self._journal.request(principal, tenant_id, current, events, idempotency)
                outcome = await self._append(tenant_id, command.name, request)
                if isinstance(outcome, KeyReused):
                    raise key_reused(outcome.key)
                if isinstance(outcome, Appended) and outcome.is_replay:
                    # The first attempt of this very request, which ended on another node meanwhile.
                    first = await self._journal.replayed(tenant_id, outcome.first, outcome.last)
                    return first.entries[-1]
                if isinstance(outcome, Appended):
                    self._log.appended()
                    await self._runner.reach(outcome.last)
                    after = await self._states.last(key, position=outcome.last)
                    assert after is not None  # noqa: S101 - it was appended just now
                    return after
        raise Unavailable(f"{command.name}: too many writers at once", code="contended")

    async def _decide(
        self, tenant_id: str, current: ConfigEntry | None, command: DeleteConfigValue
    ) -> list[ConfigEvent]:
        if current is None:
            raise ConfigNotFound("Not Found")
        if not await self._sealing.can_shred(tenant_id, current):
            if current.is_deleted:
                raise ConfigDeleted("Gone")
            raise NothingSealed(
                f"{command.name} was never sealed: what its history shows cannot be shredded",
                details={"name": command.name},
            )

        timestamp = format_instant(self._clock.now_us())
        shredded = ConfigSecretShredded(command.name, timestamp)
        deleted = rules.decide(current, command, timestamp=timestamp)
        if not isinstance(deleted, Rejected):
            return [deleted, shredded]
        if deleted.reason != "deleted":
            raise refused_alone([(command, deleted)])
        return [shredded]

    async def _append(self, tenant_id: str, name: str, request: AppendRequest) -> Outcome:
        """Destroy the key and append, or neither.

        A replay destroys nothing either: what the key seals by now may be another secret.
        """

        def unit(tx: Transaction) -> Outcome:
            self._sealing.shred_in(tx, tenant_id, name)
            outcome = self._log.append_in(tx, request)
            if not isinstance(outcome, Appended) or outcome.is_replay:
                raise _Undone(outcome)
            return outcome

        try:
            return await self._log.database.write(Tenant(tenant_id), unit)
        except _Undone as undone:
            return undone.outcome
