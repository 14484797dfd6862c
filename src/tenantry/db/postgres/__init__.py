"""PostgreSQL behind `Database`: a pool on as many threads, and an appender of its own.

The one door to `psycopg`. Every unit names its scope, which becomes its role, so that row-level
security holds whoever we connect as: a superuser would otherwise ignore the policies.
"""

from tenantry.db.postgres.driver import PostgresDatabase

__all__ = ["PostgresDatabase"]
