"""Tokens: what is shown to prove oneself, and what is kept of it.

`tnk_ID_SECRET` is a key's, `tns_ID_SECRET` a session's. The id finds the grant and is no secret;
the prefix lets scanners of repositories find one that was left there. The secret has 256 random
bits, so its SHA-256 need not be slow: there is nothing to guess.
"""

import hashlib
import hmac
import re
from base64 import b32encode, urlsafe_b64encode
from typing import Final, Literal, TypeAlias

import msgspec

TokenKind: TypeAlias = Literal["key", "session"]

ID_BYTES: Final = 10
SECRET_BYTES: Final = 32

_PREFIXES: Final[dict[TokenKind, str]] = {"key": "tnk", "session": "tns"}
_KINDS: Final[dict[bytes, TokenKind]] = {b"tnk": "key", b"tns": "session"}
_TOKEN: Final = re.compile(rb"(tnk|tns)_([a-z2-7]{16})_([A-Za-z0-9_-]{43})")


class Token(msgspec.Struct, frozen=True):
    """A token taken apart."""

    kind: TokenKind
    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Token({self.kind}, {self.id})"

    @property
    def grant(self) -> str:
        """What a principal names as its grant."""
        return f"{self.kind}:{self.id}"

    @property
    def digest(self) -> bytes:
        """What is kept of the secret."""
        return digest_of(self.secret)

    def is_proven_by(self, digest: bytes) -> bool:
        """Whether `digest` is what was kept of this secret; takes the same time either way."""
        return hmac.compare_digest(self.digest, digest)


def make_token(kind: TokenKind, *, random_id: bytes, random_secret: bytes) -> tuple[Token, str]:
    """Return a token and its text, made of `ID_BYTES` and `SECRET_BYTES` random bytes."""
    token_id = b32encode(random_id).decode("ascii").lower()
    secret = urlsafe_b64encode(random_secret).rstrip(b"=")
    text = f"{_PREFIXES[kind]}_{token_id}_{secret.decode('ascii')}"
    return Token(kind, token_id, secret), text


def read_token(text: bytes) -> Token | None:
    """Take a token apart; None for what is none."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    return Token(_KINDS[found[1]], found[2].decode("ascii"), found[3])


def digest_of(secret: bytes) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret).digest()
