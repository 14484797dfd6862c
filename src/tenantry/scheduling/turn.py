"""A turn on a line: the right to run what is due there, and alone to do what must be between."""

from collections.abc import Sequence
from typing import Any, Final, Protocol, TypeAlias

from tenantry.base import Clock
from tenantry.base.errors import Unavailable
from tenantry.db import Transaction
from tenantry.scheduling.lease import Lease, LeaseLost, Leases
from tenantry.scheduling.record import Ended, Of, Record
from tenantry.scheduling.schedule import FireTime, Schedule, Skip, Status

LEASE_PREFIX: Final = "schedule:"
"""What the names of the leases of lines begin with."""

Ending: TypeAlias = tuple[Status, str | None]


class LineBusy(Unavailable):
    """The line is somebody else's turn, and was for as long as could be waited."""

    default_code = "line_busy"


class Turn:
    """The turn of whoever has the lease of a line; units that write in its name ask it.

    `done_in` commits with the effects of a run or not at all: a run is done once, by the attempt
    that is under way, under the lease that is in force.
    """

    def __init__(
        self, *, of: Of, lease: Lease, leases: Leases, record: Record, clock: Clock
    ) -> None:
        self.of = of
        self.lease = lease
        self._leases = leases
        self._record = record
        self._clock = clock
        self._endings: dict[FireTime, Ending] = {}

    def check_in(self, tx: Transaction) -> None:
        """Raise `LeaseLost` unless it is still this turn; nobody takes it before the unit ends."""
        self._leases.check_in(tx, self.lease)

    def lease_until_in(self, tx: Transaction) -> int:
        """Return until when the lease lasts that nobody extends."""
        held = self._leases.present_in(tx, self.lease.name)
        return held.expires_at if held is not None else 0

    def done_in(
        self,
        tx: Transaction,
        time: FireTime,
        *,
        run_id: str | None = None,
        status: Status = "done",
        reason: str | None = None,
    ) -> None:
        """Record that a run has ended, in the unit of its effects; raises `LeaseLost`.

        One that had nothing to do, or was not allowed to, is `skipped` for a reason.
        """
        self.all_done_in(tx, [Ended(time, run_id)], status=status, reason=reason)

    def all_done_in(
        self,
        tx: Transaction,
        ended: Sequence[Ended],
        *,
        status: Status = "done",
        reason: str | None = None,
    ) -> None:
        """Record that several runs have ended, all in the unit of their effects."""
        self.check_in(tx)
        now = self._clock.now_us()
        count = self._record.end_in(
            tx, self.of, ended, lease=self.lease, status=status, at=now, reason=reason
        )
        if count != len(ended):
            raise LeaseLost(
                f"line {self.of.line}: {len(ended) - count} of {len(ended)} runs had ended,"
                " or are tried again meanwhile"
            )
        self._note(tx, {each.time: (status, reason) for each in ended})

    def ending_of(self, time: FireTime) -> Ending | None:
        """Return how this attempt was recorded to have ended, if it was."""
        return self._endings.get(time)

    def take_ending_of(self, time: FireTime) -> Ending | None:
        """Return the same, which need not be known any more."""
        return self._endings.pop(time, None)

    def _note(self, tx: Transaction, endings: dict[FireTime, Ending]) -> None:
        def forget() -> None:
            for time in endings:
                self._endings.pop(time, None)

        self._endings |= endings
        tx.on_rollback(forget)


class Line(Protocol):
    """What a tenant's runs are lined up in: one at a time, in the order of their fire times."""

    @property
    def tenant_id(self) -> str:
        """Whose it is."""
        ...

    @property
    def name(self) -> str:
        """What it is called among the lines of the tenant."""
        ...

    def schedules(self) -> Sequence[Schedule]:
        """Return the schedules as they are now."""
        ...

    async def fire(self, times: Sequence[FireTime], turn: Turn) -> None:
        """Run what is due at `times`, in their order, and tell `turn` of each in the same unit.

        Several may be committed in one unit; where that fails they come again, one by one.
        """
        ...


class Observer(Protocol):
    """Told of what did not run, in the unit that records it; it must not fail."""

    def skipped_in(self, tx: Transaction, of: Of, skip: Skip) -> None:
        """Take note of fire times that do not run."""
        ...

    def failed_in(
        self, tx: Transaction, of: Of, time: FireTime, *, reason: str, error: str
    ) -> None:
        """Take note of a run that has failed for good."""
        ...


class Nobody:
    """An `Observer` who does not care."""

    def skipped_in(self, tx: Transaction, of: Of, skip: Skip) -> None:
        """Do nothing."""

    def failed_in(self, tx: Transaction, of: Of, time: FireTime, **_: Any) -> None:
        """Do nothing."""


def lease_name(of: Of) -> str:
    """Return what the lease of a line is called."""
    return f"{LEASE_PREFIX}{of.tenant_id}:{of.line}"
