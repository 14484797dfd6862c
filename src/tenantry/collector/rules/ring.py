"""Which host is asked next: in the order given, but not one that has just failed."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from tenantry.collector.rules.pace import SECOND_US

PENALTY_US: Final = 600 * SECOND_US
"""How long a host is left alone that was blind; twice as long each time again."""
MAX_PENALTY_US: Final = 16 * PENALTY_US


class Seat(msgspec.Struct, frozen=True):
    """A host, until when it is left alone (µs), how often it was, and what it leaves out."""

    host: str
    until_us: int = 0
    strikes: int = 0
    blind_for: frozenset[str] = frozenset()


class Ring(msgspec.Struct, frozen=True):
    """All hosts, the preferred one first."""

    seats: tuple[Seat, ...]


def ring_of(hosts: Iterable[str]) -> Ring:
    """Return a ring of `hosts`, each once; there must be one."""
    seats = tuple(Seat(host) for host in dict.fromkeys(hosts))
    if not seats:
        raise ValueError("no hosts")
    return Ring(seats)


def next_host(
    ring: Ring, *, now_us: int, after: str | None = None, for_collection: str | None = None
) -> str:
    """Return the host to ask: the first that is not left alone, `after` only if no other is.

    One that leaves `for_collection` out comes behind all that do not. Where all are left alone, it
    is the one for which that ends first.
    """
    # Sorting is stable: what is equal keeps the order that was given.
    seats = sorted(
        ring.seats,
        key=lambda seat: (
            for_collection in seat.blind_for,
            max(seat.until_us - now_us, 0),
            seat.host == after,
        ),
    )
    return seats[0].host


def penalised(ring: Ring, host: str, *, now_us: int, blind_for: str | None = None) -> Ring:
    """Return the ring with `host` left alone for a while, longer each time."""

    def strike(seat: Seat) -> Seat:
        penalty = min(PENALTY_US << min(seat.strikes, 10), MAX_PENALTY_US)
        blind = seat.blind_for if blind_for is None else seat.blind_for | {blind_for}
        return Seat(seat.host, now_us + penalty, seat.strikes + 1, blind)

    return Ring(tuple(strike(each) if each.host == host else each for each in ring.seats))


def forgiven(ring: Ring, host: str, *, sees: str | None = None) -> Ring:
    """Return the ring after a good session of `host`; or only that it does send `sees`."""

    def forgive(seat: Seat) -> Seat:
        if sees is not None:
            return replace(seat, blind_for=seat.blind_for - {sees})
        return Seat(seat.host, blind_for=seat.blind_for)

    return Ring(tuple(forgive(each) if each.host == host else each for each in ring.seats))
