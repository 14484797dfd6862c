"""The hot door: GET and PUT of one name, answered without the framework.

Everything else, and the same two with a query string, passes on to the ordinary routes; both call
the same functions, and a test holds the two doors against each other.
"""

from typing import Final
from urllib.parse import unquote_to_bytes

from tenantry.base import Clock
from tenantry.base.errors import TenantryError
from tenantry.configs.api.body import MAX_BODY_BYTES
from tenantry.configs.api.one import Caller, get_one, put_one
from tenantry.configs.errors import ConfigValueTooLarge
from tenantry.configs.model import RESERVED_NAMES
from tenantry.configs.service import ConfigStore
from tenantry.web import (
    ROUTE_KEY,
    Answer,
    AsgiApp,
    AsgiScope,
    Authenticator,
    Receive,
    RequestLimits,
    Send,
    Tenancy,
    admit_origin,
    answer_error,
    client_address_of,
    headers_of,
    send_answer,
)

_PREFIXES: Final = ((b"/config/", "/config/{name}"), (b"/v1/config/", "/v1/config/{name}"))


class ConfigDoor:
    """ASGI middleware in front of `app`; it trusts the frame to have checked path and length."""

    def __init__(
        self,
        app: AsgiApp,
        *,
        store: ConfigStore,
        authenticator: Authenticator,
        tenancy: Tenancy,
        clock: Clock,
        limits: RequestLimits | None = None,
    ) -> None:
        self._app = app
        self._store = store
        self._authenticator = authenticator
        self._tenancy = tenancy
        self._clock = clock
        self._limits = limits

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer a hot request, or pass it on."""
        name = _hot_name(scope) if scope["type"] == "http" else None
        if name is None:
            await self._app(scope, receive, send)
            return

        try:
            answer = await self._answer(scope, receive, name)
        except TenantryError as error:
            answer = answer_error(error, scope, clock=self._clock)
        await send_answer(send, answer)

    async def _answer(self, scope: AsgiScope, receive: Receive, name: str) -> Answer:
        headers, address = headers_of(scope), client_address_of(scope)
        principal = self._authenticator.recognise(headers, address)
        if principal is None:
            principal = await self._authenticator.authenticate(headers, address)
        tenant_id = self._tenancy.resolve(headers.get(b"x-tenant-id"), principal)
        admit_origin(scope, tenant_id)
        if self._limits is not None:
            await self._limits.admit(scope, principal, tenant_id)
        caller = Caller(principal, tenant_id, headers)

        if scope["method"] == "GET":
            return await get_one(self._store, caller, name)
        return await put_one(self._store, caller, name, await _read_body(receive))


def _hot_name(scope: AsgiScope) -> str | None:
    """Return the name that a hot request is about, None for any other request."""
    if scope["query_string"] or scope["method"] not in ("GET", "PUT"):
        return None

    raw_path: bytes = scope["raw_path"]
    for prefix, route in _PREFIXES:
        if raw_path.startswith(prefix):
            segment = raw_path[len(prefix) :]
            if not segment or b"/" in segment:
                return None
            name = unquote_to_bytes(segment).decode()
            if name in RESERVED_NAMES:
                # A route of its own.
                return None
            scope[ROUTE_KEY] = route
            return name
    return None


async def _read_body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body

    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            raise ConfigValueTooLarge(
                field="body", got=f"over {MAX_BODY_BYTES} bytes", wants="a shorter value"
            )
    return b"".join(parts)
