"""The master key: what it shows of itself, and what it wraps."""

import base64

import pytest

from tenantry.vault import MasterKey
from tenantry.vault.cipher import Broken, Label

SECRET = bytes(range(32))
DATA_KEY = bytes(range(32, 64))
LABEL = Label("acme", "config:größe", bytes(range(8)))
KNOWN = bytes.fromhex(
    "0100010203040506070000000000000000000000002e9d97fd9109a59a2081831e3401bfb6e27264601cb45618b8a789b8f9c26369613b24b612f08dc617cbd005dc851621"
)


def test_a_wrapped_key_is_what_it_was_in_the_first_release() -> None:
    assert MasterKey(SECRET).wrap(DATA_KEY, label=LABEL, nonce=bytes(12)) == KNOWN
    assert MasterKey(SECRET).unwrap(KNOWN, label=LABEL) == DATA_KEY


def test_a_fingerprint_is_what_it_was_in_the_first_release() -> None:
    assert MasterKey(SECRET).fingerprint == "890a78fac2597f09"


def test_another_master_key_does_not_unwrap() -> None:
    with pytest.raises(Broken):
        MasterKey(bytes(32)).unwrap(KNOWN, label=LABEL)


def test_it_is_read_as_it_is_written() -> None:
    master = MasterKey(SECRET)

    assert MasterKey.from_base64(f"{master.to_base64()}\n").fingerprint == master.fingerprint


@pytest.mark.parametrize(
    "text", ["", "hunter2", "hunter2!" * 4, "ü" * 44, base64.b64encode(bytes(31)).decode()]
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes") as caught:
        MasterKey.from_base64(text)

    assert "hunter2" not in str(caught.value)


def test_it_prints_its_fingerprint_and_not_itself() -> None:
    master = MasterKey(SECRET)

    for shown in (repr(master), str(master), f"{master}", repr([master])):
        assert master.fingerprint in shown
        assert master.to_base64() not in shown
        assert SECRET.hex() not in shown
