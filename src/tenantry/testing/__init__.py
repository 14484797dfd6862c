"""What tests of Tenantry, and of what is built on it, put in the place of the real thing.

It is shipped and documented; only what puts a process together may import it, and nothing here
runs in production. `tenantry.testing.vfs`, a disk that fails, is imported by its own name, since it
loads SQLite.
"""

from tenantry.testing.clock import FakeClock
from tenantry.testing.crash import crash_at

__all__ = ["FakeClock", "crash_at"]
