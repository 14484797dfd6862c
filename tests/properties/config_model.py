"""What the settings of all tenants should do, in a few lines of plain Python a rule."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from tenantry.configs import (
    GLOBAL_TENANT,
    Condition,
    ConfigCommand,
    ConfigEntry,
    DeleteConfigValue,
    SetConfigValue,
)
from tests.properties.config_schema_model import SchemaModel

NOW = 2**62
SEALED = "sealed"
"""What stands for every sealed value, since no two are the same."""

_SHOWN = b'"[secret]"'


class Refused(msgspec.Struct, frozen=True):
    """The name of the error that an operation must end in, and what a `ChangesConflict` lists."""

    error: str
    stale: tuple[tuple[str, int | str], ...] = ()


class Done(msgspec.Struct, frozen=True):
    """What an operation has left behind; without entries and schemas it has appended nothing."""

    position: int
    entries: tuple[ConfigEntry, ...] = ()
    schemas: tuple[tuple[str, str, str], ...] = ()
    lost: tuple[str, ...] = ()


Outcome = Done | Refused


class Fact(msgspec.Struct, frozen=True):
    """One event of a setting: the state it leaves, as it is shown, and the value in plain."""

    tenant_id: str
    entry: ConfigEntry
    plain: bytes
    kind: Literal["set", "delete", "shred"]


class ConfigModel:
    """Every event of every name in one list; nobody else writes to the log."""

    def __init__(self, *, position: int = 0, last_time: int = 0) -> None:
        self.position = position
        self.last_time = last_time
        self.facts: list[Fact] = []
        self.schemas = SchemaModel()
        self._keys: dict[tuple[str, str], tuple[bytes, Done, int]] = {}

    def fork(self) -> "ConfigModel":
        """Return the same again, to see what would come of something."""
        copied = ConfigModel(position=self.position, last_time=self.last_time)
        copied.facts = self.facts[:]
        copied.schemas = self.schemas.fork()
        copied._keys = dict(self._keys)
        return copied

    # What is there, and was.

    def history(self, tenant_id: str, name: str) -> list[Fact]:
        """Return all that happened to a tenant's own name."""
        return [f for f in self.facts if f.tenant_id == tenant_id and f.entry.name == name]

    def last(self, tenant_id: str, name: str, *, position: int = NOW) -> Fact | None:
        """Return what happened last to an own name up to `position`."""
        facts = [f for f in self.history(tenant_id, name) if f.entry.position <= position]
        return facts[-1] if facts else None

    def own(self, tenant_id: str, *, position: int = NOW, prefix: str = "") -> dict[str, Fact]:
        """Return a tenant's own live settings."""
        lasts = {
            f.entry.name: f
            for f in self.facts
            if f.tenant_id == tenant_id and f.entry.position <= position
        }
        return {n: f for n, f in lasts.items() if f.kind == "set" and n.startswith(prefix)}

    def tree(self, tenant_id: str, *, position: int = NOW, prefix: str = "") -> list[Fact]:
        """Return what a tenant sees, by name: its own settings over those of global."""
        seen = {
            **self.own(GLOBAL_TENANT, position=position, prefix=prefix),
            **self.own(tenant_id, position=position, prefix=prefix),
        }
        return [seen[name] for name in sorted(seen)]

    def token(self, tenant_id: str, fact: Fact) -> str:
        """Return the version of a setting as `tenant_id` sees it."""
        inherited = "global:" if fact.tenant_id != tenant_id else ""
        return f"{inherited}{fact.entry.version}"

    def is_shredded(self, fact: Fact) -> bool:
        """Whether the value of a secret can be read no more."""
        return fact.entry.is_secret and any(
            later.kind == "shred" and later.entry.position > fact.entry.position
            for later in self.history(fact.tenant_id, fact.entry.name)
        )

    # What is done.

    def alone(self, tenant_id: str, command: ConfigCommand, now: int) -> Outcome:
        """Carry out one command."""
        outcome = self.change(tenant_id, [command], now)
        if outcome != Refused("ChangesConflict", getattr(outcome, "stale", ())):
            return outcome
        if not self._holds(tenant_id, command):
            return Refused("ConfigVersionMismatch")
        is_known = self.last(tenant_id, command.name) is not None
        return Refused("ConfigDeleted" if is_known else "ConfigNotFound")

    def change(self, tenant_id: str, commands: Sequence[ConfigCommand], now: int) -> Outcome:
        """Carry out several commands, or none."""
        sets = [c for c in commands if isinstance(c, SetConfigValue)]
        if any(self._would_expose(tenant_id, c) for c in sets):
            return Refused("ConfigExposed")
        if not all(self.schemas.meets(tenant_id, c.name, c.value) for c in sets):
            return Refused("ConfigSchemaViolated")

        stale = [
            c for c in commands if not self._holds(tenant_id, c) or self._has_nothing(tenant_id, c)
        ]
        if stale:
            return Refused(
                "ChangesConflict", tuple((c.name, self._seen(tenant_id, c)) for c in stale)
            )
        entries = tuple(self.carry_out(tenant_id, command, now) for command in commands)
        return Done(self.position, entries)

    def shred(self, tenant_id: str, name: str, condition: Condition, now: int) -> Outcome:
        """Delete what is there and make all its sealed values unreadable."""
        last = self.last(tenant_id, name)
        if last is None:
            return Refused("ConfigNotFound")
        sealed = [f for f in self.history(tenant_id, name) if f.entry.is_secret]
        if all(map(self.is_shredded, sealed)):
            return Refused("NothingSealed" if last.kind == "set" else "ConfigDeleted")
        own_only = msgspec.structs.replace(condition, global_versions=frozenset())
        if not self._holds(tenant_id, DeleteConfigValue(name, own_only)):
            return Refused("ConfigVersionMismatch")
        if last.kind == "set":
            self.carry_out(tenant_id, DeleteConfigValue(name), now)
        return Done(self.position + 1, (self.add(tenant_id, name, _SHOWN, now, kind="shred"),))

    def earlier(self, tenant_id: str, key: str, digest: bytes, now: int) -> Outcome | None:
        """Return what a request with this key gets because of an earlier one."""
        known = self._keys.get((tenant_id, key))
        if known is None or known[2] <= now:
            return None
        return known[1] if known[0] == digest else Refused("IdempotencyKeyReused")

    def remember(self, tenant_id: str, key: str, digest: bytes, done: Done, until: int) -> None:
        """Keep the result of a request with a key."""
        self._keys[tenant_id, key] = (digest, done, until)

    def forget_expired(self, now: int) -> None:
        """Drop the keys whose time is over; they stay so, though the clock be set back."""
        self._keys = {key: known for key, known in self._keys.items() if known[2] > now}

    def add(
        self,
        tenant_id: str,
        name: str,
        plain: bytes,
        now: int,
        *,
        kind: Literal["set", "delete", "shred"],
        is_secret: bool = False,
    ) -> ConfigEntry:
        """Note the next event of a name."""
        self.next_event(now)
        entry = ConfigEntry(
            name,
            _SHOWN if is_secret else plain,
            len(self.history(tenant_id, name)) + 1,
            self.position,
            self.last_time,
            is_deleted=kind != "set",
            layer="global" if tenant_id == GLOBAL_TENANT else "own",
            sealed=SEALED if is_secret else None,
        )
        self.facts.append(Fact(tenant_id, entry, plain, kind))
        return entry

    def next_event(self, now: int) -> None:
        """Go on by one event."""
        self.position, self.last_time = self.position + 1, max(now, self.last_time + 1)

    def carry_out(self, tenant_id: str, command: ConfigCommand, now: int) -> ConfigEntry:
        """Do what may be done."""
        last = self.last(tenant_id, command.name)
        if isinstance(command, SetConfigValue):
            is_secret = command.is_secret or (last is not None and last.entry.is_secret)
            value = command.value
            return self.add(tenant_id, command.name, value, now, kind="set", is_secret=is_secret)
        assert last is not None
        return self.add(tenant_id, command.name, last.entry.value, now, kind="delete")

    def _would_expose(self, tenant_id: str, command: SetConfigValue) -> bool:
        last = self.last(tenant_id, command.name)
        becomes_secret = command.is_secret and not (last and last.entry.is_secret)
        return (
            becomes_secret
            and not command.is_forced
            and any(
                f.kind == "set" and not f.entry.is_secret
                for f in self.history(tenant_id, command.name)
            )
        )

    def _holds(self, tenant_id: str, command: ConfigCommand) -> bool:
        condition, (own, inherited) = command.condition, self.versions(tenant_id, command.name)
        return (
            not (condition.must_exist and not own)
            and not (condition.must_be_absent and own)
            and (
                condition.versions is None
                or own in condition.versions
                or (not own and inherited in condition.global_versions)
            )
        )

    def versions(self, tenant_id: str, name: str) -> tuple[int, int]:
        """Return the versions of the own value and of the inherited one, 0 for none."""
        own = self.own(tenant_id).get(name)
        inherited = self.own(GLOBAL_TENANT).get(name) if tenant_id != GLOBAL_TENANT else None
        return own.entry.version if own else 0, inherited.entry.version if inherited else 0

    def _has_nothing(self, tenant_id: str, command: ConfigCommand) -> bool:
        return (
            isinstance(command, DeleteConfigValue) and not self.versions(tenant_id, command.name)[0]
        )

    def _seen(self, tenant_id: str, command: ConfigCommand) -> int | str:
        own, inherited = self.versions(tenant_id, command.name)
        if not own and inherited and not self._holds(tenant_id, command):
            return f"global:{inherited}"
        return own
