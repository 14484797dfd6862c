"""What a drill does to a node, and what it sees of it."""

from typing import Final, Literal, TypeAlias, get_args

import msgspec

from tenantry.base.errors import Invalid

Mechanism: TypeAlias = Literal[
    "settings", "database", "statement", "latency", "worker", "limiter", "breaker", "health"
]
"""What a drill tries out; also what it can be told to take out of order, to see itself fail."""

MECHANISMS: Final[tuple[Mechanism, ...]] = get_args(Mechanism)

STEPS: Final[tuple[str, ...]] = (*MECHANISMS, "benchmark")
"""The steps of a drill, in order."""

DRILL_LIMIT: Final = 10
DRILL_LIMIT_SECONDS: Final = 2.0
"""The limit that a drill runs into: short, so that it can wait for its end."""

DRILL_FAILURES: Final = 3
DRILL_RECOVERY_SECONDS: Final = 1.0
"""The breaker that a drill trips."""

MAX_DELAY_SECONDS: Final = 2.0
MAX_LOST_CALLS: Final = 100


class DrillRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A read of the log's end, and what is to go wrong with it."""

    # JSON has one kind of number, so 2.0 is an integer too.
    lost_calls: float = 0
    delay_seconds: float = 0.0
    is_statement_wrong: bool = False

    def __post_init__(self) -> None:
        _check_range("lost_calls", self.lost_calls, MAX_LOST_CALLS)
        if self.lost_calls % 1:
            raise Invalid(field="lost_calls", got=self.lost_calls, wants="an integer")
        _check_range("delay_seconds", self.delay_seconds, MAX_DELAY_SECONDS)


class DrillCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call through the breaker of drills, which lasts for a while and may fail."""

    is_failing: bool = False
    seconds: float = 0.0

    def __post_init__(self) -> None:
        _check_range("seconds", self.seconds, MAX_DELAY_SECONDS)


class DrillBegun(msgspec.Struct, frozen=True, kw_only=True):
    """A drill may go on; `worker` is which one it may kill, None where none works here."""

    worker: str | None
    ends_at: str


class ReadEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """How a read went: the log's end or the code of an error, and in how many attempts."""

    position: int | None
    error: str | None
    attempt_count: int
    seconds: float


class WorkerEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """How the worker is that was killed."""

    name: str
    crash_count: int
    is_at_work: bool


def _check_range(field: str, value: float, most: float) -> None:
    if not 0 <= value <= most:
        raise Invalid(field=field, got=value, wants=f"0 to {most:g}")
