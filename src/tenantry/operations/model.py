"""What an operator is told, and what a backup is made of."""

from typing import Literal

import msgspec

FORMAT = 2
"""The format of a backup; a program reads its own and older ones. The second has data keys."""

EventRow = tuple[int, str, str, int, str, bytes, bytes, int, bytes]
"""The columns of `events`, in the table's order."""

AppendRow = tuple[str, str, bytes, int, int, int]
"""The columns of `appends`, in the table's order."""

DataKeyRow = tuple[str, str, bytes, bytes, str, int]
"""The columns of `data_keys`, in the table's order; the keys are wrapped by the master key."""


class LogHead(msgspec.Struct, frozen=True):
    """The end of the log; `expect` is what `log verify` takes to find a log cut off behind it."""

    position: int
    hash: str
    recorded_at: str | None
    expect: str


class DatabaseStatus(msgspec.Struct, frozen=True):
    """Where a database stands; `head` is None where the schema has no log yet."""

    dialect: str
    is_current: bool
    migrations_applied: tuple[int, ...]
    migrations_pending: tuple[int, ...]
    head: LogHead | None


class KeyStatus(msgspec.Struct, frozen=True):
    """What secrets depend on; nothing of it is secret.

    `source` is where the master key is kept, None where there is none. `wrapped_under` counts the
    data keys by the fingerprint of the master key that wraps them; it is None where a pending
    migration has yet to make their table.
    """

    source: str | None
    master_fingerprint: str | None
    data_key_count: int | None
    wrapped_under: dict[str, int] | None


class RotationReport(msgspec.Struct, frozen=True):
    """A master key that took the place of another; `next_step` is what is left for the operator."""

    data_key_count: int
    master_fingerprint: str
    source: str | None
    next_step: str | None


class HealthReport(msgspec.Struct, frozen=True):
    """Whether what a node needs works, each thing touched just now."""

    status: Literal["healthy", "unhealthy"]
    timestamp: str
    checks: dict[str, str]

    @property
    def is_healthy(self) -> bool:
        """Whether every check passed."""
        return self.status == "healthy"


class ReadinessReport(msgspec.Struct, frozen=True):
    """Whether a node may be sent requests."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether every check passed."""
        return self.status == "ready"


class VerifyProgress(msgspec.Struct, frozen=True):
    """How far a verification has come."""

    done: int
    total: int


class BackupHeader(msgspec.Struct, frozen=True, tag="header"):
    """The first record of a backup: what wrote it, from which schema, up to which position."""

    format: int
    program_version: str
    migrations: tuple[int, ...]
    position: int
    hash: bytes
    created_at: int


class EventPage(msgspec.Struct, frozen=True, tag="events"):
    """Events in the order of their positions."""

    rows: list[EventRow]


class AppendPage(msgspec.Struct, frozen=True, tag="appends"):
    """Idempotency keys."""

    rows: list[AppendRow]


class DataKeyPage(msgspec.Struct, frozen=True, tag="data_keys"):
    """Data keys, as wrapped as they are stored."""

    rows: list[DataKeyRow]


class BackupTrailer(msgspec.Struct, frozen=True, tag="trailer"):
    """The last record of a backup: how much there was, and the SHA-256 of all before it."""

    event_count: int
    append_count: int
    sha256: bytes
    data_key_count: int = 0


BackupRecord = BackupHeader | EventPage | AppendPage | DataKeyPage | BackupTrailer


class RestoreReport(msgspec.Struct, frozen=True):
    """What was restored; `fault_position` and `problem` are set where the log does not verify."""

    event_count: int
    append_count: int
    data_key_count: int
    head_position: int
    head_hash: str
    created_at: str
    fault_position: int | None = None
    problem: str | None = None

    @property
    def is_intact(self) -> bool:
        """Whether the restored log verifies."""
        return self.problem is None
