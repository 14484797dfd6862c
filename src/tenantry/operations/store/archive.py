"""Pages of rows as a backup keeps them; reads and writes the tables as they are."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

from tenantry.db import Transaction, load_statements
from tenantry.eventlog import Head
from tenantry.operations.model import (
    ApiKeyPage,
    AppendPage,
    AppendRow,
    BackupPage,
    DataKeyPage,
    EventPage,
    EventRow,
    MemberPage,
    UserPage,
)

T = TypeVar("T")

PAGE_ROWS = 2_000
PAGE_BYTES = 8 * 1024 * 1024
"""A page holds no more than this, but always one row: an event may be a megabyte."""

TABLES: Final[dict[type[BackupPage], tuple[str, tuple[str, ...]]]] = {
    EventPage: (
        "events",
        (
            "position",
            "tenant_id",
            "stream",
            "version",
            "type",
            "data",
            "metadata",
            "recorded_at",
            "hash",
        ),
    ),
    AppendPage: (
        "appends",
        ("tenant_id", "key", "request_digest", "first_position", "last_position", "expires_at"),
    ),
    DataKeyPage: (
        "data_keys",
        ("tenant_id", "owner", "key_id", "wrapped", "master_fingerprint", "created_at"),
    ),
    UserPage: (
        "users",
        (
            "user_id",
            "email",
            "email_key",
            "username",
            "username_key",
            "first_name",
            "last_name",
            "password_hash",
            "owner_tenant",
            "created_at",
            "updated_at",
        ),
    ),
    MemberPage: ("members", ("tenant_id", "user_id", "role", "applications", "created_at")),
    ApiKeyPage: (
        "api_keys",
        (
            "tenant_id",
            "key_id",
            "name",
            "role",
            "secret_hash",
            "created_at",
            "created_by",
            "expires_at",
            "last_used_at",
        ),
    ),
}
"""Which table each kind of page is of, and its columns in their order."""


def read_head(tx: Transaction) -> Head:
    """Return the end of the log."""
    position, hash_, recorded_at = _statements(tx).head(tx.connection)
    return Head(position=position, hash=bytes(hash_), recorded_at=recorded_at)


def read_events(tx: Transaction, after: int, until: int) -> list[EventRow]:
    """Return the next page of events behind `after` and not behind `until`."""
    named = _statements(tx)
    end = named.end_of_page(
        tx.connection, after=after, until=until, row_limit=PAGE_ROWS, byte_limit=PAGE_BYTES
    )
    if end is None:
        return []
    return list(named.events_between(tx.connection, after=after, until=end))


def read_appends(tx: Transaction, after: tuple[str, str], until: int) -> list[AppendRow]:
    """Return the next page of idempotency keys behind `after`, of appends not behind `until`."""
    tenant_id, key = after
    rows = _statements(tx).appends_behind(
        tx.connection, tenant_id=tenant_id, key=key, until=until, row_limit=PAGE_ROWS
    )
    return list(rows)


def read_changing(tx: Transaction) -> Iterator[BackupPage]:
    """Yield all of those rows that change and go: what they are together with the log's head.

    A data key is stored before the first event that needs it, and a person, a membership and a key
    with the event that tells of it: no event up to the head lacks its row, and no row its event.
    """
    named = _statements(tx)
    yield from map(DataKeyPage, _cut(list(named.data_keys(tx.connection))))
    yield from map(UserPage, _behind(tx, named.users_behind, ("user_id",)))
    yield from map(MemberPage, _behind(tx, named.members_behind, ("tenant_id", "user_id")))
    yield from map(ApiKeyPage, _behind(tx, named.api_keys_behind, ("tenant_id", "key_id")))


def act_as_system(tx: Transaction) -> None:
    """See every tenant's rows, in a unit that began as the schema's owner."""
    _statements(tx).act_as_system(tx.connection)


def lock_log(tx: Transaction) -> None:
    """Keep every node from appending until the transaction ends."""
    _statements(tx).lock_log(tx.connection)


def is_empty(tx: Transaction) -> bool:
    """Whether nothing was ever appended."""
    return bool(_statements(tx).is_empty(tx.connection))


def has_data_keys(tx: Transaction) -> bool:
    """Whether anything was ever sealed, and not shredded."""
    return bool(_statements(tx).has_data_keys(tx.connection))


def write_page(tx: Transaction, page: BackupPage) -> None:
    """Write the rows of a page, and with events the head of the log."""
    if not page.rows:
        return
    table, columns = TABLES[type(page)]
    _insert(tx, getattr(_statements(tx), f"insert_{table}"), columns, page.rows)
    if isinstance(page, EventPage):
        last = page.rows[-1]
        _statements(tx).set_head(tx.connection, position=last[0], hash=last[8], recorded_at=last[7])


def _behind(
    tx: Transaction, select: Callable[..., Any], names: tuple[str, ...]
) -> Iterator[list[Any]]:
    """Yield all rows that a statement has, page by page in the order of their first columns."""
    after = ("",) * len(names)
    while rows := list(
        select(tx.connection, **dict(zip(names, after, strict=True)), row_limit=PAGE_ROWS)
    ):
        yield rows
        after = rows[-1][: len(names)]


def _cut(rows: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(rows), PAGE_ROWS):
        yield rows[start : start + PAGE_ROWS]


def _insert(
    tx: Transaction, insert: Callable[..., Any], columns: Sequence[str], rows: Sequence[Any]
) -> None:
    """Call a statement that writes many rows as its dialect wants it."""
    if tx.dialect == "postgres":
        # One array a column: one statement a page.
        arrays = map(list, zip(*rows, strict=True))
        insert(tx.connection, **dict(zip(columns, arrays, strict=True)))
        return
    insert(tx.connection, [dict(zip(columns, row, strict=True)) for row in rows])


def _statements(tx: Transaction) -> Any:
    return load_statements("tenantry.operations", tx.dialect)
