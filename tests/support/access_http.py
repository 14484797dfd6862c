"""The routes of access of a node, asked by whoever one is."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tenantry.db import System, Transaction
from tenantry.eventlog import RecordedEvent
from tests.support.nodes import Node, running_node
from tests.support.web import client_of

PASSWORD = "correct horse battery"
MASTER_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
"""Nodes of one database need the same."""

_ADDRESSES = itertools.count(1)
_TEST = System("test")


class AccessHttp:
    """Asks a node as the holder of `token`; without one as root, which everybody is in development.

    Each comes from an address of its own, so that failed logins of other tests are not its own.
    """

    def __init__(self, node: Node, token: str | None = None, *, address: str | None = None) -> None:
        number = next(_ADDRESSES)
        self.address = address or f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        self.node = node
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self.http = client_of(node.app.asgi, address=self.address, headers=headers)

    def holding(self, token: str) -> "AccessHttp":
        """Return somebody at the same address who shows `token`."""
        return AccessHttp(self.node, token, address=self.address)

    def at_new_address(self) -> "AccessHttp":
        """Return somebody without a token who comes from elsewhere."""
        return AccessHttp(self.node)

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send any request."""
        return await self.http.request(method, path, **options)

    async def get(self, path: str, **query: object) -> Any:
        """Return the data of an answer that must be a success."""
        params = {name.rstrip("_"): str(value) for name, value in query.items()}
        return data_of(await self.ask("GET", path, params=params))

    async def post(self, path: str, /, **body: Any) -> Any:
        """Send a body, and return the data of an answer that must be a success."""
        return data_of(await self.ask("POST", path, json=body))

    async def patch(self, path: str, /, **body: Any) -> Any:
        """Change something, and return the data of an answer that must be a success."""
        return data_of(await self.ask("PATCH", path, json=body))

    async def delete(self, path: str, **query: str) -> Any:
        """Delete something, which must be a success."""
        return data_of(await self.ask("DELETE", path, params=query))

    async def refusal(self, method: str, path: str, status: int, **body: Any) -> str:
        """Send what must be refused with `status`, and return the code it is refused with."""
        answer = await self.ask(method, path, **({"json": body} if body else {}))
        assert answer.status_code == status, answer.text
        return code_of(answer)

    async def tenant(self, tenant_id: str, **fields: Any) -> str:
        """Make a tenant, and return its id."""
        made = await self.post("/api/tenants", **{"id": tenant_id, "name": tenant_id, **fields})
        return str(made["id"])

    async def user(self, tenant_id: str, email: str, **fields: Any) -> str:
        """Make somebody a user of the tenant, and return their id."""
        added = await self.post(f"/api/tenants/{tenant_id}/users", email=email, **fields)
        return str(added["id"])

    async def key(self, tenant_id: str, role: str = "admin", **fields: Any) -> str:
        """Make a key, and return its token."""
        made = await self.post(
            f"/api/tenants/{tenant_id}/keys", **{"name": role, "role": role, **fields}
        )
        return str(made["key"])

    async def try_login(self, **wanted: str) -> httpx.Response:
        """Try to log in."""
        wanted.setdefault("password", PASSWORD)
        return await self.ask("POST", "/api/auth/login", json=wanted)

    async def login(self, **wanted: str) -> "AccessHttp":
        """Log in, and return who one is then."""
        return self.holding(data_of(await self.try_login(**wanted))["token"])

    async def is_let_in(self) -> bool:
        """Whether the token is good for anything; anything but yes and no fails the test."""
        answer = await self.ask("GET", "/api/auth/me")
        assert answer.status_code in (200, 401, 403), answer.text
        return answer.status_code == 200


def data_of(answer: httpx.Response) -> Any:
    """Return the data of a success, None of an empty one."""
    assert answer.is_success, answer.text
    return answer.json()["data"] if answer.content else None


def code_of(answer: httpx.Response) -> str:
    """Return the code of a refusal."""
    return str(answer.json()["error"]["code"])


def grant_of(token: str) -> str:
    """Return the id in a token."""
    return token.split("_")[1]


def secret_of(token: str) -> str:
    """Return the part of a token that nobody else may know."""
    return token.split("_", 2)[2]


async def rows_of(node: Node, table: str, **where: str) -> list[dict[str, Any]]:
    """Return the rows of a table as they are stored."""
    return await node.app.database.read(_TEST, _read_rows, table, where)


async def events_of(node: Node, tenant_id: str | None = None) -> list[RecordedEvent]:
    """Return what happened in a tenant, or in all, in order."""
    events: list[RecordedEvent] = []
    while page := await node.log.read(after=events[-1].position if events else 0):
        events += page
    return [event for event in events if tenant_id in (None, event.tenant_id)]


async def types_of(node: Node, tenant_id: str) -> list[str]:
    """Return the types of what happened in a tenant, without prefix and version."""
    return [event.type.split(".")[1] for event in await events_of(node, tenant_id)]


def told_by(event: RecordedEvent) -> dict[str, Any]:
    """Return what an event says."""
    told: dict[str, Any] = msgspec.json.decode(event.data)
    return told


@asynccontextmanager
async def two_nodes(url: str, folder: Path, **settings: Any) -> AsyncIterator[tuple[Node, Node]]:
    """Run two nodes on one database."""
    folders = folder / "one", folder / "other"
    for each in folders:
        each.mkdir()
    settings = {"MASTER_KEY": MASTER_KEY, **settings}
    async with (
        running_node(url=url, folder=folders[0], **settings) as one,
        running_node(url=url, folder=folders[1], **settings) as other,
    ):
        yield one, other


def _read_rows(tx: Transaction, table: str, where: dict[str, str]) -> list[dict[str, Any]]:
    cursor = tx.connection.execute(f"SELECT * FROM {table}")
    rows = list(cursor)
    # An apsw cursor tells nothing once it is at its end, so the names are asked for apart.
    names = _names(tx, table)
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [row for row in found if where.items() <= row.items()]


def _names(tx: Transaction, table: str) -> list[str]:
    if tx.dialect == "sqlite":
        return [row[1] for row in tx.connection.execute(f"PRAGMA table_info({table})")]
    return [column.name for column in tx.connection.execute(f"SELECT * FROM {table}").description]
