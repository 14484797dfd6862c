"""The origins of web pages, as browsers write them: `https://shop.example.com`."""

import re
from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import urlsplit

from tenantry.settings import is_loopback

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.%]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.IGNORECASE)
_LONGEST_REMEMBERED = 256


class Origins(Protocol):
    """Says whose an origin is; asked for every request of a page, so it must be cheap."""

    def is_known(self, origin: str) -> bool:
        """Whether any tenant has it."""
        ...

    def is_of(self, origin: str, tenant_id: str) -> bool:
        """Whether this tenant has it."""
        ...


class LoopbackOrigins:
    """Every tenant has those of this machine: for a front end in development, on a port of its own.

    `DevelopmentAuthenticator` refuses all others, whoever has them.
    """

    def is_known(self, origin: str) -> bool:
        """Whether it is an origin of this machine."""
        return is_loopback_origin(origin.encode())

    def is_of(self, origin: str, _tenant_id: str, /) -> bool:
        """Whether it is an origin of this machine."""
        return self.is_known(origin)


class _NoOrigins:
    def is_known(self, _origin: str, /) -> bool:
        return False

    def is_of(self, _origin: str, _tenant_id: str, /) -> bool:
        return False


NO_ORIGINS: Final[Origins] = _NoOrigins()
"""No tenant has any."""


def is_loopback_host(host: bytes) -> bool:
    """Whether a `Host` is a name or an address of this machine, with or without a port."""
    return len(host) <= _LONGEST_REMEMBERED and _is_loopback_host(host)


def is_loopback_origin(origin: bytes) -> bool:
    """Whether an `Origin` is of a page that this machine serves."""
    return len(origin) <= _LONGEST_REMEMBERED and _is_loopback_origin(origin)


@lru_cache(maxsize=256)
def _is_loopback_host(host: bytes) -> bool:
    found = _HOST.fullmatch(host.decode("latin-1"))
    return found is not None and is_loopback(found["name"].strip("[]"))


@lru_cache(maxsize=256)
def _is_loopback_origin(origin: bytes) -> bool:
    try:
        parts = urlsplit(origin.decode("ascii"))
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and _is_loopback_host(parts.netloc.encode())
