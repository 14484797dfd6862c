"""What a source may reach: addresses, and folders.

A source is configuration, so without this it would be a way into everything that the server can
connect to or read: its own database, the cloud's metadata, another tenant's files.
"""

import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK: Final[tuple[Network, ...]] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)
"""What development allows."""

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# IPv4 addresses as nobody writes them any more; some systems still connect to what they mean.
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")


class OutOfReach(OSError):
    """An address that a source may not connect to; an `OSError`, as connecting fails with."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What sources may reach.

    Public addresses are, and others where one of `networks` has them; files and SQLite databases
    in the folder of `files_root` that is named after the tenant, and never within `data_dir`.
    """

    networks: tuple[Network, ...] = ()
    files_root: Path | None = None
    data_dir: Path | None = None

    def allows(self, address: str) -> bool:
        """Whether a source may connect to an IP address."""
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return all(self._allows(meant) for meant in _meant_by(parsed))

    def check(self, addresses: Iterable[str]) -> None:
        """Raise `OutOfReach` where one of `addresses` is out of reach."""
        for address in addresses:
            if not self.allows(address):
                # The address itself would tell who configures a source what our network looks like.
                raise OutOfReach("the address is neither public nor allowed")

    @property
    def allows_loopback(self) -> bool:
        """Whether this machine itself may be reached, as by a Unix socket."""
        return self.allows("127.0.0.1")

    def _allows(self, address: Address) -> bool:
        if any(address.version == one.version and address in one for one in self.networks):
            return True
        return address.is_global and not address.is_multicast and address not in _COMPATIBLE


def _meant_by(address: Address) -> list[Address]:
    """Return an address, and the IPv4 address that it is a way of writing or reaching."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    inner = [address.sixtofour, *(address.teredo or ())]
    return [address, *(one for one in inner if one is not None)]
