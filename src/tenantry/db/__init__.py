"""The database layer: two drivers behind one `Database`.

All SQL runs in plain synchronous functions (*units*) that take a `Transaction`, on database
threads; `await database.write(scope, unit, …)` and `await database.read(scope, unit, …)` are the
only crossings from asyncio, one hop a unit. No result leaves before its commit. A `GuardedDatabase`
is a driver behind retries, breakers and figures. This package knows no event, no tenant's data and
no HTTP; the tables it owns are its own migrations.
"""

from tenantry.db.connect import open_database, sqlite_version
from tenantry.db.database import Database, Dialect, Scope, System, Tenant, Transaction, Unit
from tenantry.db.errors import NothingWritten
from tenantry.db.figures import DatabaseBreakers, DatabaseFigures, QueryFigures, SlowQuery
from tenantry.db.guarded import GuardedDatabase, database_breakers, is_unwell
from tenantry.db.lazy import LazyDatabase
from tenantry.db.migrate import MigrationStatus, migrate, migration_status
from tenantry.db.pool_figures import PoolFigures, PostgresPoolFigures, SqlitePoolFigures
from tenantry.db.statements import load_statements
from tenantry.db.wrapped import WrappedDatabase

__all__ = [
    "Database",
    "DatabaseBreakers",
    "DatabaseFigures",
    "Dialect",
    "GuardedDatabase",
    "LazyDatabase",
    "MigrationStatus",
    "NothingWritten",
    "PoolFigures",
    "PostgresPoolFigures",
    "QueryFigures",
    "Scope",
    "SlowQuery",
    "SqlitePoolFigures",
    "System",
    "Tenant",
    "Transaction",
    "Unit",
    "WrappedDatabase",
    "database_breakers",
    "is_unwell",
    "load_statements",
    "migrate",
    "migration_status",
    "open_database",
    "sqlite_version",
]
