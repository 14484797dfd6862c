"""`python -m tests.faults.collector_process DATABASE_URL ENDPOINT…`: a collector to be killed.

It says `open` once it runs, and nothing else.
"""

import asyncio
import os
import sys
from pathlib import Path

from tenantry.db import open_database
from tests.support.collecting import collector_of

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


async def collect(url: str, endpoints: list[str]) -> None:
    """Collect until killed."""
    options = {"is_shared": True} if url.startswith("sqlite") else {}
    database = open_database(url, **options)
    await database.start()
    await collector_of(database, *endpoints, pulse_seconds=1.0).start()
    sys.stdout.write("open\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def resident_bytes(pid: int) -> int:
    """Return how much memory a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES


if __name__ == "__main__":
    asyncio.run(collect(sys.argv[1], sys.argv[2:]))
