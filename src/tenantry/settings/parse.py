"""From the text of a setting to its value."""

import base64
import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

REDACTED = "[redacted]"
ROLES = ("web", "worker")
HIGHEST_PORT = 65_535
KEY_BYTES = 32

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
# https://atproto.com/specs/nsid, and the prefixes that Jetstream takes, at most 100 of both.
_NSID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}(\.[A-Za-z0-9][A-Za-z0-9-]{0,62}){1,}(\.\*)?")
_MOST_COLLECTIONS = 100
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


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


class WrongValue(ValueError):
    """A value is wrong in a way that deserves its own words: `wants` says what to write."""

    def __init__(self, wants: str) -> None:
        super().__init__(wants)
        self.wants = wants


def boolean(text: str) -> bool:
    """Read true or false, 1 or 0, yes or no, on or off."""
    lowered = text.lower()
    if lowered not in _TRUE | _FALSE:
        raise ValueError
    return lowered in _TRUE


def integer(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of an integer from `low` to `high`."""

    def parse(text: str) -> int:
        number = int(text) if re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII) else low - 1
        if not low <= number <= high:
            raise ValueError
        return number

    return parse


def number(low: float, high: float) -> Callable[[str], float]:
    """Return a parser of a number from `low` to `high`."""

    def parse(text: str) -> float:
        number = float(text)
        if not low <= number <= high:  # also false for nan
            raise ValueError
        return number

    return parse


def choice(*choices: str) -> Callable[[str], str]:
    """Return a parser of one of `choices`, in any case."""

    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError
        return text.lower()

    return parse


def slug(text: str) -> str:
    """Read the id of a tenant."""
    if not _SLUG.fullmatch(text):
        raise ValueError
    return text


def limits(text: str) -> dict[str, int]:
    """Read how many each tenant may: `acme=1000,demo=20`."""
    found: dict[str, int] = {}
    for pair in text.split(","):
        name, _, number = pair.partition("=")
        tenant = slug(name.strip())
        if tenant in found:
            raise WrongValue(f"{tenant} once")
        found[tenant] = integer(1, 1_000_000_000)(number.strip())
    return found


def collections(text: str) -> tuple[str, ...]:
    """Read names of collections (NSIDs), each of which may end in `.*`."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if len(names) > _MOST_COLLECTIONS or not all(map(_NSID.fullmatch, names)):
        raise ValueError
    return names


def service_url(*schemes: str) -> Callable[[str], str]:
    """Return a parser of the URL of a service, by one of `schemes`, without credentials."""

    def parse(text: str) -> str:
        parts = urlsplit(text)
        is_known = parts.scheme in schemes and parts.hostname
        if not is_known or parts.username or parts.password or parts.fragment:
            raise ValueError
        if parts.port is not None and not 0 < parts.port <= HIGHEST_PORT:
            raise ValueError
        return text

    return parse


def key(text: str) -> Secret:
    """Read a key of 32 bytes, written as base64."""
    value = base64.b64decode(text, validate=True)
    if len(value) != KEY_BYTES:
        raise ValueError
    return Secret(value)


def host(text: str) -> str:
    """Read a host name or an IP address, an IPv6 one with or without brackets."""
    bare = text.removeprefix("[").removesuffix("]")
    if not re.fullmatch(r"[A-Za-z0-9._:%-]+", bare):
        raise ValueError
    return bare


def path(text: str) -> Path:
    """Read a path; `~` is the home folder."""
    if "\0" in text:
        raise ValueError
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError from error


def database_url(text: str) -> str:
    """Read the URL of an SQLite file or a PostgreSQL database."""
    if text.startswith("sqlite:"):
        file = text.removeprefix("sqlite:///")
        if file == text or file in ("", "/", ":memory:") or {"?", "#", "\0"} & set(file):
            raise WrongValue("sqlite:/// and the path of a file")
        return f"sqlite:///{path(file)}"

    parts = urlsplit(text)
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError
    if parts.port is not None and not 0 < parts.port <= HIGHEST_PORT:
        raise ValueError
    if "@" in parts.path + parts.query + parts.fragment:
        # Where the password ends would be a guess, and a log would show a part of it.
        raise WrongValue("a URL whose user and password have /, ?, # and @ percent-encoded")
    return text


def roles(text: str) -> tuple[str, ...]:
    """Read the roles of a process, in their own order and each once."""
    names = [name.strip() for name in text.split(",")]
    if "collector" in names:
        raise WrongValue("web, worker or both: the collector role arrives in a later release")
    if not set(names) <= set(ROLES):
        raise ValueError
    return tuple(role for role in ROLES if role in names)


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


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
