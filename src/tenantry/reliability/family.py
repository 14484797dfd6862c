"""Breakers of one kind, one for each member of it: made when they are first asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from tenantry.base.errors import Invalid, NotFound
from tenantry.reliability.breaker import CircuitBreaker
from tenantry.reliability.breakers import Breakers

MOST_MEMBERS: Final = 256


class BreakerFamily:
    """The breakers `KIND:MEMBER` of a process; `make` builds one, of the name that it is given.

    They are among `breakers`, at most `most` of them: those that are closed, and that nobody has
    laid anything upon, go when others come, the least recently used first. Whoever has hold of one
    that is gone goes on with it.
    """

    def __init__(
        self,
        kind: str,
        *,
        breakers: Breakers,
        make: Callable[[str], CircuitBreaker],
        is_member: Callable[[str], bool] = bool,
        most: int = MOST_MEMBERS,
    ) -> None:
        if not kind or ":" in kind or most < 1:
            raise Invalid(
                f"breakers of a kind: got {kind!r} and most {most}, wants a kind without a colon "
                "and most >= 1"
            )
        self.kind = kind
        self._breakers = breakers
        self._make = make
        self._is_member = is_member
        self._most = most
        self._lock = threading.Lock()
        self._used: OrderedDict[str, CircuitBreaker] = OrderedDict()
        breakers.join(self)

    def of(self, member: str) -> CircuitBreaker:
        """Return the breaker of a member, a new one where it has none yet."""
        with self._lock:
            breaker = self._used.get(member)
            if breaker is None:
                breaker = self._breakers.add(self._make(f"{self.kind}:{member}"))
                self._used[member] = breaker
                self._make_room()
            self._used.move_to_end(member)
            return breaker

    def named(self, name: str) -> CircuitBreaker:
        """Return the breaker of this name; raises `NotFound` where that is of no member."""
        member = name.removeprefix(f"{self.kind}:")
        if not member or (member not in self._used and not self._is_member(member)):
            raise NotFound(f"there is no breaker {name}", details={"breaker": name})
        return self.of(member)

    def _make_room(self) -> None:
        """Take out what is over the most; the lock is held, and the newest one stays."""
        excess = len(self._used) - self._most
        if excess <= 0:
            return
        older = list(self._used.items())[:-1]
        idle = [member for member, breaker in older if _is_idle(breaker)]
        # Where all are open, what the oldest of them has seen is forgotten.
        open_ones = [member for member, breaker in older if breaker.override is None]
        for member in (idle or open_ones)[:excess]:
            self._breakers.remove(self._used.pop(member).name)


def _is_idle(breaker: CircuitBreaker) -> bool:
    return breaker.state == "closed" and breaker.override is None
