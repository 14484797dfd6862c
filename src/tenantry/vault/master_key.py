"""The key above all others: it wraps data keys and does nothing else."""

import base64
import binascii
import hashlib
import hmac
from typing import Final

from tenantry.vault.cipher import KEY_BYTES, Label, Sealed, seal, unseal

_WRAPPING: Final = b"tenantry data key"
_FINGERPRINT: Final = b"tenantry master key"
_FINGERPRINT_HEX: Final = 16


class MasterKey:
    """A master key of 32 bytes; printed, it shows its fingerprint and never itself.

    Raises `ValueError` for any other length.
    """

    __slots__ = ("_secret", "fingerprint")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a master key has {KEY_BYTES} bytes, this one {len(secret)}")
        self._secret = bytes(secret)
        digest = hmac.digest(self._secret, _FINGERPRINT, hashlib.sha256)
        self.fingerprint = digest.hex()[:_FINGERPRINT_HEX]

    @classmethod
    def from_base64(cls, text: str) -> "MasterKey":
        """Read base64 of 32 bytes; raises `ValueError`, which does not repeat the text."""
        try:
            secret = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("a master key is written as base64 of 32 bytes") from None
        return cls(secret)

    def to_base64(self) -> str:
        """Return the key itself, for the one place that keeps it."""
        return base64.b64encode(self._secret).decode("ascii")

    def wrap(self, data_key: bytes, *, label: Label, nonce: bytes) -> bytes:
        """Seal `data_key`."""
        return seal(self._secret, data_key, label=label, purpose=_WRAPPING, nonce=nonce)

    def unwrap(self, wrapped: bytes, *, label: Label) -> bytes:
        """Return the data key that `wrap` sealed; raises `Broken`."""
        return unseal(self._secret, Sealed.read(wrapped), label=label, purpose=_WRAPPING)

    def __repr__(self) -> str:
        return f"MasterKey({self.fingerprint})"
