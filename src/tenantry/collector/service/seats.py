"""Who is asked next: how each host has behaved, and for how long that is held against it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tenantry.collector.model import Gap
from tenantry.collector.rules import (
    PENALTY_US,
    Ring,
    Seat,
    forgiven,
    next_host,
    penalised,
    ring_of,
)

_SECOND_US: Final = 1_000_000
_LONGEST_REST_US: Final = 60 * _SECOND_US


class Seats:
    """The hosts, of which the first that is well is asked.

    Those that have failed come behind the others, and take turns. One that fails again and again
    rests, for up to a minute, and one that is silent or leaves something out, for ten and more.
    Where all rest, they take turns too.
    """

    def __init__(self, hosts: Sequence[str]) -> None:
        self._ring: Ring = ring_of(hosts)
        self._after: str | None = None
        self._failures: dict[str, int] = {}
        self._rests: dict[str, int] = {}
        self._blind: dict[tuple[str, str], int] = {}
        self._turns: dict[str, int] = {}
        self._turn = 0

    def choose(
        self, gaps: Iterable[Gap], *, late: Mapping[str, int | None], now_us: int
    ) -> tuple[str, tuple[Gap, ...]]:
        """Return a host, and the gaps that it is to fill.

        Of the hosts that are too `late`, the one that goes back furthest is asked where no other
        can be.
        """
        gaps = sorted(gaps, key=lambda each: (each.from_us, each.id))
        free = [seat for seat in self._ring.seats if not self._rests_at(seat.host, now_us)]
        host = self._filler(free, gaps, late, now_us) or self._any(free, late, now_us)
        self._turn += 1
        self._turns[host] = self._turn
        return host, tuple(gap for gap in gaps if self._may_fill(host, gap, now_us))

    def has_other(self, host: str, collection: str, *, now_us: int) -> bool:
        """Whether another host may have what `host` leaves out of `collection`."""
        return any(
            seat.host != host
            and not self._is_blind(seat.host, collection, now_us)
            and not self._rests_at(seat.host, now_us)
            for seat in self._ring.seats
        )

    def was_good(self, host: str) -> None:
        """Take note that a host sends."""
        self._failures.pop(host, None)
        self._rests.pop(host, None)
        self._ring = forgiven(self._ring, host)
        self._after = None

    def failed(self, host: str, *, is_bad: bool = False, now_us: int) -> None:
        """Take note that a host has failed, or (`is_bad`) is to be left alone for a while."""
        self._after = host
        count = self._failures.get(host, 0) + 1
        self._failures[host] = count
        if count > 1:
            rest = min(_SECOND_US << min(count - 1, 10), _LONGEST_REST_US)
            self._rests[host] = now_us + rest
        if is_bad:
            self._ring = penalised(self._ring, host, now_us=now_us)

    def left_out(self, host: str, collection: str, *, now_us: int) -> None:
        """Take note that a host leaves a collection out."""
        self._after = host
        self._blind[host, collection] = now_us + PENALTY_US
        self._ring = penalised(self._ring, host, now_us=now_us, blind_for=collection)

    def sees(self, host: str, collection: str) -> None:
        """Take note that a host does send a collection."""
        self._blind.pop((host, collection), None)
        self._ring = forgiven(self._ring, host, sees=collection)

    def _filler(
        self, free: Sequence[Seat], gaps: Sequence[Gap], late: Mapping[str, int | None], now_us: int
    ) -> str | None:
        for gap in gaps:
            able = [seat for seat in free if self._may_fill(seat.host, gap, now_us)]
            if able:
                return self._first(able, late, now_us)
        return None

    def _any(self, free: Sequence[Seat], late: Mapping[str, int | None], now_us: int) -> str:
        if free:
            return self._first(free, late, now_us)
        seats = [seat for seat in self._ring.seats if seat.host not in late]
        return self._least_recent(seat.host for seat in seats or self._ring.seats)

    def _least_recent(self, hosts: Iterable[str]) -> str:
        return min(hosts, key=lambda host: self._turns.get(host, 0))

    def _first(self, seats: Sequence[Seat], late: Mapping[str, int | None], now_us: int) -> str:
        reaching = tuple(seat for seat in seats if seat.host not in late)
        unfailed = tuple(seat for seat in reaching if seat.host not in self._failures)
        if unfailed:
            return next_host(Ring(unfailed), now_us=now_us, after=self._after)
        if reaching:
            return self._least_recent(seat.host for seat in reaching)
        return min((seat.host for seat in seats), key=lambda host: _floor(late[host]))

    def _may_fill(self, host: str, gap: Gap, now_us: int) -> bool:
        return host != gap.host and not self._is_blind(host, gap.collection, now_us)

    def _is_blind(self, host: str, collection: str, now_us: int) -> bool:
        return self._blind.get((host, collection), 0) > now_us

    def _rests_at(self, host: str, now_us: int) -> bool:
        seat = next(each for each in self._ring.seats if each.host == host)
        return max(seat.until_us, self._rests.get(host, 0)) > now_us


def _floor(seq: int | None) -> tuple[bool, int]:
    return (seq is None, seq or 0)
