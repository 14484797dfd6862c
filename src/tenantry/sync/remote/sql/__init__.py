"""Sources that are databases: the one door to SQLAlchemy, which is optional.

This package is imported when the first such source is opened. It only reads: in transactions that
the database is told to keep read-only, where it can, and that always end by a rollback.
"""

from tenantry.sync.remote.sql.reading import SqlReader

__all__ = ["SqlReader"]
