"""The routes of settings, each under `/config` and `/v1/config`."""

from typing import Annotated, Any

from litestar import MediaType, Request, Response, Router, delete, get, put
from litestar.params import FromPath, FromQuery, Parameter
from litestar.response import Stream

from tenantry.base import Principal
from tenantry.base.errors import Invalid
from tenantry.base.instant import parse_instant
from tenantry.configs.api.listing import (
    next_link,
    read_cursor,
    read_limit,
    stream_entries,
    stream_pages,
)
from tenantry.configs.api.longpoll import get_or_poll, read_poll
from tenantry.configs.api.one import (
    Caller,
    delete_one,
    moment_to_position,
    put_one,
    reach_awaited,
)
from tenantry.configs.api.reply import accepts_json, entry_reply
from tenantry.configs.api.watch import watch_handlers
from tenantry.configs.errors import ConfigTimestampInvalid
from tenantry.configs.model import ConfigEntry, ConfigRecord
from tenantry.configs.service import ConfigStore, ConfigWatches
from tenantry.web import ActingPrincipal, ActingTenant, Answer, headers_of

TAG = "configs"

At = Annotated[
    str | None,
    Parameter(description="A position of the log, or an ISO 8601 instant with an offset."),
]
Limit = Annotated[int | None, Parameter(description="At most so many; `Link` leads to the next.")]
Wait = Annotated[
    str | None,
    Parameter(description="Wait so long for another version: 1s to 60s, or in ms."),
]
Version = Annotated[
    str | None,
    Parameter(description="The version that the reader has: 3, global:3, or 0 for none."),
]
Cursor = Annotated[str | None, Parameter(description="Where an earlier page ended.")]
AnyRequest = Request[Any, Any, Any]


def config_handlers(store: ConfigStore, watches: ConfigWatches) -> list[Router]:
    """Return the routers of settings, one a prefix."""
    return [_router(store, watches, prefix=prefix) for prefix in ("/config", "/v1/config")]


def _router(store: ConfigStore, watches: ConfigWatches, *, prefix: str) -> Router:
    @get("/", media_type=MediaType.JSON)
    async def list_configs(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        prefix: FromQuery[str] = "",
        limit: Limit = None,
        cursor: Cursor = None,
        at: At = None,
    ) -> Stream:
        """List the settings by name: what is there, or what was there at a moment."""
        size = read_limit(limit)
        after = read_cursor(cursor)
        wanted = None if size is None else size + 1
        if at is None:
            await reach_awaited(store, headers_of(request.scope))
            found = store.all(principal, tenant_id, prefix=prefix, after=after, limit=wanted)
        else:
            position = await moment_to_position(store, at, field="at")
            found = await _collect(
                store, principal, tenant_id, position, prefix=prefix, after=after, limit=wanted
            )

        headers = {}
        if size is not None and len(found) > size:
            found = found[:size]
            headers["Link"] = next_link(router_path, found[-1], prefix=prefix, limit=size, at=at)
        return Stream(stream_entries(found), media_type=MediaType.JSON, headers=headers)

    @get("/{name:str}")
    async def get_config(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        name: FromPath[str],
        *,
        at: At = None,
        wait: Wait = None,
        version: Version = None,
    ) -> Response[bytes]:
        """Return a setting: its raw value, or with `Accept: application/json` all about it."""
        caller = _caller(request, principal, tenant_id)
        poll = read_poll(wait=wait, version=version, at=at)
        return _response(await get_or_poll(store, watches, caller, name, at=at, poll=poll))

    @put("/{name:str}")
    async def put_config(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        name: FromPath[str],
    ) -> Response[bytes]:
        """Store `{"value": …}`, any JSON, under a name."""
        caller = _caller(request, principal, tenant_id)
        return _response(await put_one(store, caller, name, await request.body()))

    @delete("/{name:str}", status_code=200)
    async def delete_config(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        name: FromPath[str],
    ) -> Response[bytes]:
        """Delete a setting; its history stays."""
        return _response(await delete_one(store, _caller(request, principal, tenant_id), name))

    @get("/{name:str}/history", media_type=MediaType.JSON)
    async def get_history(
        principal: ActingPrincipal, tenant_id: ActingTenant, name: FromPath[str]
    ) -> Stream:
        """Return all that ever happened to a setting, oldest first."""
        pages = aiter(store.history(principal, tenant_id, name))
        # Read before the status is sent, so that what goes wrong is still an error.
        first: list[ConfigRecord] = await anext(pages, [])
        return Stream(stream_pages(pages, first), media_type=MediaType.JSON)

    @get("/{name:str}/at/{timestamp:str}")
    async def get_at(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        name: FromPath[str],
        timestamp: FromPath[str],
    ) -> Response[bytes]:
        """Return a setting as it was at an ISO 8601 instant, what happened then included."""
        try:
            instant = parse_instant(timestamp)
        except Invalid as error:
            raise ConfigTimestampInvalid from error
        position = await store.position_at(instant)
        entry = await store.at(principal, tenant_id, name, position)
        accept = headers_of(request.scope).get(b"accept")
        return _response(entry_reply(entry, as_json=accepts_json(accept)))

    router_path = prefix
    return Router(
        path=prefix,
        route_handlers=[
            list_configs,
            get_config,
            put_config,
            delete_config,
            get_history,
            get_at,
            *watch_handlers(store, watches),
        ],
        tags=[TAG],
    )


async def _collect(
    store: ConfigStore,
    principal: Principal,
    tenant_id: str,
    position: int,
    *,
    prefix: str,
    after: str | None,
    limit: int | None,
) -> list[ConfigEntry]:
    """Read the tree as it was, up to the end of the page."""
    found: list[ConfigEntry] = []
    async for entry in store.all_at(principal, tenant_id, position, prefix=prefix):
        if after is None or entry.name > after:
            found.append(entry)
        if limit is not None and len(found) >= limit:
            break
    return found


def _caller(request: AnyRequest, principal: Principal, tenant_id: str) -> Caller:
    return Caller(principal, tenant_id, headers_of(request.scope))


def _response(answer: Answer) -> Response[bytes]:
    return Response(
        content=answer.body,
        status_code=answer.status,
        headers={name.decode(): value.decode("latin-1") for name, value in answer.headers},
    )
