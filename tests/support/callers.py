"""Whoever asks a node: root, or the holder of a key or a session."""

from typing import Any

import httpx
import msgspec

from tests.support.nodes import Node

PASSWORD = "correct horse battery"


class Caller:
    """Asks a node with a token, or as root without one: the nodes of tests are in development."""

    def __init__(self, node: Node, token: str | None = None) -> None:
        self.node = node
        self.token = token

    def on(self, node: Node) -> "Caller":
        """Return the same one, who asks another node."""
        return Caller(node, self.token)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say who asks."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a request; a header `if_match` is `If-Match`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else msgspec.json.encode(body)
        return await self.node.http.request(
            method, path, content=content, headers={**self.headers, **sent}
        )

    async def told(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request that is bound to succeed, and return what its envelope holds."""
        answer = await self.ask(method, path, body, **headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        if not answer.headers.get("content-type", "").startswith("application/json"):
            return answer.text
        found = answer.json()
        return found["data"] if isinstance(found, dict) and "data" in found else found

    async def status(self, method: str, path: str, body: Any = None, **headers: str) -> int:
        """Send a request, and return the status alone."""
        return (await self.ask(method, path, body, **headers)).status_code


async def add_tenant(node: Node, tenant_id: str, **said: Any) -> Any:
    """Make a tenant."""
    body = {"id": tenant_id, "name": tenant_id.title(), **said}
    return await Caller(node).told("POST", "/api/tenants", body)


async def add_user(
    node: Node,
    tenant_id: str,
    email: str,
    *,
    role: str | None = "admin",
    password: str | None = PASSWORD,
    **said: Any,
) -> Any:
    """Make somebody a member, as root; with the password of all tests where they are new."""
    body = {"email": email, "role": role, "password": password, **said}
    answer = await Caller(node).ask("POST", f"/api/tenants/{tenant_id}/users", body)
    if answer.status_code == 403:
        body = {"email": email, "role": role}
        answer = await Caller(node).ask("POST", f"/api/tenants/{tenant_id}/users", body)
    assert answer.is_success, answer.text
    return answer.json()["data"]


async def add_key(node: Node, tenant_id: str, *, role: str = "admin", name: str = "k") -> Any:
    """Make a key, as root; its text is in `key`."""
    body = {"name": name, "role": role}
    return await Caller(node).told("POST", f"/api/tenants/{tenant_id}/keys", body)


async def holder_of_key(node: Node, tenant_id: str, *, role: str = "admin") -> Caller:
    """Return the holder of a new key."""
    return Caller(node, (await add_key(node, tenant_id, role=role))["key"])


async def log_in(
    node: Node, email: str, *, tenant: str | None = None, password: str = PASSWORD
) -> Caller:
    """Return the holder of a new session."""
    body = {"email": email, "password": password, "tenant": tenant}
    session = await Caller(node).told("POST", "/api/auth/login", body)
    return Caller(node, session["token"])
