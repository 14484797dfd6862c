"""How runs begin and end where somebody else is quicker."""

from typing import Any

from tenantry.db import Database, Tenant, Transaction
from tenantry.scheduling import Held, Lease, Leases
from tenantry.sync import Decision, Keeping
from tenantry.sync.service.keeping import Wanted
from tenantry.sync.service.under import Under
from tenantry.testing import FakeClock

ACME = "acme"


class Overtaken(Leases):
    """Leases that somebody else takes between a look and a grasp."""

    def take_in(self, tx: Transaction, name: str, tenant_id: str | None = None) -> Lease | Held:
        """Find the lease held, by somebody who loses it at once to somebody else."""
        taken = super().take_in(tx, name, tenant_id)
        if isinstance(taken, Held):
            tx.connection.execute("UPDATE leases SET token = token + 1")
        return taken


def wanted(number: int, **options: Any) -> Wanted:
    return Wanted(
        tenant_id=ACME,
        correlation_id=f"sync-acme-{number}",
        source="s",
        decision=Decision(method="direct", decided_by="default", reason="test"),
        trigger_source="api",
        triggered_by="test",
        max_age_us=1,
        **options,
    )


async def test_who_forces_and_is_overtaken_waits_as_all_others_do(
    database: Database, clock: FakeClock
) -> None:
    leases = Overtaken(database=database, clock=clock, holder="one", ttl_seconds=10)
    keeping = Keeping(database=database, leases=leases, clock=clock)
    assert isinstance(await keeping.begin(wanted(1)), Under)

    assert isinstance(await keeping.begin(wanted(2, is_forced=True)), Held)


async def test_what_was_given_back_is_neither_written_under_nor_extended(
    database: Database, clock: FakeClock
) -> None:
    leases = Leases(database=database, clock=clock, holder="one", ttl_seconds=10)
    lease = await leases.take("sync:acme", tenant_id=ACME)
    assert isinstance(lease, Lease)
    await leases.end(lease)

    for use in (leases.check_in, leases._extend):  # noqa: SLF001 - as whoever keeps it does
        assert await database.write(Tenant(ACME), _is_refused, use, lease)
    assert isinstance(await leases.take("sync:acme", tenant_id=ACME), Lease)


async def test_what_has_lapsed_is_carried_on_by_whoever_has_its_token(
    database: Database, clock: FakeClock
) -> None:
    leases = Leases(database=database, clock=clock, holder="one", ttl_seconds=10)
    lease = await leases.take("sync:acme", tenant_id=ACME)
    assert isinstance(lease, Lease)
    await leases.let_lapse(lease)

    await database.write(Tenant(ACME), leases.check_in, lease)
    await leases.extend(lease)
    assert isinstance(await leases.take("sync:acme", tenant_id=ACME), Held)

    # Or by anybody else, at once.
    await leases.let_lapse(lease)
    assert isinstance(await leases.take("sync:acme", tenant_id=ACME), Lease)


def _is_refused(tx: Transaction, use: Any, lease: Lease) -> bool:
    try:
        use(tx, lease)
    except Exception as error:  # noqa: BLE001 - which one it is, is what is asked
        return type(error).__name__ == "LeaseLost"
    return False
