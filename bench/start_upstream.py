"""An upstream in a process of its own: `python -m bench.start_upstream SHELVES`.

`SHELVES` is JSON: how many rows of each collection each tenant has. It prints where it listens,
when its pages are encoded: what that takes is nobody's who reads them.
"""

import asyncio
import sys
from typing import Final

import aiohttp
import msgspec
import uvloop

from tenantry.testing.upstream import FakeUpstream, seeded

PAGE_ROWS: Final = 1_000

Shelves = dict[str, dict[str, int]]
_SEGMENTS: Final = {
    "organizations": "organizations",
    "roles": "roles",
    "users": "users",
    "roleAssignments": "role-assignments",
}


def main() -> None:
    """Serve until the process is ended."""
    uvloop.run(_serve(msgspec.json.decode(sys.argv[1], type=Shelves)))


async def _serve(shelves: Shelves) -> None:
    tenants = {name: seeded(counts, tenant_id=name) for name, counts in shelves.items()}
    async with FakeUpstream(tenants) as upstream:
        async with aiohttp.ClientSession(upstream.base_url) as session:
            for tenant, counts in shelves.items():
                for collection, segment in _SEGMENTS.items():
                    for page in range(-(-counts.get(collection, 0) // PAGE_ROWS)):
                        query = {"page": page + 1, "limit": PAGE_ROWS}
                        path = f"/tenants/{tenant}/{segment}"
                        async with session.get(path, params=query) as answer:
                            await answer.read()
        print(upstream.base_url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
