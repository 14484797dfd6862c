"""Which values are secrets, and sealing and opening them."""

from base64 import b64decode, b64encode

import msgspec

from tenantry.configs.errors import ConfigExposed
from tenantry.configs.model import ConfigEntry, ConfigSecretShredded, ConfigValueSet, SetConfigValue
from tenantry.configs.service.reservations import Reservations
from tenantry.configs.store import VALUE_TYPES, decode_event, stream_of
from tenantry.db import Transaction
from tenantry.eventlog import EventLog
from tenantry.vault import Vault, is_same_key


class SealedOn(msgspec.Struct, frozen=True):
    """A sealed value, and what its name stood at before it was sealed."""

    text: str
    current: ConfigEntry | None


class Sealing:
    """The secrets among the settings, each name with a data key of its own."""

    def __init__(self, *, vault: Vault, log: EventLog, reservations: Reservations) -> None:
        self._vault = vault
        self._log = log
        self._reservations = reservations

    def is_due(self, command: SetConfigValue, current: ConfigEntry | None) -> bool:
        """Whether the value is a secret: it is said to be one, or takes the place of one."""
        return command.is_secret or (current is not None and current.is_secret)

    async def seal(
        self, tenant_id: str, command: SetConfigValue, current: ConfigEntry | None
    ) -> SealedOn:
        """Seal the value of `command`, which is to be stored on `current`.

        Raises `ConfigExposed` where the name would only now become a secret, although its history
        shows values in the clear, `ConfigValueInvalid` for a reserved name, and what `Vault.seal`
        raises.
        """
        self._reservations.refuse_secret(command.name)
        becomes_secret = current is None or not current.is_secret
        if becomes_secret and not command.is_forced:
            await self._require_no_plain_past(tenant_id, command.name)
        sealed = await self._vault.seal(tenant_id, _owner(command.name), command.value)
        return SealedOn(b64encode(sealed).decode(), current)

    def can_store(self, sealed: SealedOn, current: ConfigEntry | None) -> bool:
        """Whether a value that was sealed a while ago can be stored on `current`.

        Whoever has deleted the secret meanwhile may have destroyed the key, and the name may be
        there again; but what is under the same key as the present value can be read as long.
        """
        if current == sealed.current:
            return True
        if current is None or current.sealed is None:
            return False
        return is_same_key(b64decode(current.sealed), b64decode(sealed.text))

    async def open(self, tenant_id: str, entry: ConfigEntry) -> bytes:
        """Return the value of a secret of `tenant_id`; raises what `Vault.open` raises."""
        assert entry.sealed is not None  # noqa: S101 - the caller has looked
        return await self._vault.open(tenant_id, _owner(entry.name), b64decode(entry.sealed))

    async def can_shred(self, tenant_id: str, current: ConfigEntry) -> bool:
        """Whether anything that was sealed under this name, up to `current`, can still be opened.

        Its history says so; a key alone may have been made for a write that was refused then.
        """
        has_sealed = False
        async for page in self._log.read_stream(tenant_id, stream_of(current.name)):
            for event in page:
                if event.version > current.version:
                    return has_sealed
                change = decode_event(event)
                if isinstance(change, ConfigValueSet):
                    has_sealed = has_sealed or change.sealed is not None
                elif isinstance(change, ConfigSecretShredded):
                    has_sealed = False
        return has_sealed

    def shred_in(self, tx: Transaction, tenant_id: str, name: str) -> int:
        """Destroy the key of a name inside another's unit."""
        return self._vault.shred_in(tx, tenant_id, _owner(name))

    async def _require_no_plain_past(self, tenant_id: str, name: str) -> None:
        async for page in self._log.read_stream(tenant_id, stream_of(name)):
            for event in page:
                change = decode_event(event) if event.type in VALUE_TYPES else None
                if isinstance(change, ConfigValueSet) and change.sealed is None:
                    raise ConfigExposed(
                        f"{name} has values in its history that anybody can read, the first as "
                        f'version {event.version}: say "force": true, or take another name',
                        details={"name": name, "version": event.version},
                    )


def _owner(name: str) -> str:
    return f"config:{name}"
