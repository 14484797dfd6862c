"""What an operator is told of the database, the log and the keys."""

import msgspec


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


class VerifyProgress(msgspec.Struct, frozen=True):
    """How far a verification has come."""

    done: int
    total: int
