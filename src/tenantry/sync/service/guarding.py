"""The breakers of tenants' sources: `sync-source:TENANT`, one for each."""

from typing import Final
from weakref import WeakKeyDictionary

from tenantry.reliability import BreakerFamily, CircuitBreaker

BREAKER_KIND: Final = "sync-source"


class SourceBreakers:
    """Finds the breaker of a tenant's source; another source begins anew."""

    def __init__(self, family: BreakerFamily) -> None:
        self._family = family
        self._digests: WeakKeyDictionary[CircuitBreaker, str] = WeakKeyDictionary()

    def of(self, tenant_id: str, digest: str) -> CircuitBreaker:
        """Return the breaker; `digest` tells a tenant's source from the one that it had before."""
        breaker = self._family.of(tenant_id)
        known = self._digests.get(breaker)
        if known != digest:
            self._digests[breaker] = digest
            if known is not None and breaker.override is None:
                breaker.reset()
        return breaker
