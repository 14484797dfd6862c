"""From text to value, where the value is a word of ours."""

import base64
import ipaddress
import re
from urllib.parse import urlsplit

from tenantry.base.parse import WrongValue, path
from tenantry.base.secret import Secret

ROLES = ("web", "worker")
HIGHEST_PORT = 65_535
KEY_BYTES = 32

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def slug(text: str) -> str:
    """Read the id of a tenant."""
    if not _SLUG.fullmatch(text):
        raise ValueError
    return text


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
    if "collector" in names:
        raise WrongValue("web, worker or both: the collector role arrives in a later release")
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
