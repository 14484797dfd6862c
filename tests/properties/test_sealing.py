"""What was sealed for somebody opens for them and for nobody else, whatever it is called."""

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.db import Tenant
from tenantry.vault.cipher import Broken, Label, Sealed, seal, unseal
from tests.conformance.spine import running_database
from tests.support.vaults import new_master, vault_on

KEYS = st.binary(min_size=32, max_size=32)
NONCES = st.binary(min_size=12, max_size=12)
TEXTS = st.text(max_size=40)
LABELS = st.builds(Label, TEXTS, TEXTS, st.binary(min_size=8, max_size=8))
# A database keeps no NUL in a text, and names hold no control characters.
NAMES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40)


@given(key=KEYS, nonce=NONCES, label=LABELS, plain=st.binary(max_size=300))
def test_what_was_sealed_opens_and_is_not_there_to_be_read(
    key: bytes, nonce: bytes, label: Label, plain: bytes
) -> None:
    sealed = seal(key, plain, label=label, purpose=b"test", nonce=nonce)

    assert unseal(key, Sealed.read(sealed), label=label, purpose=b"test") == plain
    assert len(plain) < 4 or plain not in sealed[21:]


@given(key=KEYS, nonce=NONCES, labels=st.lists(LABELS, min_size=2, max_size=2, unique=True))
def test_no_two_labels_open_for_each_other(key: bytes, nonce: bytes, labels: list[Label]) -> None:
    sealed = Sealed.read(seal(key, b"plain", label=labels[0], purpose=b"test", nonce=nonce))

    with pytest.raises(Broken):
        unseal(key, sealed, label=labels[1], purpose=b"test")


@given(key=KEYS, label=LABELS, plain=st.binary(max_size=100), data=st.data())
def test_no_bit_can_be_changed(key: bytes, label: Label, plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(key, plain, label=label, purpose=b"test", nonce=bytes(12)))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Broken):
        _open_as_named(key, bytes(sealed), label)


@given(
    values=st.dictionaries(st.tuples(NAMES, NAMES), st.binary(max_size=200), max_size=8),
    shredded=st.sets(st.integers(0, 7)),
)
def test_a_vault_opens_all_it_has_sealed_through_rotations_but_what_was_shredded(
    tmp_path_factory: pytest.TempPathFactory,
    values: dict[tuple[str, str], bytes],
    shredded: set[int],
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('vault')}/tenantry.db"
    asyncio.run(_seal_shred_rotate_open(url, values, shredded))


def _open_as_named(key: bytes, sealed: bytes, label: Label) -> None:
    """Open it as if the key it names were the right one."""
    parts = Sealed.read(sealed)
    own = msgspec.structs.replace(label, key_id=parts.key_id)
    unseal(key, parts, label=own, purpose=b"test")


async def _seal_shred_rotate_open(
    url: str, values: dict[tuple[str, str], bytes], shredded: set[int]
) -> None:
    async with running_database(url) as database:
        vault = vault_on(database, new_master())
        sealed = {owner: await vault.seal(*owner, plain) for owner, plain in values.items()}
        gone = {owner for number, owner in enumerate(values) if number in shredded}
        for owner in gone:
            assert await database.write(_scope(owner), vault.shred_in, *owner) == 1
        assert await vault.rewrap(new_master()) == len(values) - len(gone)

        for owner, plain in values.items():
            if owner in gone:
                assert not await vault.has_key(*owner)
            else:
                assert await vault.open(*owner, sealed[owner]) == plain


def _scope(owner: tuple[str, str]) -> Tenant:
    return Tenant(owner[0])
