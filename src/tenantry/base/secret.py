"""What must not be shown, and what is shown in its place."""

from typing import Final
from urllib.parse import parse_qsl, urlencode

REDACTED: Final = "[redacted]"


class Secret:
    """Bytes that are nobody's business: printed in any way, they are `[redacted]`."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the bytes themselves."""
        return self._value

    def __repr__(self) -> str:
        return REDACTED

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def hidden(_: str) -> str:
    """Return `[redacted]`, whatever it is."""
    return REDACTED


def masked_url(url: str) -> str:
    """Return `url` with `[redacted]` for its password, also where that is a query parameter."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return REDACTED
    address, question, query = rest.partition("?")
    authority, slash, database = address.partition("/")
    user, at, location = authority.rpartition("@")
    name, colon, _ = user.partition(":")
    shown = f"{name}:{REDACTED}" if colon else name

    pairs = [
        (key, REDACTED if "pass" in key.lower() else value)
        for key, value in parse_qsl(query, keep_blank_values=True)
    ]
    shown_query = urlencode(pairs, safe="[]/:")
    return f"{scheme}://{shown}{at}{location}{slash}{database}{question}{shown_query}"
