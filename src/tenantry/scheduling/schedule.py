"""Schedules, their fire times, and what is known of each."""

from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from tenantry.base.errors import Invalid
from tenantry.scheduling.cron import Cron

Misfire: TypeAlias = Literal["skip", "run_once", "run_all"]
Overlap: TypeAlias = Literal["skip", "buffer_one", "allow"]
Status: TypeAlias = Literal["running", "done", "failed", "skipped"]

WEEK_SECONDS: Final = 604_800.0
GRACE_SECONDS: Final = 60.0
RUN_SECONDS: Final = 900.0
_MOST_JITTER_SECONDS: Final = 86_400.0


class FireTimes(Protocol):
    """The fire times of a definition, in µs since 1970."""

    def after(self, at_us: int) -> int | None:
        """Return the first one later than `at_us`."""
        ...

    def before(self, at_us: int) -> int | None:
        """Return the last one earlier than `at_us`."""
        ...

    def count(self, start_us: int, end_us: int) -> int:
        """Return how many are later than `start_us` and not later than `end_us`."""
        ...


class Definition(msgspec.Struct, frozen=True):
    """What fire times are computed from; where it changes, they begin anew."""

    cron: str
    timezone: str


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When something is due, and what becomes of what could not run in time.

    A fire time is missed where its line was free for `grace_seconds` since and did not run it; what
    `run_all` makes up for reaches `catch_up_seconds` back. `halted` is why none of them runs now
    (`paused`, `disabled` …): they pass by, recorded with that reason.
    """

    name: str
    cron: Cron
    timezone: str
    jitter_seconds: float = 0.0
    misfire: Misfire = "run_all"
    catch_up_seconds: float = WEEK_SECONDS
    grace_seconds: float = GRACE_SECONDS
    overlap: Overlap = "skip"
    timeout_seconds: float = RUN_SECONDS
    retries: int = 3
    retry_seconds: float = 1.0
    halted: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be kept."""
        if not self.name:
            raise Invalid(field="name", got=self.name, wants="a name")
        if not 0 <= self.jitter_seconds <= _MOST_JITTER_SECONDS:
            wants = f"0 to {_MOST_JITTER_SECONDS:,.0f} s"
            raise Invalid(field="jitter_seconds", got=self.jitter_seconds, wants=wants)
        if self.timeout_seconds <= 0:
            raise Invalid(field="timeout_seconds", got=self.timeout_seconds, wants="more than 0 s")
        for field in ("catch_up_seconds", "grace_seconds", "retries", "retry_seconds"):
            if (got := getattr(self, field)) < 0:
                raise Invalid(field=field, got=got, wants="0 or more")

    @property
    def definition(self) -> Definition:
        """What its fire times are computed from."""
        return Definition(self.cron.expression, self.timezone)


class FireTime(msgspec.Struct, frozen=True, order=True):
    """One time at which a schedule is due; they run in this order."""

    at: int
    schedule: str
    attempt: int = 1


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How far the fire times of a schedule are decided.

    Those up to `decided_until` have a firing. Those up to `seen_until` were in time when they were
    first seen: they run, however long they have to wait. Those up to `run_all_until` run whatever
    the policies say, as a backfill wants it.
    """

    schedule: str
    definition: Definition
    decided_until: int
    seen_until: int = 0
    run_all_until: int = 0


class Skip(msgspec.Struct, frozen=True, kw_only=True):
    """Fire times in a row that do not run, from the first to the last, and why."""

    schedule: str
    first: int
    last: int
    count: int
    reason: str


class Busy(msgspec.Struct, frozen=True, order=True):
    """A time in which a line was running something of a schedule."""

    started_at: int
    finished_at: int
    schedule: str


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a fire time, or of a range of those that were skipped."""

    tenant_id: str
    line: str
    schedule: str
    fire_at: int
    until: int
    fire_count: int
    status: Status
    reason: str | None
    epoch: int
    holder: str
    lease_until: int
    attempt: int
    started_at: int | None
    finished_at: int | None
    run_id: str | None
    error: str | None

    @property
    def time(self) -> FireTime:
        """The fire time."""
        return FireTime(self.fire_at, self.schedule, self.attempt)
