"""What the database, its schema and its log are worth, and the clock that the log goes by."""

from functools import partial
from typing import Final

from tenantry.operations.model import Finding

SLOW_SECONDS: Final = 5.0
"""A database that takes longer for one value is too slow to work with."""

OLDEST_VERSIONS: Final = {"SQLite": (3, 51, 3), "PostgreSQL": (16,)}
"""What the drivers refuse to work below, and why, is told in `tenantry.db`."""

LOG_AHEAD_SECONDS: Final = 5.0
OFFSET_WARNING_SECONDS: Final = 1.0
OFFSET_FAIL_SECONDS: Final = 60.0

_REMEDIES: Final = {
    "database_in_use": "Stop that process, or ask its server, with --data or --server.",
    "postgres_too_old": "Upgrade the PostgreSQL that DATABASE_URL names to version 16 or newer.",
    "sqlite_unsafe": "Install a newer `apsw`, which brings its own SQLite.",
    "schema_newer": "Install the tenantry that has migrated this database, or restore a backup.",
    "migration_changed": "Install tenantry anew, in the version that has migrated this database.",
    "data_dir_in_use": "Stop that process, or wait for its end.",
}
_REACH: Final = (
    "See that DATABASE_URL names a database that works and that this machine and its user "
    "may open, then try `tenantry db status`."
)
_UPGRADES: Final = {
    "SQLite": "Install a newer `apsw`, which brings its own SQLite.",
    "PostgreSQL": "Upgrade the PostgreSQL that DATABASE_URL names.",
}
_SYNCHRONISE: Final = (
    "Synchronise the clocks of this machine and of the database's, for example with chrony."
)

_finding: Final = partial(Finding, area="database")


def absent_database(where: str) -> Finding:
    """Say that there is no database yet at `where`."""
    return _finding(
        component="Database",
        status="pass",
        message=f"{where} is not there yet: the first start makes it",
    )


def lost_folder(folder: str) -> Finding:
    """Say that there is no folder for the database, which no start makes."""
    return _failure(
        "Database",
        f"{folder} is not there, and is to hold the database",
        "Make that folder for the user of the server, or name another file in DATABASE_URL.",
    )


def answering(dialect: str, seconds: float) -> Finding:
    """Judge how long the database took for one value."""
    message = f"{dialect}, answers in {seconds * 1000:,.0f} ms"
    if seconds < SLOW_SECONDS:
        return _finding(component="Database", status="pass", message=message)
    return _finding(
        component="Database",
        status="warning",
        message=f"{message}, which is slow",
        remedy="Look for what keeps the database or its disk busy, or the network to it; "
        "GET /api/reliability/database counts slow queries.",
    )


def silent(reason: str, *, code: str | None = None) -> Finding:
    """Say that the database does not answer, and why."""
    return _failure("Database", reason, _REMEDIES.get(code or "", _REACH))


def migrations(applied: tuple[int, ...], pending: tuple[int, ...]) -> Finding:
    """Judge the schema: one that has nothing yet is made by the first start."""
    if not applied:
        message = "the database is empty: the first start makes its schema"
        return _finding(component="Migrations", status="pass", message=message)
    if not pending:
        message = f"all {len(applied)} are applied"
        return _finding(component="Migrations", status="pass", message=message)

    numbers = ", ".join(map(str, pending))
    return _failure(
        "Migrations",
        f"pending: {numbers}",
        "Take a backup, then run `tenantry db migrate`, or start the server, which does the same.",
    )


def unknown_migrations(reason: str, *, code: str | None = None) -> Finding:
    """Say that the schema is not one that this program can work with, or could not be read."""
    return _failure("Migrations", reason, _REMEDIES.get(code or "", _REACH))


def log_end(position: int) -> Finding:
    """Say where the log ends."""
    return _finding(component="Event log", status="pass", message=f"ends at position {position}")


def unreadable_log(reason: str) -> Finding:
    """Say that the end of the log cannot be read."""
    return _failure(
        "Event log",
        reason,
        "Run `tenantry log verify`, and restore a backup where the log is damaged.",
    )


def server_version(name: str, version: str) -> Finding:
    """Judge the version of the SQLite library, or of the PostgreSQL server."""
    oldest = OLDEST_VERSIONS[name]
    if tuple(int(part) for part in version.split(".")) >= oldest:
        return Finding(area="environment", component=name, status="pass", message=version)
    wants = ".".join(map(str, oldest))
    return Finding(
        area="environment",
        component=name,
        status="fail",
        message=f"{version} is too old: {wants} is the oldest that is safe",
        remedy=_UPGRADES[name],
    )


def clock(*, log_ahead_seconds: float, server_ahead_seconds: float | None) -> Finding:
    """Judge this machine's clock by the last event of the log, and by the database server's.

    Both say how far they are ahead of this machine; None where there is no server.
    """
    offset = abs(server_ahead_seconds or 0.0)
    if offset > OFFSET_WARNING_SECONDS:
        return Finding(
            area="environment",
            component="Clock",
            status="fail" if offset > OFFSET_FAIL_SECONDS else "warning",
            message=f"{offset:,.1f} s away from the clock of the database server",
            remedy=_SYNCHRONISE,
        )
    if log_ahead_seconds > LOG_AHEAD_SECONDS:
        return Finding(
            area="environment",
            component="Clock",
            status="warning",
            message=f"the last event of the log is {log_ahead_seconds:,.1f} s in its future",
            remedy=_SYNCHRONISE,
        )
    return Finding(
        area="environment", component="Clock", status="pass", message="agrees with the database"
    )


def _failure(component: str, reason: str, remedy: str) -> Finding:
    return _finding(component=component, status="fail", message=reason, remedy=remedy)
