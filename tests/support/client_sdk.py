"""Answers about clients as a server gives them, and both of the SDK's clients asking for them."""

import asyncio
from collections.abc import AsyncIterable, Callable, Iterable
from typing import Any, Final

from tenantry.sdk import AsyncClientsClient, ClientsClient, Retry
from tests.support.scripted import Exchange, Script, ScriptedServer

AT: Final = "2026-07-20T08:00:00.000000Z"
SHOP: Final[dict[str, Any]] = {"key": "shop", "name": "Shop", "routes": [{"path": "/"}]}
COUNTS: Final = {
    "routes": {"added": 1, "updated": 0, "moved": 0, "removed": 0, "unchanged": 2},
    "menus": {},
}
RESULT: Final[dict[str, Any]] = {
    "key": "shop",
    "tenant": "acme",
    "revision": 4,
    "changed": True,
    "counts": COUNTS,
    "errors": [{"error_type": "processing_error", "message": "no", "path": "$.routes[1]"}],
}
PLAN: Final[dict[str, Any]] = {
    "key": "shop",
    "tenant": "acme",
    "revision": 3,
    "changed": True,
    "counts": COUNTS,
    "routes": {"changes": [{"action": "added", "identity": "home"}], "counts": COUNTS["routes"]},
    "access": {"roles": [{"role": "ANON", "gained": []}], "public": []},
    "guards": [{"code": "would_empty", "message": "menus", "option": "--force"}],
    "plan_hash": "p1",
}
PLANS: Final = {"clients": [PLAN], "plan_hash": "p", "saved": {"format": "tenantry-plan/1"}}
SUMMARY: Final[dict[str, Any]] = {
    "key": "shop",
    "tenant": "acme",
    "name": "Shop",
    "client_id": "c1",
    "revision": 4,
    "digest": "d",
    "applied_at": AT,
    "held_back": [],
}
REVISION: Final[dict[str, Any]] = {
    "revision": 4,
    "applied_at": AT,
    "actor": "user:u1",
    "source": "file",
    "counts": COUNTS,
    "plan_hash": "p1",
    "digest": "d",
}
FINDING: Final = {
    "code": "dead-link",
    "severity": "error",
    "client": "shop",
    "path": "$.menus[0]",
    "message": "no route answers /x",
}
DRIFT: Final = {
    "key": "shop",
    "tenant_id": "acme",
    "base_revision": 3,
    "revision": 4,
    "changes": [{"path": "name", "kind": "changed_live", "owner": "api", "base": 1, "live": 2}],
}
QUICK: Final = Retry(attempts=4, first_seconds=0.001, most_seconds=0.01)

Asking = Callable[..., Any]
"""Calls a method of a new client, and returns what came of it; a list comes as a list."""


def ask_sync(server: ScriptedServer, method: str, *args: Any, **named: Any) -> Any:
    with ClientsClient(server=server.address, token="t", tenant="acme", retry=QUICK) as client:
        answer = getattr(client, method)(*args, **named)
        return list(answer) if isinstance(answer, Iterable) and not _is_value(answer) else answer


def ask_async(server: ScriptedServer, method: str, *args: Any, **named: Any) -> Any:
    async def asked() -> Any:
        async with AsyncClientsClient(
            server=server.address, token="t", tenant="acme", retry=QUICK
        ) as client:
            answer = getattr(client, method)(*args, **named)
            if isinstance(answer, AsyncIterable):
                return [item async for item in answer]
            return await answer

    return asyncio.run(asked())


def giving(data: Any, **headers: str) -> Script:
    return lambda exchange: exchange.reply(200, {"success": True, "data": data}, **headers)


def unchanged(exchange: Exchange) -> None:
    exchange.reply(304, etag='"e1"')


def unavailable(exchange: Exchange) -> None:
    exchange.fail(503, "not_ready")


def dropped(exchange: Exchange) -> None:
    exchange.drop()


def _is_value(answer: Any) -> bool:
    return isinstance(answer, tuple | dict)
