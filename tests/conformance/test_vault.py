"""The vault on both databases: seal, open, shred, rewrap."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tenantry.base.errors import Gone, Unavailable
from tenantry.db import Database, Tenant, Transaction
from tenantry.testing import FakeClock
from tenantry.vault import MasterKey, SealBroken, Shredded, Vault, VaultClosed, WrongMasterKey
from tests.conformance.spine import running_database, tamper
from tests.support.vaults import new_master, stored_keys, vault_on

OWNER = "config:db.password"


@pytest.fixture
def master() -> MasterKey:
    return new_master()


@pytest_asyncio.fixture
async def vault(database: Database, master: MasterKey) -> AsyncIterator[Vault]:
    vault = vault_on(database, master)
    await vault.start()
    yield vault
    await vault.stop()


async def shred(database: Database, vault: Vault, owner: str, *, tenant: str = "acme") -> int:
    return await database.write(Tenant(tenant), vault.shred_in, tenant, owner)


@pytest.mark.parametrize("plain", [b"", b"hunter2", bytes(range(256)) * 4_096])
async def test_what_was_sealed_opens(vault: Vault, plain: bytes) -> None:
    sealed = await vault.seal("acme", OWNER, plain)

    assert await vault.open("acme", OWNER, sealed) == plain


async def test_the_same_value_sealed_twice_is_not_the_same_bytes(vault: Vault) -> None:
    first, second = [await vault.seal("acme", OWNER, b"hunter2") for _ in range(2)]

    assert first != second
    assert await vault.open("acme", OWNER, first) == await vault.open("acme", OWNER, second)


async def test_an_owner_has_one_key_until_it_is_shredded(vault: Vault, database: Database) -> None:
    for owner in (OWNER, OWNER, "config:other"):
        await vault.seal("acme", owner, b"hunter2")
    await vault.seal("globex", OWNER, b"hunter2")

    keys = await stored_keys(database)

    assert [(key.tenant_id, key.owner) for key in keys] == [
        ("acme", OWNER),
        ("acme", "config:other"),
        ("globex", OWNER),
    ]
    assert len({key.key_id for key in keys}) == len({key.wrapped for key in keys}) == 3
    assert {key.created_at for key in keys} == {FakeClock().now_us()}


async def test_a_first_key_is_durable_when_seal_returns(
    vault: Vault, database: Database, master: MasterKey
) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")

    assert await vault_on(database, master).open("acme", OWNER, sealed) == b"hunter2"


async def test_what_was_shredded_never_opens_again(vault: Vault, database: Database) -> None:
    first = await vault.seal("acme", OWNER, b"first")
    second = await vault.seal("acme", OWNER, b"second")
    other = await vault.seal("acme", "config:other", b"other")

    assert await shred(database, vault, OWNER) == 1

    for sealed in (first, second):
        with pytest.raises(Shredded, match=OWNER) as caught:
            await vault.open("acme", OWNER, sealed)
        assert isinstance(caught.value, Gone)
    assert await vault.open("acme", "config:other", other) == b"other"


async def test_after_a_shred_the_next_seal_makes_a_new_key(
    vault: Vault, database: Database
) -> None:
    before = await vault.seal("acme", OWNER, b"before")
    await shred(database, vault, OWNER)
    after = await vault.seal("acme", OWNER, b"after")

    assert await vault.open("acme", OWNER, after) == b"after"
    with pytest.raises(Shredded):
        await vault.open("acme", OWNER, before)


async def test_a_shred_of_nothing_is_none(vault: Vault, database: Database) -> None:
    assert await shred(database, vault, OWNER) == 0
    await vault.seal("globex", OWNER, b"hunter2")
    assert await shred(database, vault, OWNER) == 0


async def test_a_shred_is_undone_with_its_unit(vault: Vault, database: Database) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")

    def shred_and_fail(tx: Transaction) -> None:
        assert vault.shred_in(tx, "acme", OWNER) == 1
        raise Unavailable("something else of the unit failed")

    with pytest.raises(Unavailable):
        await database.write(Tenant("acme"), shred_and_fail)

    assert await vault.open("acme", OWNER, sealed) == b"hunter2"


async def test_whether_there_is_a_key_is_known(vault: Vault, database: Database) -> None:
    assert not await vault.has_key("acme", OWNER)
    await vault.seal("acme", OWNER, b"hunter2")
    assert await vault.has_key("acme", OWNER)
    assert not await vault.has_key("globex", OWNER)
    await shred(database, vault, OWNER)
    assert not await vault.has_key("acme", OWNER)


async def test_another_tenant_or_owner_does_not_open_it(vault: Vault) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")
    await vault.seal("globex", OWNER, b"theirs")

    for tenant, owner in (("globex", OWNER), ("acme", "config:other"), ("nobody", OWNER)):
        with pytest.raises(Shredded):
            await vault.open(tenant, owner, sealed)


async def test_a_row_moved_to_another_owner_or_tenant_does_not_unwrap(
    vault: Vault, database: Database
) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")
    await tamper(database, "UPDATE data_keys SET tenant_id = 'globex'")
    with pytest.raises(SealBroken):
        await vault.open("globex", OWNER, sealed)

    await tamper(database, "UPDATE data_keys SET tenant_id = 'acme', owner = 'config:other'")
    with pytest.raises(SealBroken):
        await vault.open("acme", "config:other", sealed)


async def test_changed_bytes_are_refused(vault: Vault) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")

    for at in (0, 9, 20, 21, len(sealed) - 1):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SealBroken, match=OWNER):
            await vault.open("acme", OWNER, changed)
    for cut in (b"", sealed[:36]):
        with pytest.raises(SealBroken):
            await vault.open("acme", OWNER, cut)


async def test_the_id_of_another_key_is_that_of_one_that_is_gone(vault: Vault) -> None:
    """What names no key that is there cannot be told from what was shredded."""
    sealed = await vault.seal("acme", OWNER, b"hunter2")

    with pytest.raises(Shredded):
        await vault.open("acme", OWNER, sealed[:1] + bytes(8) + sealed[9:])


async def test_a_changed_data_key_is_refused(vault: Vault, database: Database) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")
    zeros = "zeroblob(69)" if database.dialect == "sqlite" else "decode(repeat('00', 69), 'hex')"
    await tamper(database, f"UPDATE data_keys SET wrapped = {zeros}")

    with pytest.raises(SealBroken, match="data key"):
        await vault.open("acme", OWNER, sealed)
    with pytest.raises(SealBroken, match="data key"):
        await vault.seal("acme", OWNER, b"hunter2")


async def test_a_closed_vault_only_destroys(database: Database, vault: Vault) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")
    closed = vault_on(database, None)
    await closed.start()

    assert not closed.is_open
    assert vault.is_open
    with pytest.raises(VaultClosed, match="MASTER_KEY"):
        await closed.seal("acme", OWNER, b"hunter2")
    with pytest.raises(VaultClosed, match="MASTER_KEY"):
        await closed.open("acme", OWNER, sealed)
    with pytest.raises(VaultClosed):
        await closed.rewrap(new_master())
    assert await closed.digest_key() is None
    assert await closed.has_key("acme", OWNER)
    assert await shred(database, closed, OWNER) == 1


async def test_a_rewrap_changes_the_wrapping_and_nothing_else(
    vault: Vault, database: Database, master: MasterKey
) -> None:
    owners = [f"config:größe 🎉 '{number}\"" for number in range(50)]
    sealed = [await vault.seal("acme", owner, owner.encode()) for owner in owners]
    before = await stored_keys(database)
    new = new_master()

    assert await vault.rewrap(new) == 50

    after = await stored_keys(database)
    assert {key.master_fingerprint for key in after} == {new.fingerprint}
    assert not {key.wrapped for key in after} & {key.wrapped for key in before}
    assert [(k.tenant_id, k.owner, k.key_id, k.created_at) for k in after] == [
        (k.tenant_id, k.owner, k.key_id, k.created_at) for k in before
    ]
    for owner, data in zip(owners, sealed, strict=True):
        assert await vault.open("acme", owner, data) == owner.encode()
    assert vault.master_fingerprint == new.fingerprint
    await vault.seal("acme", "config:later", b"hunter2")
    assert await vault.key_counts() == {new.fingerprint: 51}
    assert master.fingerprint != new.fingerprint


async def test_a_rewrap_of_nothing_is_none(vault: Vault) -> None:
    assert await vault.rewrap(new_master()) == 0


async def test_a_rewrap_that_cannot_unwrap_one_key_changes_none(
    vault: Vault, database: Database, master: MasterKey
) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")
    await vault.seal("acme", "config:other", b"hunter2")
    await tamper(
        database, "UPDATE data_keys SET owner = 'config:broken' WHERE owner = 'config:other'"
    )

    with pytest.raises(SealBroken, match="config:broken"):
        await vault.rewrap(new_master())

    assert await vault.open("acme", OWNER, sealed) == b"hunter2"
    assert await vault.key_counts() == {master.fingerprint: 2}


async def test_what_is_sealed_and_opened_during_a_rewrap_is_never_refused(vault: Vault) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")
    is_over = asyncio.Event()

    async def use(owner: str) -> int:
        count = 0
        while not is_over.is_set() or not count:
            assert await vault.open("acme", OWNER, sealed) == b"hunter2"
            new = await vault.seal("acme", f"{owner}:{count}", b"hunter2")
            assert await vault.open("acme", f"{owner}:{count}", new) == b"hunter2"
            count += 1
        return count

    users = [asyncio.create_task(use(f"config:{number}")) for number in range(4)]
    for _ in range(5):
        await vault.rewrap(new_master())
    is_over.set()
    counts = await asyncio.gather(*users)

    assert vault.master_fingerprint is not None
    assert await vault.key_counts() == {vault.master_fingerprint: sum(counts) + 1}


async def test_the_wrong_master_key_is_told_and_opens_nothing(
    vault: Vault, database: Database, master: MasterKey
) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")
    wrong = new_master()
    other = vault_on(database, wrong)

    with pytest.raises(WrongMasterKey) as caught:
        await other.start()
    assert master.fingerprint in caught.value.message
    assert wrong.fingerprint in caught.value.message
    for attempt in (
        other.open("acme", OWNER, sealed),
        other.seal("acme", OWNER, b"hunter2"),
        # A key of its own beside the others would be under another master key than they are.
        other.seal("globex", "config:new", b"hunter2"),
        other.digest_key(),
        other.rewrap(new_master()),
    ):
        with pytest.raises(WrongMasterKey):
            await attempt
    assert await vault.key_counts() == {master.fingerprint: 1}


async def test_a_node_with_the_old_master_key_is_told_after_a_rotation(
    vault: Vault, database: Database, master: MasterKey
) -> None:
    other = vault_on(database, master)
    await other.start()
    sealed = await vault.seal("acme", OWNER, b"hunter2")
    assert await other.open("acme", OWNER, sealed) == b"hunter2"

    new = new_master()
    await vault.rewrap(new)

    for attempt in (
        other.open("acme", OWNER, sealed),
        other.seal("acme", "config:new", b"hunter2"),
        other.rewrap(new_master()),
    ):
        with pytest.raises(WrongMasterKey, match=new.fingerprint):
            await attempt


async def test_a_rotation_that_broke_off_after_its_commit_is_adopted(
    vault: Vault, database: Database, master: MasterKey
) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")
    pending = new_master()
    after_crash = vault_on(database, master)
    assert not await after_crash.adopt(pending)
    assert after_crash.master_fingerprint == master.fingerprint

    await vault.rewrap(pending)

    assert await after_crash.adopt(pending)
    await after_crash.start()
    assert after_crash.master_fingerprint == pending.fingerprint
    assert await after_crash.open("acme", OWNER, sealed) == b"hunter2"


async def test_nothing_is_adopted_where_there_is_no_key_yet(
    database: Database, master: MasterKey
) -> None:
    assert not await vault_on(database, master).adopt(new_master())


async def test_the_digest_key_is_the_same_for_ever(
    vault: Vault, database: Database, master: MasterKey
) -> None:
    digest_key = await vault.digest_key()
    other = vault_on(database, master)

    assert digest_key is not None
    assert len(digest_key) == 32
    assert await vault.digest_key() == await other.digest_key() == digest_key

    new = new_master()
    await vault.rewrap(new)
    later = vault_on(database, new)
    await later.start()
    assert await vault.digest_key() == await later.digest_key() == digest_key


async def test_the_digest_key_is_made_when_it_is_first_needed(
    vault: Vault, database: Database
) -> None:
    assert await stored_keys(database) == []
    await vault.digest_key()
    assert [key.tenant_id for key in await stored_keys(database)] == ["*"]


async def test_a_known_digest_key_needs_no_database(vault: Vault, database: Database) -> None:
    digest_key = await vault.digest_key()
    await database.stop()

    assert await vault.digest_key() == digest_key


async def test_without_a_database_everything_is_unavailable(
    vault: Vault, database: Database
) -> None:
    sealed = await vault.seal("acme", OWNER, b"hunter2")
    await database.stop()

    for attempt in (
        vault.seal("acme", OWNER, b"hunter2"),
        vault.open("acme", OWNER, sealed),
        vault.has_key("acme", OWNER),
        vault.rewrap(new_master()),
    ):
        with pytest.raises(Unavailable) as caught:
            await attempt
        assert caught.value.code == "database_closed"


async def test_two_that_make_the_first_key_at_once_end_with_one(
    vault: Vault, database: Database, master: MasterKey
) -> None:
    other = vault_on(database, master)
    sealed = await asyncio.gather(
        *(which.seal("acme", OWNER, b"hunter2") for which in [vault, other] * 10)
    )

    assert len(await stored_keys(database)) == 1
    for data in sealed:
        assert await vault.open("acme", OWNER, data) == b"hunter2"
        assert await other.open("acme", OWNER, data) == b"hunter2"


async def test_two_master_keys_never_stand_beside_each_other(
    vault: Vault, database: Database
) -> None:
    other = vault_on(database, new_master())
    outcomes = await asyncio.gather(
        *(
            which.seal("acme", f"config:{number}", b"hunter2")
            for number, which in enumerate([vault, other] * 10)
        ),
        return_exceptions=True,
    )

    assert len(await vault.key_counts()) == 1
    assert sum(isinstance(outcome, WrongMasterKey) for outcome in outcomes) == 10


async def test_sqlite_overwrites_a_key_that_is_shredded(
    sqlite_url: str, tmp_path: Path, master: MasterKey
) -> None:
    async with running_database(sqlite_url) as database:
        vault = vault_on(database, master)
        await vault.seal("acme", OWNER, b"hunter2")
        (key,) = await stored_keys(database)
        await shred(database, vault, OWNER)

    # A stop truncates the write-ahead log, so the file is all there is.
    content = (tmp_path / "tenantry.db").read_bytes()
    assert b"data_keys" in content
    assert key.wrapped not in content
