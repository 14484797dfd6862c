"""Whose word counts for where a request comes from: one's own proxies', and nobody else's.

A proxy appends to `X-Forwarded-For` the address that it was asked from. So the list is read from
its end, and only as long as trusted proxies have written it: what is before that, anybody may have.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, TypeAlias

from tenantry.web.answer import AsgiScope, Header
from tenantry.web.headers import client_address_of

Address: TypeAlias = IPv4Address | IPv6Address

# `[2001:db8::1]`, `[2001:db8::1]:4711`, `192.0.2.1:4711`; anything else is an address, or nothing.
_WITH_PORT: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|([0-9.]+):\d{1,5}", re.ASCII)
_LONGEST_ENTRY: Final = 64
_MOST_PROXIES: Final = 32
_SCHEMES: Final = {b"http": "http", b"https": "https"}


class TrustedProxies:
    """The proxies at the addresses of `networks`, each of them `10.0.0.7` or `10.0.0.0/8`."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(network) for network in networks]
        self._is_trusted = lru_cache(maxsize=4096)(self._is_in_a_network)

    def address_of(self, headers: Iterable[Header], peer: str) -> str:
        """Return the address that a request of `peer` comes from, as far as one can believe it.

        That is the last address in the `X-Forwarded-For` lines of `headers`, which are all of the
        request, that is no trusted proxy's; the farthest proxy where nothing legible is beyond it;
        and `peer` itself where it is no trusted proxy.
        """
        if not self._trusts(peer):
            return peer

        farthest = peer
        for entry in _forwarded_for(headers):
            address = _address_in(entry)
            if address is None:
                break
            farthest = str(address)
            if not self._is_trusted(address):
                break
        return farthest

    def enter(self, scope: AsgiScope) -> None:
        """Write what a trusted proxy says of client and scheme into the `scope` it has sent."""
        peer = client_address_of(scope)
        if not self._trusts(peer):
            return

        headers = scope["headers"]
        # Nobody knows the port.
        scope["client"] = (self.address_of(headers, peer), 0)
        told = [value for name, value in headers if name == b"x-forwarded-proto"]
        if len(told) == 1 and told[0].lower() in _SCHEMES:
            scope["scheme"] = _SCHEMES[told[0].lower()]

    def _trusts(self, peer: str) -> bool:
        # A link-local peer has its interface behind the address.
        address = _address_in(peer.partition("%")[0])
        return address is not None and self._is_trusted(address)

    def _is_in_a_network(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _forwarded_for(headers: Iterable[Header]) -> list[str]:
    """Return the entries of all lines, the nearest first; what is too far away is one entry."""
    lines = [value for name, value in headers if name == b"x-forwarded-for"]
    text = b",".join(lines).decode("latin-1")
    entries = (entry.strip(" \t") for entry in reversed(text.rsplit(",", _MOST_PROXIES)))
    return [entry for entry in entries if entry]


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    found = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address((found[1] or found[2]) if found else text)
    except ValueError:
        return None
    # On a socket for both, IPv4 peers have such an address.
    return getattr(address, "ipv4_mapped", None) or address


def _address_in(text: str) -> Address | None:
    """Return the address that an entry is or begins with, None where it has none."""
    is_address = len(text) <= _LONGEST_ENTRY and "%" not in text
    return _parsed(text) if is_address else None
