"""AES-256-GCM over what says whose it is, in a form that describes itself.

Sealed bytes are `version (1) | key id (8) | nonce (12) | ciphertext and tag (16)`. Tenant, owner
and key id are authenticated beside them, so that nothing opens in another's place. A nonce is
random: under one key 2**32 values may be sealed before two of the same become likely enough to
matter, and a key seals the versions of one value.
"""

import struct
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8
NONCE_BYTES: Final = 12

_VERSION: Final = b"\x01"
_TAG_BYTES: Final = 16
_LENGTH: Final = struct.Struct(">I")
_SHORTEST: Final = len(_VERSION) + KEY_ID_BYTES + NONCE_BYTES + _TAG_BYTES


class Broken(Exception):
    """The bytes do not open: changed, or sealed under another key or for somebody else."""


class Label(msgspec.Struct, frozen=True):
    """What sealed bytes are bound to."""

    tenant_id: str
    owner: str
    key_id: bytes

    def bound(self, purpose: bytes) -> bytes:
        """Return what is authenticated beside the ciphertext; no two labels give the same."""
        parts = (purpose, self.tenant_id.encode(), self.owner.encode(), self.key_id)
        return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


class Sealed(msgspec.Struct, frozen=True):
    """Sealed bytes, taken apart."""

    key_id: bytes
    nonce: bytes
    ciphertext: bytes

    @classmethod
    def read(cls, data: bytes) -> "Sealed":
        """Take `data` apart; raises `Broken` where it is too short or of another version."""
        if len(data) < _SHORTEST or not data.startswith(_VERSION):
            raise Broken
        nonce_at = len(_VERSION) + KEY_ID_BYTES
        text_at = nonce_at + NONCE_BYTES
        return cls(data[len(_VERSION) : nonce_at], data[nonce_at:text_at], data[text_at:])


def seal(key: bytes, plain: bytes, *, label: Label, purpose: bytes, nonce: bytes) -> bytes:
    """Encrypt `plain` under `key`; `nonce` must never come twice with one key."""
    ciphertext = AESGCM(key).encrypt(nonce, plain, label.bound(purpose))
    return _VERSION + label.key_id + nonce + ciphertext


def is_same_key(one: bytes, other: bytes) -> bool:
    """Whether two sealed values are under the same key; raises `Broken` for what is none."""
    return Sealed.read(one).key_id == Sealed.read(other).key_id


def unseal(key: bytes, sealed: Sealed, *, label: Label, purpose: bytes) -> bytes:
    """Decrypt what `seal` returned; raises `Broken` where anything about it is not the same."""
    try:
        return AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, label.bound(purpose))
    except InvalidTag as error:
        raise Broken from error
