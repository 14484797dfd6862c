"""`Vault`: seal, open, shred."""

import os
from collections.abc import Callable
from typing import Final

from tenantry.base import Clock, Service
from tenantry.base.principal import ALL
from tenantry.db import Database, System, Tenant, Transaction
from tenantry.telemetry import emit, span
from tenantry.vault import store
from tenantry.vault.cipher import (
    KEY_BYTES,
    KEY_ID_BYTES,
    NONCE_BYTES,
    Broken,
    Label,
    Sealed,
    seal,
    unseal,
)
from tenantry.vault.errors import SealBroken, Shredded, VaultClosed, WrongMasterKey
from tenantry.vault.master_key import MasterKey
from tenantry.vault.model import DataKey

_SYSTEM: Final = System("data keys")
_SEALING: Final = b"tenantry value"
_DIGESTS: Final = "vault:digests"


class Vault(Service):
    """Seals the values of owners, each under its own data key; `master` wraps these.

    An owner is a name within its tenant, as `config:db.password`. Without `master` the vault is
    closed: it can destroy keys and nothing else. No unwrapped data key is kept: every call asks the
    database, since another node may have destroyed the key. All methods raise `Unavailable` when
    the database cannot be used.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        master: MasterKey | None,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        super().__init__()
        self._database = database
        self._clock = clock
        self._random_bytes = random_bytes
        self._master = master
        # Every master key this process was given: while one takes the place of another, a row that
        # was read a moment ago may be wrapped under either; and where the database was lost in the
        # commit of a rotation, nobody can say which it is.
        self._masters = {} if master is None else {master.fingerprint: master}
        self._digest_key: bytes | None = None

    @property
    def is_open(self) -> bool:
        """Whether a master key is there."""
        return self._master is not None

    @property
    def master_fingerprint(self) -> str | None:
        """What the master key is known by, None where there is none."""
        return None if self._master is None else self._master.fingerprint

    async def seal(self, tenant_id: str, owner: str, plain: bytes) -> bytes:
        """Seal `plain` under the owner's data key; a first one is durable before this returns.

        Raises `VaultClosed` and `WrongMasterKey`.
        """
        with span("tenantry.vault.seal"):
            self._require_open()
            key = await self._find(tenant_id, owner) or await self._create(tenant_id, owner)
            return seal(
                self._unwrapped(key),
                plain,
                label=key.label,
                purpose=_SEALING,
                nonce=self._random_bytes(NONCE_BYTES),
            )

    async def open(self, tenant_id: str, owner: str, sealed: bytes) -> bytes:
        """Return what was sealed for `owner`.

        Raises `Shredded` where its data key is not there any more, `SealBroken` where the bytes are
        not as they were sealed, `VaultClosed` and `WrongMasterKey`.
        """
        with span("tenantry.vault.open"):
            self._require_open()
            try:
                parts = Sealed.read(sealed)
                key = await self._find(tenant_id, owner)
                if key is None or key.key_id != parts.key_id:
                    raise Shredded(owner=owner)
                return unseal(self._unwrapped(key), parts, label=key.label, purpose=_SEALING)
            except Broken as error:
                raise SealBroken("a sealed value", owner=owner) from error

    def shred_in(self, tx: Transaction, tenant_id: str, owner: str) -> int:
        """Destroy the owner's data keys inside another's unit, and return how many there were.

        Whatever was sealed under them is unreadable once that unit has committed. It belongs among
        the unit's rows, before it appends.
        """
        return store.delete_data_key(tx, tenant_id, owner)

    def shred_tenant_in(self, tx: Transaction, tenant_id: str) -> int:
        """Destroy the data keys of all owners of a tenant, as `shred_in` does one's."""
        return store.delete_data_keys(tx, tenant_id)

    async def has_key(self, tenant_id: str, owner: str) -> bool:
        """Whether the owner has a data key; a closed vault knows that too."""
        return await self._find(tenant_id, owner) is not None

    async def digest_key(self) -> bytes | None:
        """Return 32 bytes for keyed digests, the same for all nodes and for ever; None when closed.

        They are a data key of their own, made when somebody first asks, and kept in memory.
        """
        if self._digest_key is None and self.is_open:
            key = await self._find(ALL, _DIGESTS) or await self._create(ALL, _DIGESTS)
            self._digest_key = self._unwrapped(key)
        return self._digest_key

    async def key_counts(self) -> dict[str, int]:
        """Return how many data keys are wrapped under each master key, by its fingerprint."""
        return await self._database.read(_SYSTEM, store.count_by_master)

    async def rewrap(
        self, new: MasterKey, *, beside: Callable[[Transaction], object] = lambda _: None
    ) -> int:
        """Wrap all data keys under `new`, in one transaction; return how many that were.

        `beside` is what the same transaction does last. This node uses `new` from then on. Others
        need to be given it: until then they raise `WrongMasterKey`, and so does this where the keys
        are under a master key it does not have.
        """
        present = self._require_open()
        self._masters[new.fingerprint] = new

        def rewrapped(key: DataKey) -> bytes:
            nonce = self._random_bytes(NONCE_BYTES)
            return new.wrap(self._unwrapped(key), label=key.label, nonce=nonce)

        def rewrap_all(tx: Transaction) -> int:
            count = store.rewrap_data_keys(tx, rewrapped, new.fingerprint)
            beside(tx)
            return count

        with span("tenantry.vault.rewrap", present=present.fingerprint, new=new.fingerprint):
            count = await self._database.write(_SYSTEM, rewrap_all)
        self._master = new
        emit("tenantry.vault.rewrapped", key_count=count)
        return count

    async def adopt(self, pending: MasterKey) -> bool:
        """Use `pending` from now on if the data keys are wrapped under it; return whether.

        So a rotation that broke off after its transaction is taken to its end. It belongs before
        `start`, which would refuse the master key of before.
        """
        counts = await self._database.write(_SYSTEM, store.count_by_master_settled)
        if set(counts) != {pending.fingerprint}:
            return False
        self._masters[pending.fingerprint] = pending
        self._master = pending
        return True

    async def _on_start(self) -> None:
        """Check the master key; raises `WrongMasterKey`."""
        if self._master is None:
            return
        for stored in await self.key_counts():
            self._master_of(stored)

        digests = await self._find(ALL, _DIGESTS)
        self._digest_key = self._unwrapped(digests) if digests else None

    async def _find(self, tenant_id: str, owner: str) -> DataKey | None:
        return await self._database.read(Tenant(tenant_id), store.find_data_key, tenant_id, owner)

    async def _create(self, tenant_id: str, owner: str) -> DataKey:
        """Make the owner's data key, or return the one that another was faster to make."""
        present = self._require_open()
        label = Label(tenant_id, owner, self._random_bytes(KEY_ID_BYTES))
        data_key, nonce = self._random_bytes(KEY_BYTES), self._random_bytes(NONCE_BYTES)
        created_at = self._clock.now_us()

        def offer(stored: str | None) -> DataKey:
            master = self._master_of(stored or present.fingerprint)
            return DataKey(
                tenant_id=tenant_id,
                owner=owner,
                key_id=label.key_id,
                wrapped=master.wrap(data_key, label=label, nonce=nonce),
                master_fingerprint=master.fingerprint,
                created_at=created_at,
            )

        # As the system: a tenant does not see which master key wraps the keys of others.
        return await self._database.write(_SYSTEM, store.keep_data_key, tenant_id, owner, offer)

    def _unwrapped(self, key: DataKey) -> bytes:
        try:
            return self._master_of(key.master_fingerprint).unwrap(key.wrapped, label=key.label)
        except Broken as error:
            raise SealBroken("the data key", owner=key.owner) from error

    def _master_of(self, fingerprint: str) -> MasterKey:
        """Return the master key of this fingerprint, if it is one of ours."""
        master = self._masters.get(fingerprint)
        if master is None:
            present = self._require_open()
            raise WrongMasterKey(stored=fingerprint, present=present.fingerprint)
        return master

    def _require_open(self) -> MasterKey:
        if self._master is None:
            raise VaultClosed
        return self._master
