"""What a backup is made of, and what its restoration says."""

import msgspec

FORMAT = 3
"""The format of a backup; a program reads its own and older ones.

The second has data keys; the third has people, their memberships and API keys.
"""


EventRow = tuple[int, str, str, int, str, bytes, bytes, int, bytes]
"""The columns of `events`, in the table's order."""


AppendRow = tuple[str, str, bytes, int, int, int]
"""The columns of `appends`, in the table's order."""


DataKeyRow = tuple[str, str, bytes, bytes, str, int]
"""The columns of `data_keys`, in the table's order; the keys are wrapped by the master key."""


UserRow = tuple[
    str, str, str, str | None, str | None, str | None, str | None, str | None, str, int, int
]
"""The columns of `users`, in the table's order."""


MemberRow = tuple[str, str, str | None, str, int]
"""The columns of `members`, in the table's order."""


ApiKeyRow = tuple[str, str, str, str, bytes, int, str, int | None, int | None]
"""The columns of `api_keys`, in the table's order; of each secret only its hash."""


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


class UserPage(msgspec.Struct, frozen=True, tag="users"):
    """People, with the hashes of their passwords."""

    rows: list[UserRow]


class MemberPage(msgspec.Struct, frozen=True, tag="members"):
    """Who belongs to which tenant; everybody stands in an earlier page of people."""

    rows: list[MemberRow]


class ApiKeyPage(msgspec.Struct, frozen=True, tag="api_keys"):
    """API keys."""

    rows: list[ApiKeyRow]


class BackupTrailer(msgspec.Struct, frozen=True, tag="trailer"):
    """The last record of a backup: how much there was, and the SHA-256 of all before it."""

    event_count: int
    append_count: int
    sha256: bytes
    data_key_count: int = 0
    user_count: int = 0
    member_count: int = 0
    api_key_count: int = 0


BackupPage = EventPage | AppendPage | DataKeyPage | UserPage | MemberPage | ApiKeyPage
BackupRecord = BackupHeader | BackupPage | BackupTrailer


class RestoreReport(msgspec.Struct, frozen=True):
    """What was restored; `fault_position` and `problem` are set where the log does not verify."""

    event_count: int
    append_count: int
    data_key_count: int
    user_count: int
    member_count: int
    api_key_count: int
    head_position: int
    head_hash: str
    created_at: str
    fault_position: int | None = None
    problem: str | None = None

    @property
    def is_intact(self) -> bool:
        """Whether the restored log verifies."""
        return self.problem is None
