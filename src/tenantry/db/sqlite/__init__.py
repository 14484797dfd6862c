"""SQLite behind `Database`: one writer thread with group commit, a few reader threads.

The one door to `apsw`, whose wheel carries a current SQLite: the interpreter's own may have the
WAL-reset corruption bug that 3.51.3 fixed, and no file may be opened through two SQLite libraries.
"""

from tenantry.db.sqlite.connection import library_version
from tenantry.db.sqlite.driver import SqliteDatabase

__all__ = ["SqliteDatabase", "library_version"]
