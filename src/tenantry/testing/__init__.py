"""What tests of Tenantry, and of what is built on it, put in the place of the real thing.

It is shipped and documented, and only what puts a process together may import it. Of all this, only
`faults` is in a server that works, where it waits for drills. `tenantry.testing.vfs`, a disk that
fails, is imported by its own name, since it loads SQLite.
"""

from tenantry.testing.clock import FakeClock
from tenantry.testing.crash import crash_at
from tenantry.testing.faults import Faults, FaultyDatabase, inject, injected

__all__ = ["FakeClock", "Faults", "FaultyDatabase", "crash_at", "inject", "injected"]
