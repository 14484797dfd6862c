"""What an erased tenant has in another file is deleted, also where that fails at first."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tenantry.base import root_principal
from tenantry.base.errors import Unavailable
from tenantry.tenants import ErasedElsewhere, ErasureWorker, NewTenant, Tenants
from tenantry.testing import FakeClock
from tenantry.vault import Vault
from tests.support.access_core import OpenAccess, opened_access
from tests.support.waiting import eventually

ROOT = root_principal(source="test")


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[OpenAccess]:
    async with opened_access(f"sqlite:///{tmp_path / 'access.sqlite'}") as opened:
        yield opened


class OtherFile:
    """Where more is kept of tenants; it is away for the first `failures` calls."""

    def __init__(self, *tenant_ids: str, failures: int = 0) -> None:
        self.kept = set(tenant_ids)
        self.call_count = 0
        self._failures = failures

    async def erase(self, tenant_id: str) -> None:
        self.call_count += 1
        if self.call_count <= self._failures:
            raise Unavailable("the other file is locked", code="database_unavailable")
        self.kept.discard(tenant_id)


async def tenants_of(opened: OpenAccess, elsewhere: ErasedElsewhere, *ids: str) -> Tenants:
    vault = Vault(database=opened.database, clock=FakeClock(), master=None)
    tenants = Tenants(ledger=opened.ledger, vault=vault, elsewhere=elsewhere)
    for tenant_id in ids:
        await tenants.create(ROOT, NewTenant(id=tenant_id, name=tenant_id))
    return tenants


async def test_it_is_tried_again_until_it_works(opened: OpenAccess) -> None:
    file, clock = OtherFile("acme", "kept", failures=3), FakeClock()
    elsewhere = ErasedElsewhere(ledger=opened.ledger, erase=[file.erase])
    tenants = await tenants_of(opened, elsewhere, "acme", "kept")

    erased = await tenants.erase(ROOT, "acme", confirm="acme")
    assert (erased.id, file.kept) == ("acme", {"acme", "kept"})

    worker = ErasureWorker(elsewhere, clock=clock)
    await worker.start()
    try:
        for count in (2, 3, 4):
            await eventually(lambda: clock.sleeper_count)
            assert file.call_count == count
            clock.advance(60)
        await eventually(lambda: clock.sleeper_count)
        assert file.kept == {"kept"}
    finally:
        await worker.stop()
    assert file.call_count == 4


async def test_a_process_that_died_in_between_makes_up_for_it_in_its_next_life(
    opened: OpenAccess,
) -> None:
    lost = await tenants_of(opened, ErasedElsewhere(ledger=opened.ledger, erase=[]), "acme", "kept")
    await lost.erase(ROOT, "acme", confirm="acme")

    file = OtherFile("acme", "kept")
    await ErasedElsewhere(ledger=opened.ledger, erase=[file.erase]).finish_all()

    assert file.kept == {"kept"}


async def test_what_was_deleted_is_not_asked_after_again(opened: OpenAccess) -> None:
    file = OtherFile("acme")
    elsewhere = ErasedElsewhere(ledger=opened.ledger, erase=[file.erase])
    tenants = await tenants_of(opened, elsewhere, "acme")
    await tenants.erase(ROOT, "acme", confirm="acme")

    await elsewhere.finish_all()

    assert file.call_count == 1
