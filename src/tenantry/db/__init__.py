"""The database layer: two drivers behind one `Database`.

All SQL runs in plain synchronous functions (*units*) that take a `Transaction`, on database
threads; `await database.write(scope, unit, …)` and `await database.read(scope, unit, …)` are the
only crossings from asyncio, one hop a unit. No result leaves before its commit. This package knows
no event, no tenant's data and no HTTP; the tables it owns are its own migrations.
"""

from tenantry.db.connect import open_database
from tenantry.db.database import Database, Dialect, Scope, System, Tenant, Transaction, Unit
from tenantry.db.migrate import MigrationStatus, migrate, migration_status
from tenantry.db.statements import load_statements

__all__ = [
    "Database",
    "Dialect",
    "MigrationStatus",
    "Scope",
    "System",
    "Tenant",
    "Transaction",
    "Unit",
    "load_statements",
    "migrate",
    "migration_status",
    "open_database",
]
