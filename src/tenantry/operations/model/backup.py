"""What a backup is made of, and what its restoration says."""

import msgspec

FORMAT = 2
"""The format of a backup; a program reads its own and older ones. The second has data keys."""


EventRow = tuple[int, str, str, int, str, bytes, bytes, int, bytes]
"""The columns of `events`, in the table's order."""


AppendRow = tuple[str, str, bytes, int, int, int]
"""The columns of `appends`, in the table's order."""


DataKeyRow = tuple[str, str, bytes, bytes, str, int]
"""The columns of `data_keys`, in the table's order; the keys are wrapped by the master key."""


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
