"""Answers about access as a server gives them, and both clients doing the same steps with them."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from tenantry.sdk import AccessClient, AsyncAccessClient, Retry
from tests.support.scripted import Exchange, Script, ScriptedServer

AT: Final = "2024-01-15T12:00:00.000000Z"
NOON: Final = datetime(2024, 1, 15, 12, tzinfo=UTC)

TENANT_JSON: Final[dict[str, Any]] = {
    "id": "acme",
    "name": "Acme",
    "status": "active",
    "created_at": AT,
    "origins": ["https://a.example"],
    "sandbox": True,
}
USER_JSON: Final[dict[str, Any]] = {
    "id": "u1",
    "email": "ada@example.com",
    "username": None,
    "first_name": None,
    "last_name": None,
    "created_at": AT,
}
MEMBER_JSON: Final[dict[str, Any]] = {
    **USER_JSON,
    "role": "editor",
    "applications": [{"client_key": "shop", "roles": ["USER"]}],
    "is_owned": True,
}
KEY_JSON: Final[dict[str, Any]] = {
    "id": "k1",
    "tenant_id": "acme",
    "name": "ci",
    "role": "viewer",
    "created_at": AT,
    "created_by": "user:u1",
    "expires_at": None,
    "last_used_at": None,
}
NEW_KEY_JSON: Final[dict[str, Any]] = {**KEY_JSON, "key": "tnk_k1_hush"}
SESSION_JSON: Final[dict[str, Any]] = {
    "token": "tns_s1_hush",
    "expires_at": AT,
    "user": USER_JSON,
    "tenant": TENANT_JSON,
    "sync": None,
}
PRINCIPAL_JSON: Final[dict[str, Any]] = {
    "id": "user:u1",
    "kind": "user",
    "role": "editor",
    "permissions": ["configs:read", "configs:write"],
    "tenant": TENANT_JSON,
    "user": USER_JSON,
    "memberships": [{"tenant_id": "acme", "role": "editor", "applications": []}],
}
AUDIT_JSON: Final[dict[str, Any]] = {
    "position": 7,
    "at": AT,
    "tenant_id": "acme",
    "actor": "user:u1",
    "action": "tenants.key_created",
    "subject": "key-k1",
    "source": "api",
    "correlation_id": "r1",
    "details": {"role": "viewer"},
}

QUICK: Final = Retry(attempts=4, first_seconds=0.001, most_seconds=0.01)
OLD, NEW = "correct horse", "battery staple"
CREDENTIALS = {"email": "ada@example.com", "password": OLD}
OTHER_SESSION_JSON = {
    **SESSION_JSON,
    "token": "tns_s2_hush",
    "tenant": {**TENANT_JSON, "id": "beta"},
}

Do = Callable[[Any], Any]
"""What is done with a client; a list comes as a list."""

Doing = Callable[..., list[Any]]
"""Does steps with a new client, and returns what came of each."""


class NeverRaised(Exception):
    """What a test does not expect ends it."""


def do_sync(
    server: ScriptedServer, *steps: Do, catching: type[Exception] = NeverRaised, **options: Any
) -> list[Any]:
    results: list[Any] = []
    with AccessClient(server=server.address, retry=QUICK, **options) as client:
        for step in steps:
            try:
                results.append(_taken(step(client)))
            except catching as error:
                results.append(error)
    return results


def do_async(
    server: ScriptedServer, *steps: Do, catching: type[Exception] = NeverRaised, **options: Any
) -> list[Any]:
    async def done() -> list[Any]:
        results: list[Any] = []
        async with AsyncAccessClient(server=server.address, retry=QUICK, **options) as client:
            for step in steps:
                try:
                    results.append(await _awaited(step(client)))
                except catching as error:
                    results.append(error)
        return results

    return asyncio.run(done())


def _taken(value: Any) -> Any:
    return list(value) if isinstance(value, Iterable) else value


async def _awaited(value: Any) -> Any:
    if isinstance(value, AsyncIterable):
        return [item async for item in value]
    return await value if isinstance(value, Awaitable) else value


def login(client: Any) -> Any:
    return client.login(**CREDENTIALS)


def logout(client: Any) -> Any:
    return client.logout()


def refresh(client: Any) -> Any:
    return client.refresh()


def me(client: Any) -> Any:
    return client.me()


def add(client: Any) -> Any:
    return client.users.add("ada@example.com", tenant="acme")


def remove(client: Any) -> Any:
    return client.users.remove("u1", tenant="acme")


def revoke(client: Any) -> Any:
    return client.keys.revoke("k1", tenant="acme")


def giving(data: Any, status: int = 200, **headers: str) -> Script:
    return lambda exchange: exchange.reply(status, {"success": True, "data": data}, **headers)


def listing(*items: Any, cursor: str | None = None) -> Script:
    return giving({"items": items, "next_cursor": cursor})


def failing(status: int, code: str, **more: Any) -> Script:
    return lambda exchange: exchange.fail(status, code, "it is so", **more)


def nothing(exchange: Exchange) -> None:
    exchange.reply(204)


def dropped(exchange: Exchange) -> None:
    exchange.drop()


def unavailable(exchange: Exchange) -> None:
    exchange.fail(503, "not_ready")


def limited(exchange: Exchange) -> None:
    exchange.fail(429, "rate_limited", headers={"retry_after": "0"})


logged_in = giving(SESSION_JSON)
known = giving(PRINCIPAL_JSON)


def asked(server: ScriptedServer) -> list[tuple[str, str, str | None]]:
    return [(seen.method, seen.target, seen.headers.get("authorization")) for seen in server.seen]
