"""Vaults for tests, and what their table holds."""

import secrets

import msgspec

from tenantry.db import Database, System, Transaction
from tenantry.testing import FakeClock
from tenantry.vault import MasterKey, Vault


class StoredKey(msgspec.Struct, frozen=True):
    """A row of `data_keys`."""

    tenant_id: str
    owner: str
    key_id: bytes
    wrapped: bytes
    master_fingerprint: str
    created_at: int


def new_master() -> MasterKey:
    """Make a master key."""
    return MasterKey(secrets.token_bytes(32))


def vault_on(database: Database, master: MasterKey | None) -> Vault:
    """Return a vault, not started."""
    return Vault(database=database, clock=FakeClock(), master=master)


async def stored_keys(database: Database) -> list[StoredKey]:
    """Return all rows of `data_keys`."""
    return await database.read(System("test"), read_stored_keys)


def read_stored_keys(tx: Transaction) -> list[StoredKey]:
    """Return the rows of `data_keys` that the unit sees, without a WHERE."""
    rows = tx.connection.execute("SELECT * FROM data_keys ORDER BY tenant_id, owner")
    return [StoredKey(*row) for row in rows]
