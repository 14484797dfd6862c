"""What stands in the place of a secret: a keyed digest, by which one recognises it again."""

import hashlib
import hmac
import re
from typing import Any, Final

import msgspec

from tenantry.clients.model import SEALED
from tenantry.clients.rules.placeholders import is_placeholder

_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_MARKER: Final = re.compile(rf"{SEALED}([0-9a-f]{{64}})", re.ASCII)


class Sealer:
    """Puts markers in the place of a client's secrets, and keeps what they stand for.

    `plain` has the secrets by digest, as JSON.
    """

    def __init__(self, *, tenant_id: str, key: str, digest_key: bytes) -> None:
        self.plain: dict[str, bytes] = {}
        self._client = (tenant_id, key)
        self._digest_key = digest_key

    def sealed(self, path: str, value: Any) -> Any:
        """Return what is stored of the secret at `path`.

        That is itself where it is none: empty, sealed already, or nothing but a placeholder.
        """
        if value is None or value in ("", {}, [], ()):
            return value
        if isinstance(value, str) and (digest_in(value) or is_placeholder(value)):
            return value

        text = canonical_json(value)
        digest = keyed_digest([*self._client, path, value], digest_key=self._digest_key)
        self.plain[digest] = text
        return SEALED + digest


def digest_in(value: Any) -> str:
    """Return the digest where something is the marker of a secret, else ""."""
    match = _MARKER.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else ""


def canonical_json(value: Any) -> bytes:
    """Return JSON that is the same for all that says the same: the keys are sorted."""
    return _ENCODER.encode(value)


def keyed_digest(value: Any, *, digest_key: bytes) -> str:
    """Return a digest that tells nothing to whoever does not have the key."""
    return hmac.new(digest_key, canonical_json(value), hashlib.sha256).hexdigest()
