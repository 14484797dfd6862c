"""The form of sealed bytes, and what is bound to them."""

import struct

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenantry.vault.cipher import Broken, Label, Sealed, seal, unseal

KEY = bytes(range(32))
NONCE = bytes(range(12))
LABEL = Label("acme", "config:größe", bytes(range(8)))
PURPOSE = b"tenantry value"

# Written down once: what a release has sealed, every later one opens.
KNOWN = bytes.fromhex(
    "010001020304050607000102030405060708090a0b2f67ba77aa718976bc24e06eb0ab0220ba3696c21f"
)


def opened(
    data: bytes, *, key: bytes = KEY, label: Label = LABEL, purpose: bytes = PURPOSE
) -> bytes:
    return unseal(key, Sealed.read(data), label=label, purpose=purpose)


def test_sealed_bytes_are_what_they_were_in_the_first_release() -> None:
    assert seal(KEY, b"hello", label=LABEL, purpose=PURPOSE, nonce=NONCE) == KNOWN
    assert opened(KNOWN) == b"hello"


def test_the_form_is_the_documented_one() -> None:
    """Taken apart by hand, and opened by the cipher alone."""
    version, key_id, nonce, text = KNOWN[:1], KNOWN[1:9], KNOWN[9:21], KNOWN[21:]
    bound = b"".join(
        struct.pack(">I", len(part)) + part
        for part in (b"tenantry value", b"acme", "config:größe".encode(), key_id)
    )

    assert (version, key_id, nonce) == (b"\x01", LABEL.key_id, NONCE)
    assert AESGCM(KEY).decrypt(nonce, text, bound) == b"hello"


def test_sealing_adds_37_bytes() -> None:
    for length in (0, 1, 1_000_000):
        sealed = seal(KEY, bytes(length), label=LABEL, purpose=PURPOSE, nonce=NONCE)
        assert len(sealed) == length + 37


@pytest.mark.parametrize("at", range(len(KNOWN)))
def test_no_byte_can_be_changed(at: int) -> None:
    for bit in (1, 128):
        changed = KNOWN[:at] + bytes([KNOWN[at] ^ bit]) + KNOWN[at + 1 :]
        label = msgspec.structs.replace(LABEL, key_id=changed[1:9])
        with pytest.raises(Broken):
            opened(changed, label=label)


@pytest.mark.parametrize("data", [b"", KNOWN[:1], KNOWN[:36], KNOWN[:-1], KNOWN + b"\0", KNOWN[1:]])
def test_what_is_cut_off_or_longer_does_not_open(data: bytes) -> None:
    with pytest.raises(Broken):
        opened(data)


@pytest.mark.parametrize(
    "label",
    [
        Label("globex", "config:größe", LABEL.key_id),
        Label("acme", "config:grösse", LABEL.key_id),
        Label("acme", "config:größe", bytes(8)),
        # The same characters, divided elsewhere.
        Label("acmeconfig", ":größe", LABEL.key_id),
        Label("", "acmeconfig:größe", LABEL.key_id),
    ],
)
def test_nothing_opens_in_the_place_of_another(label: Label) -> None:
    with pytest.raises(Broken):
        opened(KNOWN, label=label)


def test_another_key_or_purpose_does_not_open() -> None:
    with pytest.raises(Broken):
        opened(KNOWN, key=bytes(32))
    with pytest.raises(Broken):
        opened(KNOWN, purpose=b"tenantry data key")
