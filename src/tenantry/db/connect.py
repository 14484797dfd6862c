"""From a database URL to a driver."""

from tenantry.base.errors import Invalid
from tenantry.db.database import DEFAULT_QUERY_TIMEOUT_SECONDS, Database


def open_database(
    url: str,
    *,
    pool_min: int = 1,
    pool_max: int = 8,
    readers: int = 2,
    queue_max: int = 10_000,
    query_timeout_seconds: float = DEFAULT_QUERY_TIMEOUT_SECONDS,
    is_shared: bool = False,
) -> Database:
    """Return the `Database` that `url` names, not started yet.

    `sqlite:///relative.db` and `sqlite:////absolute.db` name a file whose folder must exist (one
    process at a time may have it open, or several that all say it `is_shared`: then no event log is
    kept in it), `postgresql://…` a server. `pool_min` and `pool_max` bound
    PostgreSQL's connections, `readers` SQLite's reading threads, `queue_max` the units that may
    wait. What takes longer than `query_timeout_seconds` is ended with `query_timeout`: a unit on
    SQLite, a statement on PostgreSQL; what `administer` runs may take as long as it takes. Raises
    `Invalid` for any other URL.
    """
    if not query_timeout_seconds > 0:
        raise Invalid(field="query_timeout_seconds", got=query_timeout_seconds, wants="more than 0")

    # The drivers are imported late: a process that uses one never loads the other.
    if url.startswith("sqlite:///"):
        from tenantry.db.sqlite import SqliteDatabase  # noqa: PLC0415 - see above

        path = url.removeprefix("sqlite:///")
        return SqliteDatabase(
            path=path,
            readers=readers,
            queue_max=queue_max,
            query_timeout_seconds=query_timeout_seconds,
            is_shared=is_shared,
        )

    if url.startswith(("postgresql://", "postgres://")):
        from tenantry.db.postgres import PostgresDatabase  # noqa: PLC0415 - see above

        return PostgresDatabase(
            url=url,
            pool_min=pool_min,
            pool_max=pool_max,
            queue_max=queue_max,
            query_timeout_seconds=query_timeout_seconds,
        )

    raise Invalid(
        field="DATABASE_URL",
        got=url.split(":", 1)[0],
        wants="sqlite:///path.db or postgresql://user@host/database",
    )


def sqlite_version() -> str:
    """Return the version of the SQLite library that files are opened with."""
    from tenantry.db.sqlite import library_version  # noqa: PLC0415 - as in `open_database`

    return library_version()
