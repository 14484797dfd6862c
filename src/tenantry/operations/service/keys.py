"""The master key of this node: what depends on it, and another in its place."""

import asyncio

from tenantry.base import Clock, Principal
from tenantry.base.principal import ALL
from tenantry.db import Database, migration_status
from tenantry.eventlog import ANY, AppendRequest, EventLog, StreamAppend
from tenantry.operations.model import KeyStatus, OperatorActed, RotationReport
from tenantry.operations.service.master_key import KeySetting, MasterKeySource
from tenantry.operations.service.operations import READ
from tenantry.operations.store import encode_acted
from tenantry.telemetry import emit, get_logger, span
from tenantry.vault import MasterKey, Vault, VaultClosed

ROTATE = "operations:keys"

_STREAM = "keys/master"

_LOGGER = get_logger("tenantry.operations")
_NEXT_STEP = "set MASTER_KEY to the new key on every node now, and start them again"


class Keys:
    """The master key that `vault` uses and `source` keeps, for who may act on every tenant.

    Every method that takes a principal raises `Denied` for anybody else, and `Unavailable` where
    the database is away.
    """

    def __init__(self, *, vault: Vault, source: MasterKeySource, log: EventLog) -> None:
        self._vault = vault
        self._log = log
        self._source = source
        self._turn = asyncio.Lock()

    async def mend(self) -> None:
        """Take a rotation that broke off to its end, where it has wrapped the data keys anew.

        Where it has not, all is as it was before, and the next rotation takes up the same new key.
        It belongs before the start of the vault.
        """
        pending = await asyncio.to_thread(self._source.pending)
        if pending is not None and await self._vault.adopt(pending):
            await asyncio.to_thread(self._source.settle)
            _LOGGER.warning(
                "A rotation of the master key had broken off and is at its end",
                fingerprint=pending.fingerprint,
                kept_in=self._source.name,
            )

    async def status(self, principal: Principal) -> KeyStatus:
        """Say how many data keys there are, and under which master key."""
        principal.authorise(ALL, READ)
        return await _status(self._vault, self._source)

    async def rotate(self, principal: Principal, new: MasterKey | None = None) -> RotationReport:
        """Put a new master key in the place of the present one.

        `new` is for where the setting `MASTER_KEY` has the present one; a file gets a random key.
        It is kept before anything is wrapped under it, all data keys are wrapped anew in one
        transaction, with an event that says so, and only then is the present one given up. Raises
        `VaultClosed`, `WrongMasterKey` and `MasterKeyRefused`.
        """
        principal.authorise(ALL, ROTATE)
        if not self._vault.is_open:
            raise VaultClosed

        async with self._turn:
            with span("tenantry.operations.rotate_master"):
                chosen = await asyncio.to_thread(self._source.prepare, new)
                emit("tenantry.operations.master_key_prepared")
                acted = OperatorActed(action="keys.rotate_master", subject=chosen.fingerprint)
                request = AppendRequest(
                    ALL, (StreamAppend(_STREAM, ANY, (encode_acted(acted, principal),)),)
                )
                count = await self._vault.rewrap(
                    chosen, beside=lambda tx: self._log.append_in(tx, request)
                )
                self._log.appended()
                await asyncio.to_thread(self._source.settle)
                emit("tenantry.operations.master_key_replaced")

        return RotationReport(
            data_key_count=count,
            master_fingerprint=chosen.fingerprint,
            source=self._source.name,
            next_step=_NEXT_STEP if isinstance(self._source, KeySetting) else None,
        )


async def key_status(database: Database, source: MasterKeySource, *, clock: Clock) -> KeyStatus:
    """Say the same of a database that no server has open, changing nothing."""
    vault = Vault(database=database, clock=clock, master=source.find())
    status = await migration_status(database)
    return await _status(vault, source, has_table=status.is_current)


async def _status(vault: Vault, source: MasterKeySource, *, has_table: bool = True) -> KeyStatus:
    counts = await vault.key_counts() if has_table else None
    return KeyStatus(
        source=source.name if vault.is_open else None,
        master_fingerprint=vault.master_fingerprint,
        data_key_count=None if counts is None else sum(counts.values()),
        wrapped_under=counts,
    )
