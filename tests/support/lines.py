"""A line whose runs leave a row each in the database, and what there is to say about it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tenantry.base import Clock
from tenantry.db import Database, System, Tenant, Transaction
from tenantry.scheduling import (
    Cron,
    FireTime,
    Firing,
    Leases,
    Observer,
    Record,
    Runner,
    Schedule,
    Skip,
    StepResult,
    Turn,
)
from tenantry.testing import FakeClock

TENANT = "acme"
LINE = "things"
SECOND = 1_000_000
TTL_SECONDS = 20.0

_TEST = System("a test")
_EFFECTS = """
CREATE TABLE IF NOT EXISTS effects (
    {id}, at BIGINT NOT NULL, schedule TEXT NOT NULL, attempt BIGINT NOT NULL, holder TEXT NOT NULL
)
"""

_IDS = {
    "sqlite": "id INTEGER PRIMARY KEY",
    "postgres": "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}


def schedule(name: str = "tick", cron: str = "* * * * * *", **changes: Any) -> Schedule:
    """Return a schedule in UTC; by default it fires every second."""
    return Schedule(name=name, cron=Cron.parse(cron), timezone="UTC", **changes)


class EffectLine:
    """A line that writes a row for every run, in one unit with its end."""

    def __init__(
        self, database: Database, *schedules: Schedule, tenant_id: str = TENANT, name: str = LINE
    ) -> None:
        self.declared = list(schedules)
        self.batches: list[list[FireTime]] = []
        self.before: Callable[[Sequence[FireTime]], Awaitable[None]] | None = None
        self.is_forgetful = False
        self._database = database
        self._tenant_id = tenant_id
        self._name = name

    @property
    def tenant_id(self) -> str:
        """Whose it is."""
        return self._tenant_id

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    def schedules(self) -> Sequence[Schedule]:
        """Return what is declared at present."""
        return self.declared

    async def fire(self, times: Sequence[FireTime], turn: Turn) -> None:
        """Write a row for each time; `before` may fail, or wait, as a test likes."""
        self.batches.append(list(times))
        if self.before is not None:
            await self.before(times)
        await self._database.write(Tenant(self.tenant_id), self.write, times, turn)

    def write(self, tx: Transaction, times: Sequence[FireTime], turn: Turn) -> None:
        """Leave the effects of all times, and end them."""
        for time in times:
            insert_effect(tx, time, turn.lease.holder)
            if self.is_forgetful:
                continue
            turn.done_in(tx, time, run_id=f"{time.schedule}-{time.at}")


def insert_effect(tx: Transaction, time: FireTime, holder: str) -> None:
    """Leave a row, as what a run does."""
    mark = "?" if tx.dialect == "sqlite" else "%s"
    tx.connection.execute(
        "INSERT INTO effects (at, schedule, attempt, holder)"
        f" VALUES ({mark}, {mark}, {mark}, {mark})",
        (time.at, time.schedule, time.attempt, holder),
    )


async def add_effects(database: Database) -> None:
    """Make the table of what runs have done."""

    def unit(tx: Transaction) -> None:
        tx.connection.execute(_EFFECTS.format(id=_IDS[tx.dialect]))
        if tx.dialect == "postgres":
            tx.connection.execute("GRANT ALL ON effects TO tenantry_tenant, tenantry_system")

    await database.administer(unit)


async def effects(database: Database) -> list[tuple[int, str]]:
    """Return what has run, in the order in which that was committed."""

    def unit(tx: Transaction) -> list[tuple[int, str]]:
        query = "SELECT at, schedule FROM effects ORDER BY id"
        return [(at, name) for at, name in tx.connection.execute(query).fetchall()]

    return await database.read(_TEST, unit)


def runner_of(
    database: Database,
    clock: Clock,
    holder: str = "node",
    *,
    ttl_seconds: float = TTL_SECONDS,
    **options: Any,
) -> Runner:
    """Return the runner of one node."""
    leases = Leases(database=database, clock=clock, holder=holder, ttl_seconds=ttl_seconds)
    return Runner(record=Record(database=database), leases=leases, clock=clock, **options)


async def firings(database: Database, name: str = LINE) -> list[Firing]:
    """Return the whole history of a line, oldest first."""
    found = await Record(database=database).history(TENANT, name, limit=1_000_000)
    return found[::-1]


def assert_each_is_decided_once(
    found: Sequence[Firing], one: Schedule, fires: Sequence[int]
) -> Counter[str]:
    """Check that each fire time has one firing or lies in one range; returns how many of each."""
    mine = sorted((each.fire_at, each.until, each) for each in found if each.schedule == one.name)
    counted = Counter[str]()
    left = list(fires)
    for fire_at, until, firing in mine:
        inside = [at for at in left if fire_at <= at <= until]
        assert inside[:1] == left[:1], f"{left[0]} was not decided before {fire_at}"
        assert (inside[0], inside[-1], len(inside)) == (fire_at, until, firing.fire_count)
        left = left[len(inside) :]
        counted[firing.reason or firing.status] += len(inside)
    assert not left
    return counted


class Notes:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.skips: list[Skip] = []
        self.failures: list[tuple[FireTime, str, str]] = []

    def skipped_in(self, tx: Transaction, of: object, skip: Skip) -> None:
        """Keep a skip."""
        assert tx is not None
        assert of is not None
        self.skips.append(skip)

    def failed_in(
        self, tx: Transaction, of: object, time: FireTime, *, reason: str, error: str
    ) -> None:
        """Keep a failure."""
        assert tx is not None
        assert of is not None
        self.failures.append((time, reason, error))


def as_observer(notes: Notes) -> Observer:
    """Return it as what it is told as."""
    return notes


async def stepped(runner: Runner, line: EffectLine) -> StepResult:
    """Step, and let no error pass."""
    result = await runner.step(line)
    assert result.error is None
    return result


async def begun(runner: Runner, line: EffectLine, clock: FakeClock) -> int:
    """Let the schedules begin; returns when that was."""
    await stepped(runner, line)
    return clock.now_us()
