"""`updater_routes`: the routes of updaters, mounted in another program's ASGI application."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import quote

from tenantry.database_updater.place import Place
from tenantry.database_updater.running import last_place
from tenantry.sdk.errors import RequestFailed
from tenantry.sdk.reply import Reply

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PREFIX: Final = "/api/database-updater"
_MAX_BODY_BYTES: Final = 1024 * 1024
_SAFE: Final = "/:@!$&'()*+,;=-._~"
_PASSED: Final = frozenset(
    {"accept", "authorization", "content-type", "x-correlation-id", "x-request-id", "x-tenant-id"}
)
_KEPT: Final = frozenset(
    {
        "cache-control",
        "content-type",
        "retry-after",
        "www-authenticate",
        "x-correlation-id",
        "x-request-id",
    }
)


class UpdaterRoutes:
    """An ASGI application that hands requests to the updaters that began last in this process.

    It is mounted under any path; what stands behind that is what stands behind
    `/api/database-updater` elsewhere. Who asks shows an API key of Tenantry, as there. While no
    updaters run, the answer is 503.
    """

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request; raises `RuntimeError` for what is none of HTTP."""
        if scope["type"] != "http":
            raise RuntimeError(f"got {scope['type']}, wants http: mount it in an application")
        place, target = last_place(), _target(scope)
        if place is None:
            return await _refuse(send, 503, "not_running", "no updaters run in this process")
        if target is None:
            return await _refuse(send, 404, "not_found", "there is no such route")
        body = await _read(receive)
        if body is None:
            return await _refuse(send, 413, "too_large", "a body is 1 MB at most")
        try:
            reply = await asyncio.to_thread(_forwarded, place, scope, target, body)
        except RequestFailed as error:
            return await _refuse(send, 503, error.code, error.message)
        headers = {name: value for name, value in reply.headers.items() if name in _KEPT}
        return await _send(send, reply.status, headers, reply.body)


updater_routes: Final = UpdaterRoutes()
"""The routes, to be mounted."""


def _forwarded(place: Place, scope: Message, target: str, body: bytes) -> Reply:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in scope["headers"]
        if name.decode("latin-1").lower() in _PASSED
    }
    return place.forward(scope["method"], target, headers, body or None)


def _target(scope: Message) -> str | None:
    """Return path and query as a server has them; None for a path that leads somewhere else."""
    path = scope["path"]
    for prefix in (scope.get("root_path") or "", PREFIX):
        if prefix and path.startswith(prefix):
            path = path.removeprefix(prefix)
    if {".", ".."} & set(path.split("/")):
        return None
    path = quote(f"{PREFIX}/{path.strip('/')}", safe=_SAFE)
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{path}?{query}" if query else path


async def _read(receive: Receive) -> bytes | None:
    """Return the body; None where it is too large."""
    parts, size, is_more = [], 0, True
    while is_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        part = message.get("body", b"")
        size += len(part)
        if size > _MAX_BODY_BYTES:
            return None
        parts.append(part)
        is_more = message.get("more_body", False)
    return b"".join(parts)


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    error = {"success": False, "error": {"code": code, "message": message}}
    headers = {"content-type": "application/json"}
    if status == 503:  # noqa: PLR2004 - it passes
        headers["retry-after"] = "1"
    await _send(send, status, headers, json.dumps(error).encode())


async def _send(send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
    sent = {**headers, "content-length": str(len(body))}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
