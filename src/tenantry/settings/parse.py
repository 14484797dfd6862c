"""From text to value, where the value is a word of ours."""

import base64
import ipaddress
import re
from collections.abc import Callable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tenantry.base.parse import WrongValue, integer, path
from tenantry.base.secret import Secret

ROLES = ("web", "worker", "collector")
HIGHEST_PORT = 65_535
KEY_BYTES = 32

# https://atproto.com/specs/nsid, and the prefixes that Jetstream takes, at most 100 of both.
_NSID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}(\.[A-Za-z0-9][A-Za-z0-9-]{0,62}){1,}(\.\*)?")
_MOST_COLLECTIONS = 100
_EVERY_COLLECTION = "*"
# https://atproto.com/specs/did, and how many both wires of Jetstream take.
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{0,2000}[A-Za-z0-9._-]", re.ASCII)
_MOST_DIDS = 10_000
_MOST_ENDPOINTS = 16
_CLIENT_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*", re.ASCII)
_NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}", re.ASCII)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def slug(text: str) -> str:
    """Read the id of a tenant."""
    if not _SLUG.fullmatch(text):
        raise ValueError
    return text


def tenant(text: str) -> str:
    """Read the id of a tenant that there can be; `global` is the layer beneath all of them."""
    if text == "global":
        raise ValueError
    return slug(text)


def tenants(text: str) -> tuple[str, ...]:
    """Read ids of tenants, each once."""
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",")))
    if not all(_SLUG.fullmatch(name) for name in names):
        raise ValueError
    return names


def address(text: str) -> str:
    """Read a host and its port."""
    parts = urlsplit(f"//{text}")
    is_whole = parts.hostname and parts.port and not (parts.path or parts.query or parts.username)
    if not is_whole or not 0 < (parts.port or 0) <= HIGHEST_PORT:
        raise ValueError
    return text


def namespace(text: str) -> str:
    """Read the name of a namespace of Temporal."""
    if not _NAMESPACE.fullmatch(text):
        raise ValueError
    return text


def client_keys(text: str) -> tuple[str, ...]:
    """Read the keys of clients, in lower case and each once."""
    return _names(text.lower(), _CLIENT_KEY)


def variables(text: str) -> tuple[str, ...]:
    """Read the names of environment variables, each once."""
    return _names(text, _VARIABLE)


def modules(text: str) -> tuple[str, ...]:
    """Read the dotted names of Python modules, each once."""
    return _names(text, _MODULE)


def timezone(text: str) -> str:
    """Read an IANA time zone."""
    # A name that leaves the folder of zones is a ValueError too.
    try:
        ZoneInfo(text)
    except (KeyError, OSError) as error:
        raise ValueError from error
    return text


def _names(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if not all(map(pattern.fullmatch, names)):
        raise ValueError
    return names


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
    """Read names of collections (NSIDs), each of which may end in `.*`; `*` is all there are."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if names == (_EVERY_COLLECTION,):
        return names
    if len(names) > _MOST_COLLECTIONS or not all(map(_NSID.fullmatch, names)):
        raise ValueError
    return names


def dids(text: str) -> tuple[str, ...]:
    """Read DIDs, each once."""
    found = _names(text, _DID)
    if len(found) > _MOST_DIDS:
        raise ValueError
    return found


def endpoints(text: str) -> tuple[str, ...]:
    """Read the URLs of streams, in the order in which they are to be asked, each once."""
    read = service_url("wss", "ws")
    found = tuple(dict.fromkeys(read(url.strip()) for url in text.split(",")))
    hosts = {urlsplit(url).netloc for url in found}
    if len(found) > _MOST_ENDPOINTS or len(hosts) < len(found):
        raise ValueError
    return found


def networks(text: str) -> tuple[str, ...]:
    """Read IP addresses and networks, `10.0.0.7` or `10.0.0.0/8`, as networks, each once."""
    if "%" in text:
        # A proxy is trusted on whatever interface it comes by.
        raise ValueError
    found = [ipaddress.ip_network(part.strip()) for part in text.split(",")]
    if any(_is_mapped(network) for network in found):
        # Peers are told apart by the address that is within.
        raise WrongValue("IPv4 addresses and networks written as such, without ::ffff:")
    return tuple(dict.fromkeys(str(network) for network in found))


def _is_mapped(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    address = network.network_address
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None


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
    if not set(names) <= set(ROLES):
        raise ValueError
    return tuple(role for role in ROLES if role in names)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
