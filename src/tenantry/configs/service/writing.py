"""How commands become events: decide, append, and decide again where someone was faster."""

from collections.abc import Mapping, Sequence

from tenantry.base import Clock, Principal
from tenantry.base.errors import Unavailable
from tenantry.base.instant import format_instant
from tenantry.configs import rules
from tenantry.configs.errors import ConfigExposed
from tenantry.configs.model import (
    GLOBAL_TENANT,
    SCHEMAS_STREAM,
    ConfigCommand,
    ConfigEntry,
    Idempotency,
    Rejected,
    SetConfigValue,
    Violation,
)
from tenantry.configs.service.checking import SchemaGuard, violated
from tenantry.configs.service.gate import WriteGate
from tenantry.configs.service.journal import ConfigJournal, Decided, Entries
from tenantry.configs.service.refusals import Refusal, Refuse
from tenantry.configs.service.sealing import SealedOn, Sealing
from tenantry.configs.service.states import ConfigStates
from tenantry.configs.store import name_of, stream_of
from tenantry.eventlog import Conflict, Fate, StreamAppend

_ATTEMPTS = 50
"""Rounds a write may lose against other nodes before its caller is told to come back."""


class ConfigWriter:
    """Carries out commands, together or not at all."""

    def __init__(
        self,
        *,
        states: ConfigStates,
        guard: SchemaGuard,
        sealing: Sealing,
        journal: ConfigJournal,
        gate: WriteGate,
        clock: Clock,
    ) -> None:
        self._states = states
        self._guard = guard
        self._sealing = sealing
        self._journal = journal
        self._gate = gate
        self._clock = clock

    async def carry_out(
        self,
        principal: Principal,
        tenant_id: str,
        commands: Sequence[ConfigCommand],
        *,
        idempotency: Idempotency | None,
        refuse: Refuse,
    ) -> Entries:
        """Do what `commands`, each of another name, say: all of it, or raise and do nothing.

        `refuse` makes the error of those that may not be done. Raises also `ConfigSchemaViolated`,
        `ConfigExposed` and `IdempotencyKeyReused`.
        """
        # A retry is answered before it is decided on: its own first attempt has changed the state.
        earlier = await self._journal.earlier(tenant_id, idempotency)
        if earlier is not None:
            return earlier

        attempt = _Attempt(tenant_id, commands)
        for _ in range(_ATTEMPTS):
            await self._gate.passed()
            self._look(attempt)
            if await self._seal(attempt):
                # Meanwhile there may be a newer state to decide on.
                continue

            refusals, violations = self._decide(attempt)
            if violations and not attempt.is_caught_up:
                # The schema may not be there any more.
                await self._states.catch_up()
                attempt.is_caught_up = True
                continue
            if violations:
                raise violated(violations)
            if refusals:
                certain = await self._certain(attempt)
                if not certain:
                    await self._settle(attempt, refusals)
                    continue
                # The first attempt of this very request may have ended meanwhile.
                earlier = await self._journal.earlier(tenant_id, idempotency)
                if earlier is not None:
                    return earlier
                raise refuse(certain)

            outcome = await self._journal.append(
                principal,
                tenant_id,
                attempt.decided,
                conditions=self._conditions(attempt),
                rests_on=attempt.rests_on,
                idempotency=idempotency,
            )
            if isinstance(outcome, Entries):
                return outcome
            await self._learn(attempt, outcome)

        raise Unavailable(f"{commands[0].name}: too many writers at once", code="contended")

    def _look(self, attempt: "_Attempt") -> None:
        """Note what each name stands at now."""
        fates: dict[Fate, None] = {}
        attempt.current.clear()
        for command in attempt.commands:
            known = attempt.known.get(command.name)
            entry, fate = self._states.latest((attempt.tenant_id, command.name), known)
            attempt.current[command.name] = entry
            if fate is not None:
                fates[fate] = None
        attempt.rests_on = tuple(fates)

    async def _seal(self, attempt: "_Attempt") -> bool:
        """Seal the values that are secrets and are not sealed yet; whether there were any."""
        has_waited = False
        for command in attempt.commands:
            current = attempt.current[command.name]
            if not isinstance(command, SetConfigValue):
                continue
            if not self._sealing.is_due(command, current):
                continue
            sealed = attempt.sealed.get(command.name)
            if sealed is None or not self._sealing.can_store(sealed, current):
                key = (attempt.tenant_id, command.name)
                becomes_secret = current is None or not current.is_secret
                if becomes_secret and await self._states.pending.settle(key):
                    # Whether its past may be sealed is seen in what is durable.
                    return True
                try:
                    attempt.sealed[command.name] = await self._sealing.seal(
                        attempt.tenant_id, command, current
                    )
                except ConfigExposed:
                    if attempt.is_caught_up:
                        raise
                    # Another node may have made it a secret already, which is not known here yet.
                    await self._states.catch_up()
                    attempt.is_caught_up = True
                    return True
                has_waited = True
        return has_waited

    def _decide(self, attempt: "_Attempt") -> tuple[list[Refusal], list[Violation]]:
        """Decide on every command; return those that may not be done, and what schemas say."""
        timestamp = format_instant(self._clock.now_us())
        attempt.decided.clear()
        refusals: list[Refusal] = []

        for command in attempt.commands:
            current = attempt.current[command.name]
            sealed = None
            if isinstance(command, SetConfigValue):
                # Sealed where the newest state asks for it, whatever an older one did.
                is_secret = self._sealing.is_due(command, current)
                sealed = attempt.sealed[command.name].text if is_secret else None
            decided = rules.decide(
                current,
                command,
                timestamp=timestamp,
                inherited_version=self._states.inherited_version(attempt.tenant_id, command.name),
                sealed=sealed,
            )
            if isinstance(decided, Rejected):
                refusals.append((command, decided))
            else:
                attempt.decided.append(Decided(current, decided))
        return refusals, self._violations(attempt)

    def _violations(self, attempt: "_Attempt") -> list[Violation]:
        return [
            violation
            for command in attempt.commands
            if isinstance(command, SetConfigValue)
            for violation in self._guard.violations(
                attempt.tenant_id,
                command,
                is_secret=self._sealing.is_due(command, attempt.current[command.name]),
            )
        ]

    async def _certain(self, attempt: "_Attempt") -> list[Refusal]:
        """Return what may not be done as everything stands at one moment, with what is durable.

        A write under way may fail, and another node's may not be here yet.
        """
        await self._states.catch_up()
        if self._violations(attempt):
            # Of a schema that was not here yet, which is to be told first.
            return []
        projection, tenant_id = self._states.projection, attempt.tenant_id
        refusals = self._refusals(
            attempt, {c.name: projection.get(tenant_id, c.name) for c in attempt.commands}
        )
        if len(attempt.commands) == 1 and refusals and refusals[0][1].reason == "absent":
            # Whether it was deleted only the log knows, which may have gone on.
            name = attempt.commands[0].name
            return self._refusals(attempt, {name: await self._states.last((tenant_id, name))})
        return refusals

    def _refusals(
        self, attempt: "_Attempt", current: Mapping[str, ConfigEntry | None]
    ) -> list[Refusal]:
        decided = [
            (
                command,
                rules.decide(
                    current[command.name],
                    command,
                    timestamp="",
                    inherited_version=self._states.inherited_version(
                        attempt.tenant_id, command.name
                    ),
                ),
            )
            for command in attempt.commands
        ]
        return [(command, event) for command, event in decided if isinstance(event, Rejected)]

    async def _settle(self, attempt: "_Attempt", refusals: Sequence[Refusal]) -> None:
        """Wait for what has refused a command and was not durable yet."""
        attempt.known.clear()
        for command, _ in refusals:
            await self._states.pending.settle((attempt.tenant_id, command.name))

    def _conditions(self, attempt: "_Attempt") -> tuple[StreamAppend, ...]:
        """Return what the append rests on besides the streams it writes to."""
        conditions = self._guard.conditions(attempt.tenant_id)
        for command in attempt.commands:
            if not command.condition.global_versions:
                continue
            version = self._states.inherited_version(attempt.tenant_id, command.name)
            if version in command.condition.global_versions:
                stream = stream_of(command.name)
                conditions += (StreamAppend(stream, version, tenant_id=GLOBAL_TENANT),)
        return conditions

    async def _learn(self, attempt: "_Attempt", conflict: Conflict) -> None:
        """Ask the log for what was not as it was believed to be."""
        names = {name_of(stale.stream) for stale in conflict.stale}
        if SCHEMAS_STREAM in names or attempt.rests_on_global:
            await self._states.catch_up()
        for name in names.intersection(attempt.current):
            attempt.known[name] = await self._states.last((attempt.tenant_id, name))


class _Attempt:
    """One set of commands on its way, and what is known of their names so far."""

    def __init__(self, tenant_id: str, commands: Sequence[ConfigCommand]) -> None:
        self.tenant_id = tenant_id
        self.commands = commands
        self.known: dict[str, ConfigEntry | None] = {}
        self.current: dict[str, ConfigEntry | None] = {}
        self.sealed: dict[str, SealedOn] = {}
        self.decided: list[Decided] = []
        self.rests_on: tuple[Fate, ...] = ()
        self.is_caught_up = False

    @property
    def rests_on_global(self) -> bool:
        """Whether a condition names the layer beneath."""
        return any(command.condition.global_versions for command in self.commands)
