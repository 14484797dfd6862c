"""The breakers of a process, by their names: for who looks at them, and who turns them all off."""

import threading
from collections.abc import Iterator

from tenantry.base.errors import Invalid, NotFound
from tenantry.reliability.breaker import BreakerStats, CircuitBreaker
from tenantry.reliability.transition import Phase


class Breakers:
    """Named breakers, in the order of their names.

    Without `is_enabled` none of them refuses anybody: they judge and count, and their state says
    what they would do. Neither a reset nor an operator's override changes that.
    """

    def __init__(self, *, is_enabled: bool = True) -> None:
        self.is_enabled = is_enabled
        self._lock = threading.Lock()
        self._breakers: dict[str, CircuitBreaker] = {}

    def add(self, breaker: CircuitBreaker) -> CircuitBreaker:
        """Take `breaker` in, and return it; raises `Invalid` where its name is taken."""
        with self._lock:
            if breaker.name in self._breakers:
                raise Invalid(
                    field="breaker", got=breaker.name, wants="a name that no other breaker has"
                )
            # Anew each time: who is going through them goes on undisturbed.
            self._breakers = dict(sorted([*self._breakers.items(), (breaker.name, breaker)]))

        if not self.is_enabled:
            breaker.pass_through()
        return breaker

    def get(self, name: str) -> CircuitBreaker:
        """Return the breaker of this name; raises `NotFound` where there is none."""
        breaker = self._breakers.get(name)
        if breaker is None:
            raise NotFound(f"there is no breaker {name}", details={"breaker": name})
        return breaker

    def __iter__(self) -> Iterator[CircuitBreaker]:
        return iter(self._breakers.values())

    def __len__(self) -> int:
        return len(self._breakers)

    def stats(self) -> dict[str, BreakerStats]:
        """Return what each has seen and where it stands."""
        return {breaker.name: breaker.stats() for breaker in self}

    def states(self) -> dict[str, Phase]:
        """Return where each stands."""
        return {breaker.name: breaker.state for breaker in self}
