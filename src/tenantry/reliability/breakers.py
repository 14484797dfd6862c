"""The breakers of a process, by their names: for who looks at them, and who turns them all off."""

import threading
from collections.abc import Iterator
from typing import Protocol

from tenantry.base.errors import Invalid, NotFound
from tenantry.reliability.breaker import BreakerStats, CircuitBreaker
from tenantry.reliability.transition import Phase


class Family(Protocol):
    """Breakers whose names begin with a kind and a colon; see `BreakerFamily`."""

    @property
    def kind(self) -> str:
        """What their names begin with."""
        ...

    def named(self, name: str) -> CircuitBreaker:
        """Return the one of this name, a new one if need be; raises `NotFound`."""
        ...


class Breakers:
    """Named breakers, in the order of their names; of a family, those that were asked for.

    Without `is_enabled` none of them refuses anybody: they judge and count, and their state says
    what they would do. Neither a reset nor an operator's override changes that.
    """

    def __init__(self, *, is_enabled: bool = True) -> None:
        self.is_enabled = is_enabled
        self._lock = threading.Lock()
        self._breakers: dict[str, CircuitBreaker] = {}
        self._families: dict[str, Family] = {}

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

    def remove(self, name: str) -> None:
        """Take a breaker out; does nothing where there is none of this name."""
        with self._lock:
            self._breakers = {
                other: breaker for other, breaker in self._breakers.items() if other != name
            }

    def join(self, family: Family) -> None:
        """Find the breakers of `family` by their names too; raises `Invalid` for a second one."""
        with self._lock:
            if family.kind in self._families:
                raise Invalid(
                    field="family", got=family.kind, wants="a kind that no other family has"
                )
            self._families[family.kind] = family

    def find(self, name: str) -> CircuitBreaker | None:
        """Return the breaker of this name, None where there is none yet."""
        return self._breakers.get(name)

    def get(self, name: str) -> CircuitBreaker:
        """Return the breaker of this name; raises `NotFound` where there is none."""
        breaker = self._breakers.get(name)
        if breaker is not None:
            return breaker
        kind, colon, _ = name.partition(":")
        family = self._families.get(kind) if colon else None
        if family is None:
            raise NotFound(f"there is no breaker {name}", details={"breaker": name})
        return family.named(name)

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
