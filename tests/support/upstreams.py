"""A fake upstream beside tests that have no event loop, and a server whose tenants sync from it."""

import asyncio
import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from tenantry.testing.upstream import FakeUpstream, Held, seeded
from tests.support.server import ServerProcess

SMALL: Final[Mapping[str, int]] = {
    "organizations": 2,
    "roles": 2,
    "users": 5,
    "roleAssignments": 3,
    "employeeAssignments": 2,
    "creditConfigs": 1,
    "entityCredits": 0,
}
PASSWORD: Final = "correct horse battery"
ENVIRON: Final[Mapping[str, str]] = {
    "SYNC_ALLOWED_NETWORKS": "127.0.0.0/8",
    "ENABLE_RATE_LIMIT": "false",
}
"""The settings of a server whose sources are on this machine."""

_MOST_TENANTS: Final = 40


class Upstream:
    """A fake upstream on a thread of its own, with as many tenants as a module of tests needs."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="upstream", daemon=True)
        self._names = (f"acme-{number}" for number in itertools.count(1))
        tenants = {
            name: {"tenants": [{"tenantId": name, "name": name}], **seeded(SMALL, tenant_id=name)}
            for name in (f"acme-{number}" for number in range(1, _MOST_TENANTS))
        }
        self.fake = FakeUpstream(tenants)

    def new_tenant(self) -> str:
        """Return the id of a tenant that no other test knows."""
        return next(self._names)

    def hold(self, tenant_id: str, collection: str, *, page: int | None = None) -> Held:
        """Have no request for a tenant's collection, or a page of it, answered until `let_go`."""
        return self.fake.fail(collection, Held(), page=page, times=None, tenant=tenant_id)

    def wait_for(self, held: Held) -> None:
        """Wait until somebody asks for what is held."""
        asyncio.run_coroutine_threadsafe(held.reached(), self._loop).result(30)

    def let_go(self, held: Held) -> None:
        """Answer what was held, and whatever will be asked."""
        self._loop.call_soon_threadsafe(held.release)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.fake.start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.fake.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def syncing_server(folder: Path) -> Iterator[tuple[ServerProcess, Upstream]]:
    """Run a server and an upstream that its tenants may sync from."""
    with Upstream() as upstream, ServerProcess(folder, **ENVIRON) as server:
        server.wait_until_ready()
        yield server, upstream
        assert server.stop() == 0, server.said()


def tenant_with_source(server: ServerProcess, upstream: Upstream, **source: Any) -> str:
    """Make a tenant whose source is the upstream, and return its id."""
    tenant_id = upstream.new_tenant()
    value = {"type": "http", "base_url": upstream.fake.base_url, **source}
    with server.client() as http:
        made = http.post("/api/tenants", json={"id": tenant_id, "name": tenant_id})
        assert made.is_success, made.text
        headers = {"X-Tenant-ID": tenant_id}
        put = http.put("/config/sync:source", json={"value": value}, headers=headers)
        assert put.is_success, put.text
    return tenant_id


def user_of(server: ServerProcess, tenant_id: str, role: str) -> dict[str, str]:
    """Make a user, and return what they log in with."""
    login = {"email": f"{role}@{tenant_id}.example", "password": PASSWORD}
    with server.client() as http:
        made = http.post(f"/api/tenants/{tenant_id}/users", json={**login, "role": role})
        assert made.is_success, made.text
    return login
