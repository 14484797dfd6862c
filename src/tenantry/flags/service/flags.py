"""`Flags`: what the flags of a tenant are, for a context."""

import asyncio
import hashlib
from typing import Final

from tenantry.base import Principal
from tenantry.base.errors import Invalid, NotFound, Unavailable
from tenantry.base.principal import ALL
from tenantry.configs import ConfigEntry, ConfigStore
from tenantry.flags import rules
from tenantry.flags.model import FLAG_PREFIX, Context, Evaluation, FlagSet, StoredFlag
from tenantry.flags.service.permissions import EVALUATE
from tenantry.telemetry import emit

# Who may evaluate a flag need not be one who may read settings.
_READER: Final = Principal(
    id="flags", tenant_id=ALL, permissions=frozenset({"configs:read"}), source="flags"
)
_FLAGS_AT_ONCE: Final = 100
_VERSION_DIGITS: Final = 32
# From before the name was reserved. It is no JSON, so it is told of as a flag that is broken.
_SEALED: Final = b"a secret"


class Flags:
    """The flags of every tenant: settings named `flag:KEY`, its own above those of `global`.

    All of it is in memory, and evaluated in this process. Each method that acts for a principal
    raises `Denied`, and `Unavailable` while this node has not caught up with the log.
    """

    def __init__(self, *, store: ConfigStore) -> None:
        self._store = store

    def evaluate(
        self, principal: Principal, tenant_id: str, key: str, context: Context
    ) -> Evaluation:
        """Return what the flag `key` is for `context`; a flag that fails says so in it.

        Raises also `FlagContextInvalid`.
        """
        principal.authorise(tenant_id, EVALUATE)
        return _told(self._evaluate(tenant_id, key, rules.checked_context(context)))

    def flag_set(self, principal: Principal, tenant_id: str) -> FlagSet:
        """Return all flags that the tenant sees, as they are stored."""
        principal.authorise(tenant_id, EVALUATE)
        found = self._store.all(_READER, tenant_id, prefix=FLAG_PREFIX)
        flags = tuple(map(_stored, found))
        return FlagSet(tenant_id, flags, _version_of(tenant_id, flags))

    async def evaluate_all(self, flag_set: FlagSet, context: Context) -> list[Evaluation]:
        """Return what each flag of a set is for `context`; raises `FlagContextInvalid`.

        Others get their turn in between.
        """
        context = rules.checked_context(context)
        found = []
        for number, flag in enumerate(flag_set.flags, start=1):
            found.append(_told(rules.evaluate(flag.key, flag.json, context)))
            if number % _FLAGS_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    def decide(self, tenant_id: str, key: str, context: Context) -> Evaluation:
        """Return what the flag `key` is for `context`, to another feature; never raises.

        It has no value, and an `error_code`, where there is no such flag, it is broken, or this
        node has not caught up with the log.
        """
        try:
            found = self._evaluate(tenant_id, key, context)
        except Unavailable as error:
            found = rules.failed(key, "PROVIDER_NOT_READY", error.message)
        return _told(found)

    async def reach(self, position: int) -> None:
        """Wait until this node has taken in `position`; raises `Unavailable` after 5 s."""
        await self._store.reach(position)

    def _evaluate(self, tenant_id: str, key: str, context: Context) -> Evaluation:
        try:
            entry = self._store.get(_READER, tenant_id, FLAG_PREFIX + key)
        except (NotFound, Invalid):
            # What can be no name is none.
            return rules.failed(key, "FLAG_NOT_FOUND", "there is no such flag")
        flag = _stored(entry)
        return rules.evaluate(flag.key, flag.json, context)


def _stored(entry: ConfigEntry) -> StoredFlag:
    return StoredFlag(
        entry.name.removeprefix(FLAG_PREFIX),
        _SEALED if entry.is_secret else entry.value,
        f"{entry.layer}:{entry.version}",
    )


def _version_of(tenant_id: str, flags: tuple[StoredFlag, ...]) -> str:
    digest = hashlib.sha256(tenant_id.encode())
    for flag in flags:
        digest.update(f"{flag.key}\0{flag.version}\0".encode())
    return digest.hexdigest()[:_VERSION_DIGITS]


def _told(found: Evaluation) -> Evaluation:
    emit("tenantry.flags.evaluated", reason=found.reason)
    return found
