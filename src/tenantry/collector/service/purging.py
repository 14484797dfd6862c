"""Forgetting what accounts have left behind that were deleted a while ago."""

from typing import Final

from tenantry.base import Clock
from tenantry.collector import store
from tenantry.collector.model import Batch, Key
from tenantry.collector.rules import forgotten
from tenantry.db import Database, Tenant, Transaction

KEPT_HOURS: Final = 72
"""So long the records of a deleted account are kept, and hidden: some come back."""

_HOUR_US: Final = 3_600_000_000
_ROWS_AT_ONCE: Final = 20_000


class Purging:
    """Goes through a tenant's records; it may run beside whoever collects."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def purge(self, tenant_id: str) -> int:
        """Forget the content of records of deleted accounts; returns how many there were.

        Keys and revs are kept, so that no late event brings one of them back.
        """
        until_us = self._clock.now_us() - KEPT_HOURS * _HOUR_US
        count = 0
        for kind in store.KINDS:
            after: Key | None = None
            while True:
                found, after = await self._database.write(
                    Tenant(tenant_id), _purge_stretch, tenant_id, kind, after, until_us
                )
                count += found
                if after is None:
                    break
        await self._database.write(
            Tenant(tenant_id), store.forget_handles, tenant_id, until_us=until_us
        )
        return count


def _purge_stretch(
    tx: Transaction, tenant_id: str, kind: str, after: Key | None, until_us: int
) -> tuple[int, Key | None]:
    stretch = store.deserted_records(
        tx, tenant_id, kind, after, until_us=until_us, rows=_ROWS_AT_ONCE
    )
    if stretch.found:
        gone = forgotten(stretch.found)
        batch = Batch(
            records=gone.records,
            known=stretch.found,
            engagement=gone.engagement,
            author_hours=gone.author_hours,
        )
        store.write_batch(tx, tenant_id, store.encode_batch(batch))
    return len(stretch.found), stretch.end
