"""`ConfigStore`: everything one can do with settings."""

from collections.abc import Sequence
from typing import Any

from tenantry.base import Clock, Principal
from tenantry.base.errors import TenantryError, Unavailable
from tenantry.configs import rules
from tenantry.configs.model import (
    NO_CONDITION,
    Condition,
    ConfigCommand,
    ConfigEntry,
    DeleteConfigValue,
    Idempotency,
    ReservedNames,
    RollbackReport,
    SetConfigValue,
)
from tenantry.configs.service.checking import SchemaGuard
from tenantry.configs.service.gate import WriteGate
from tenantry.configs.service.journal import ConfigJournal, Entries
from tenantry.configs.service.lines import tell_failed, tell_stored
from tenantry.configs.service.permissions import WRITE
from tenantry.configs.service.reading import ConfigReader
from tenantry.configs.service.refusals import refused_alone, refused_together
from tenantry.configs.service.reservations import Reservations
from tenantry.configs.service.rollback import ConfigRollback
from tenantry.configs.service.schemas import ConfigSchemas
from tenantry.configs.service.sealing import Sealing
from tenantry.configs.service.shredding import Shredding
from tenantry.configs.service.states import ConfigStates
from tenantry.configs.service.trees import ValueTrees
from tenantry.configs.service.willbe import WholeCheck
from tenantry.configs.service.writing import ConfigWriter
from tenantry.eventlog import EventLog, ProjectionRunner
from tenantry.telemetry import span
from tenantry.vault import Vault


class ConfigStore(ConfigReader):
    """Every setting of every tenant.

    Each method acts for a principal on one tenant and raises `Denied` where that may not be, and
    `Unavailable` while this node cannot tell the truth (not caught up with the log, database away).
    Reads of the present come from memory; a write is durable, and visible on this node, when it
    returns. `schemas` says what values must look like. `reserved` names mean something to other
    features: writing one raises `Denied` and `Invalid` also for what these ask.
    """

    def __init__(
        self,
        *,
        log: EventLog,
        runner: ProjectionRunner,
        clock: Clock,
        vault: Vault,
        idempotency_hours: int = 24,
        reserved: Sequence[ReservedNames] = (),
    ) -> None:
        states = ConfigStates(log=log, runner=runner)
        self._reservations = Reservations(reserved)
        sealing = Sealing(vault=vault, log=log, reservations=self._reservations)
        super().__init__(log=log, states=states, sealing=sealing, require_ready=self._require_ready)
        self._log = log
        self._runner = runner
        self._vault = vault
        gate = WriteGate()
        trees = ValueTrees(states=states, sealing=sealing)
        journal = ConfigJournal(
            log=log, runner=runner, states=states, clock=clock, idempotency_hours=idempotency_hours
        )
        self._writer = ConfigWriter(
            states=states,
            guard=SchemaGuard(states=states),
            sealing=sealing,
            journal=journal,
            gate=gate,
            clock=clock,
        )
        self._shredding = Shredding(
            log=log,
            runner=runner,
            states=states,
            sealing=sealing,
            journal=journal,
            gate=gate,
            clock=clock,
        )
        self._rollback = ConfigRollback(
            log=log,
            states=states,
            sealing=sealing,
            reservations=self._reservations,
            check=WholeCheck(states=states, trees=trees),
            journal=journal,
            gate=gate,
            clock=clock,
            require_ready=self._require_ready,
        )
        self.schemas = ConfigSchemas(
            log=log,
            states=states,
            trees=trees,
            reservations=self._reservations,
            journal=journal,
            gate=gate,
            clock=clock,
            require_ready=self._require_ready,
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
        is_secret: bool = False,
        is_forced: bool = False,
    ) -> ConfigEntry:
        """Store `value` (anything JSON can say) under `name` and return it as stored.

        `is_secret` seals it; a name that is a secret stays one until it is deleted. Raises
        `ConfigNameInvalid`, `ConfigValueInvalid`, `ConfigValueTooLarge`, `ConfigSchemaViolated`,
        `ConfigVersionMismatch` where `condition` does not hold, `IdempotencyKeyReused`, and
        `ConfigExposed` where a name with values in the clear would become a secret without
        `is_forced`.
        """
        command = SetConfigValue(
            name, rules.encode_value(value), condition, is_secret=is_secret, is_forced=is_forced
        )
        return await self.put_json(principal, tenant_id, command, idempotency=idempotency)

    async def put_json(
        self,
        principal: Principal,
        tenant_id: str,
        command: SetConfigValue,
        *,
        idempotency: Idempotency | None = None,
    ) -> ConfigEntry:
        """As `put`, for a value that is JSON already and keeps its bytes."""
        self._authorise_write(principal, tenant_id, command.name)
        rules.check_name(command.name)
        rules.check_value(command.value)
        self._reservations.check((command,))
        self._require_ready()

        try:
            with span("tenantry.configs.put", tenant_id=tenant_id):
                written = await self._writer.carry_out(
                    principal, tenant_id, (command,), idempotency=idempotency, refuse=refused_alone
                )
        except TenantryError as error:
            tell_failed(tenant_id, command, error)
            raise
        tell_stored(tenant_id, written.entries[0])
        return written.entries[0]

    async def change(
        self,
        principal: Principal,
        tenant_id: str,
        commands: Sequence[ConfigCommand],
        *,
        idempotency: Idempotency | None = None,
    ) -> Entries:
        """Set and delete several settings together, or none; returns them and their last position.

        Raises as `put` does, and `ChangesConflict` with every name that is not as expected: at
        another version than its condition says, or to be deleted and not there.
        """
        self._authorise_write(principal, tenant_id, *(command.name for command in commands))
        rules.check_changes(commands)
        self._reservations.check(commands)
        self._require_ready()

        with span("tenantry.configs.change", tenant_id=tenant_id, change_count=len(commands)):
            written = await self._writer.carry_out(
                principal, tenant_id, commands, idempotency=idempotency, refuse=refused_together
            )
        for entry in written.entries:
            if not entry.is_deleted:
                tell_stored(tenant_id, entry)
        return written

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
        self._authorise_write(principal, tenant_id, name)
        command = self._deletion(name, condition)
        with span("tenantry.configs.delete", tenant_id=tenant_id):
            written = await self._writer.carry_out(
                principal, tenant_id, (command,), idempotency=idempotency, refuse=refused_alone
            )
        return written.entries[0]

    async def shred(
        self,
        principal: Principal,
        tenant_id: str,
        name: str,
        *,
        condition: Condition = NO_CONDITION,
        idempotency: Idempotency | None = None,
    ) -> ConfigEntry:
        """Delete `name`, where it is still there, and make its sealed values unreadable for ever.

        Raises as `delete` does, and `NothingSealed` where there is nothing to make unreadable.
        Backups keep the key.
        """
        self._authorise_write(principal, tenant_id, name)
        command = self._deletion(name, condition)
        with span("tenantry.configs.shred", tenant_id=tenant_id):
            return await self._shredding.shred(principal, tenant_id, command, idempotency)

    async def rollback(
        self,
        principal: Principal,
        tenant_id: str,
        name: str,
        version: int,
        *,
        idempotency: Idempotency | None = None,
    ) -> RollbackReport:
        """Restore `name` as it was at `version`; see `ConfigRollback.one`."""
        return await self._rollback.one(
            principal, tenant_id, name, version, idempotency=idempotency
        )

    async def rollback_all(
        self,
        principal: Principal,
        tenant_id: str,
        position: int,
        *,
        prefix: str = "",
        expected_position: int | None = None,
        idempotency: Idempotency | None = None,
    ) -> RollbackReport:
        """Restore the tenant's own settings as they were; see `ConfigRollback.tree`."""
        return await self._rollback.tree(
            principal,
            tenant_id,
            position,
            prefix=prefix,
            expected_position=expected_position,
            idempotency=idempotency,
        )

    @property
    def position(self) -> int:
        """The position up to which this node has taken in the log."""
        return self._runner.position

    async def position_at(self, instant: int) -> int:
        """Return the last position recorded at or before `instant` (µs since 1970)."""
        return await self._log.position_at(instant)

    async def reach(self, position: int) -> None:
        """Wait until this node has taken in `position`; raises `Unavailable` after 5 s."""
        await self._runner.reach(position)

    async def digest_key(
        self, tenant_id: str, names: Sequence[str], *, has_secret: bool = False
    ) -> bytes:
        """Return what the digest of a request about `names` is keyed with, empty for with nothing.

        A request that may hold a secret must not be told by a digest that lets anybody guess at it.
        """
        if has_secret or any(self._is_secret(tenant_id, name) for name in names):
            return await self._vault.digest_key() or b""
        return b""

    def _authorise_write(self, principal: Principal, tenant_id: str, *names: str) -> None:
        principal.authorise(tenant_id, WRITE)
        self._reservations.admit(principal, tenant_id, names)

    def _is_secret(self, tenant_id: str, name: str) -> bool:
        entry = self._states.projection.get(tenant_id, name)
        return entry is not None and entry.is_secret

    def _deletion(self, name: str, condition: Condition) -> DeleteConfigValue:
        rules.check_name(name)
        command = DeleteConfigValue(name, condition)
        rules.check_deletable(command)
        self._require_ready()
        return command

    def _require_ready(self) -> None:
        if not self._runner.is_ready:
            raise Unavailable("this node has not caught up with the log", code="not_ready")
