"""What is to be done in a slot, in order; and which tickets wait for somebody to have time."""

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Final

from tenantry.updater.model import Technician, Ticket
from tenantry.updater.rules.desk.crew import has_all

_RANKS: Final = {"urgent": 0, "high": 1, "medium": 2, "low": 3}


class Agenda:
    """Events of tickets: by time, then by number, and for one ticket in their order there."""

    def __init__(self) -> None:
        self._heap = list[tuple[int, int, int, int, str, Ticket]]()
        self._count = 0

    def add(self, at: int, place: int, event: str, ticket: Ticket) -> None:
        """Have an event come at an instant; it is one of the ticket as it is."""
        self._count += 1
        heappush(self._heap, (at, number_of(ticket), place, self._count, event, ticket))

    def __iter__(self) -> Iterator[tuple[int, str, Ticket]]:
        """Yield what comes next, also of what is added meanwhile."""
        while self._heap:
            at, _, _, _, event, ticket = heappop(self._heap)
            yield at, event, ticket


class Waiting:
    """Tickets that are due to be assigned, and for whom nobody has room: the urgent ones first."""

    def __init__(self) -> None:
        self._ids = set[str]()
        self._lines = dict[tuple[str, ...], list[tuple[int, int, str]]]()

    def __contains__(self, ticket_id: str) -> bool:
        return ticket_id in self._ids

    def add(self, ticket: Ticket) -> None:
        """Have a ticket wait that does not wait yet."""
        self._ids.add(ticket.id)
        rank = _RANKS.get(ticket.priority, len(_RANKS))
        line = self._lines.setdefault(ticket.required_skills, [])
        heappush(line, (rank, number_of(ticket), ticket.id))

    def remove(self, ticket_id: str) -> None:
        """Have a ticket not wait any more, if it did."""
        self._ids.discard(ticket_id)

    def first_for(self, technician: Technician) -> str | None:
        """Return the ticket that a technician takes next; it goes on waiting."""
        best: tuple[int, int, str] | None = None
        for skills, line in self._lines.items():
            while line and line[0][2] not in self._ids:
                heappop(line)
            if line and has_all(technician.skills, skills) and (best is None or line[0] < best):
                best = line[0]
        return None if best is None else best[2]


def number_of(ticket: Ticket) -> int:
    """Return the number in a ticket's number."""
    return int(ticket.ticket_number.rpartition("-")[2])
