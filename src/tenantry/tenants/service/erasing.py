"""`ErasedElsewhere`: what an erased tenant has in other files goes too, however often it fails."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from tenantry.telemetry import get_logger
from tenantry.tenants.service.ledger import AccessLedger

_LOGGER: Final = get_logger("tenantry.tenants")

EraseElsewhere: TypeAlias = Callable[[str], Awaitable[None]]
"""Deletes what is kept of a tenant that has been erased in another file; may be asked again."""


class ErasedElsewhere:
    """Has `erase` delete, once in each life of this process, what each erased tenant may have left.

    No transaction holds two files, so a process may die between the two, and an old copy of a file
    may be put back.
    """

    def __init__(self, *, ledger: AccessLedger, erase: Sequence[EraseElsewhere]) -> None:
        self._ledger = ledger
        self._erase = erase
        self._done: set[str] = set()

    async def finish(self, tenant_id: str) -> bool:
        """Delete what a tenant has left; whether that worked. It never raises, but logs."""
        try:
            for erase in self._erase:
                await erase(tenant_id)
        except Exception:  # whatever it was, the tenant is erased, and the rest comes later
            _LOGGER.warning(
                "What an erased tenant had could not all be deleted; it is tried again",
                tenant=tenant_id,
                exc_info=True,
            )
            return False
        self._done.add(tenant_id)
        return True

    async def finish_all(self) -> None:
        """Do so for each tenant that was erased, as far as this node knows."""
        if not self._erase or not self._ledger.is_ready:
            return
        for tenant_id in self._ledger.state.erased():
            if tenant_id not in self._done:
                await self.finish(tenant_id)
