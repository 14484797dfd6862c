"""What only PostgreSQL promises of the vault: tenants that cannot see each other, and N nodes."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio

from tenantry.db import Database, System, Tenant, Transaction
from tenantry.vault import Shredded, WrongMasterKey
from tests.conformance.spine import Gate, running_database
from tests.support.vaults import new_master, read_stored_keys, stored_keys, vault_on
from tests.support.waiting import eventually

MASTER = new_master()
OWNER = "config:db.password"


@pytest_asyncio.fixture
async def databases(postgres_url: str) -> AsyncIterator[list[Database]]:
    """Two nodes on one database."""
    async with running_database(postgres_url) as one, running_database(postgres_url) as two:
        yield [one, two]


def delete_all(tx: Transaction) -> int:
    return int(tx.connection.execute("DELETE FROM data_keys").rowcount)


def rename_all(tx: Transaction) -> None:
    tx.connection.execute("UPDATE data_keys SET owner = 'config:mine'")


async def test_a_unit_of_a_tenant_sees_and_destroys_only_its_own_keys(
    databases: list[Database],
) -> None:
    database, _ = databases
    vault = vault_on(database, MASTER)
    for tenant in ("acme", "globex"):
        await vault.seal(tenant, OWNER, b"hunter2")
    await vault.digest_key()

    seen = await database.read(Tenant("acme"), read_stored_keys)
    assert [key.tenant_id for key in seen] == ["acme"]
    assert await database.read(Tenant("nobody"), read_stored_keys) == []
    assert await database.read(Tenant(""), read_stored_keys) == []

    assert await database.write(Tenant("acme"), delete_all) == 1
    assert [key.tenant_id for key in await stored_keys(database)] == ["*", "globex"]


async def test_a_unit_of_a_tenant_shreds_nothing_of_anothers(databases: list[Database]) -> None:
    database, _ = databases
    vault = vault_on(database, MASTER)
    await vault.seal("globex", OWNER, b"hunter2")

    assert await database.write(Tenant("acme"), vault.shred_in, "globex", OWNER) == 0
    assert await database.write(System("test"), vault.shred_in, "globex", OWNER) == 1


async def test_a_unit_of_a_tenant_changes_no_key(databases: list[Database]) -> None:
    database, _ = databases
    await vault_on(database, MASTER).seal("acme", OWNER, b"hunter2")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await database.write(Tenant("acme"), rename_all)


async def test_nodes_that_make_the_first_keys_at_once_end_with_one_for_each_owner(
    databases: list[Database],
) -> None:
    vaults = [vault_on(database, MASTER) for database in databases]
    owners = [f"config:{number}" for number in range(10)]

    sealed = await asyncio.gather(
        *(vault.seal("acme", owner, owner.encode()) for owner in owners for vault in vaults)
    )

    assert [key.owner for key in await stored_keys(databases[0])] == owners
    for number, data in enumerate(sealed):
        for vault in vaults:
            owner = owners[number // 2]
            assert await vault.open("acme", owner, data) == owner.encode()


async def test_a_shred_on_one_node_holds_on_the_other_at_once(databases: list[Database]) -> None:
    one, two = (vault_on(database, MASTER) for database in databases)
    sealed = await one.seal("acme", OWNER, b"hunter2")
    assert await two.open("acme", OWNER, sealed) == b"hunter2"

    await databases[0].write(Tenant("acme"), one.shred_in, "acme", OWNER)

    with pytest.raises(Shredded):
        await two.open("acme", OWNER, sealed)
    new = await two.seal("acme", OWNER, b"new")
    assert await one.open("acme", OWNER, new) == b"new"


async def test_nodes_with_two_master_keys_end_with_keys_under_one(
    databases: list[Database],
) -> None:
    vaults = [vault_on(database, new_master()) for database in databases]

    outcomes = await asyncio.gather(
        *(
            vault.seal("acme", f"config:{number}:{which}", b"hunter2")
            for number in range(10)
            for which, vault in enumerate(vaults)
        ),
        return_exceptions=True,
    )

    assert len(await vaults[0].key_counts()) == 1
    assert sum(isinstance(outcome, WrongMasterKey) for outcome in outcomes) == 10


async def test_of_two_rotations_at_once_one_is_done_and_the_other_changes_nothing(
    databases: list[Database],
) -> None:
    vaults = [vault_on(database, MASTER) for database in databases]
    sealed = await vaults[0].seal("acme", OWNER, b"hunter2")

    outcomes = await asyncio.gather(
        *(vault.rewrap(new_master()) for vault in vaults), return_exceptions=True
    )

    winner = outcomes.index(1)
    assert isinstance(outcomes[1 - winner], WrongMasterKey)
    assert await vaults[winner].open("acme", OWNER, sealed) == b"hunter2"
    with pytest.raises(WrongMasterKey):
        await vaults[1 - winner].open("acme", OWNER, sealed)


async def test_a_rotation_waits_for_a_shred_and_leaves_nothing_of_it(
    databases: list[Database],
) -> None:
    vault = vault_on(databases[0], MASTER)
    await vault.seal("acme", OWNER, b"hunter2")
    await vault.seal("acme", "config:other", b"hunter2")
    gate = Gate()

    def shred_slowly(tx: Transaction) -> None:
        vault.shred_in(tx, "acme", OWNER)
        gate.pass_through(tx)

    shredding = asyncio.create_task(databases[1].write(Tenant("acme"), shred_slowly))
    await eventually(gate.entered.is_set)
    rotating = asyncio.create_task(vault.rewrap(new_master()))
    await eventually(lambda: _waits_for_lock(databases[1]))
    assert not rotating.done()
    gate.open()
    await shredding

    assert await rotating == 1
    assert [key.owner for key in await stored_keys(databases[0])] == ["config:other"]


async def _waits_for_lock(database: Database) -> bool:
    return await database.read(System("test"), _count_waiting) > 0


def _count_waiting(tx: Transaction) -> int:
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'data_keys'::regclass"
    return int(tx.connection.execute(query).fetchone()[0])
