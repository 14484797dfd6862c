"""The routes of one setting, below its name."""

from litestar import MediaType, Response, delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Stream

from tenantry.base.errors import Invalid
from tenantry.base.instant import parse_instant
from tenantry.configs.api.answering import AnyRequest, SettingName, caller_of, response_of
from tenantry.configs.api.explaining import explanation_reply
from tenantry.configs.api.listing import stream_pages
from tenantry.configs.api.longpoll import get_or_poll, read_poll
from tenantry.configs.api.many import read_rollback_of_one, rollback_reply
from tenantry.configs.api.one import (
    delete_one,
    entry_answer,
    explain_one,
    idempotency_of,
    put_one,
)
from tenantry.configs.api.questions import (
    At,
    Explain,
    LayerOnly,
    Shred,
    Version,
    Wait,
    read_layer,
)
from tenantry.configs.api.schemas import name_schema_handlers
from tenantry.configs.errors import ConfigTimestampInvalid
from tenantry.configs.model import ConfigRecord  # noqa: TC001 - as its neighbours
from tenantry.configs.service import ConfigStore, ConfigWatches
from tenantry.web import ActingPrincipal, ActingTenant


def one_handlers(store: ConfigStore, watches: ConfigWatches) -> list[HTTPRouteHandler]:
    """Return the handlers of one setting, for a router that provides its name as `setting`."""

    @get("/")
    async def get_config(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        setting: SettingName,
        *,
        at: At = None,
        layer: LayerOnly = None,
        explain: Explain = False,
        wait: Wait = None,
        version: Version = None,
    ) -> Response[bytes]:
        """Return a setting: its raw value, or with `Accept: application/json` all about it."""
        caller = caller_of(request, principal, tenant_id)
        own_only, poll = read_layer(layer), read_poll(wait=wait, version=version, at=at)
        if explain:
            # At once, and of both layers, whatever else was asked for.
            explanation = await explain_one(store, caller, setting, at=at)
            return response_of(explanation_reply(explanation, tenant_id=tenant_id))
        answer = await get_or_poll(
            store, watches, caller, setting, at=at, own_only=own_only, poll=poll
        )
        return response_of(answer)

    @put("/")
    async def put_config(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        setting: SettingName,
    ) -> Response[bytes]:
        """Store `{"value": …}`, any JSON, under a name."""
        caller = caller_of(request, principal, tenant_id)
        return response_of(await put_one(store, caller, setting, await request.body()))

    @delete("/", status_code=200)
    async def delete_config(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        setting: SettingName,
        *,
        shred: Shred = False,
    ) -> Response[bytes]:
        """Delete a setting; its history stays, and its secrets too, unless they are shredded."""
        caller = caller_of(request, principal, tenant_id)
        return response_of(await delete_one(store, caller, setting, is_shredded=shred))

    @get("/history", media_type=MediaType.JSON)
    async def get_history(
        principal: ActingPrincipal, tenant_id: ActingTenant, setting: SettingName
    ) -> Stream:
        """Return all that ever happened to a setting, oldest first."""
        pages = aiter(store.history(principal, tenant_id, setting))
        # Read before the status is sent, so that what goes wrong is still an error.
        first: list[ConfigRecord] = await anext(pages, [])
        return Stream(stream_pages(pages, first), media_type=MediaType.JSON)

    @get("/at/{timestamp:str}")
    async def get_at(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        setting: SettingName,
        timestamp: FromPath[str],
    ) -> Response[bytes]:
        """Return a setting as it was at an ISO 8601 instant, what happened then included."""
        try:
            instant = parse_instant(timestamp)
        except Invalid as error:
            raise ConfigTimestampInvalid from error
        position = await store.position_at(instant)
        entry = await store.at(principal, tenant_id, setting, position)
        caller = caller_of(request, principal, tenant_id)
        return response_of(await entry_answer(store, caller, entry))

    @post("/rollback", status_code=200)
    async def rollback_config(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        setting: SettingName,
    ) -> Response[bytes]:
        """Restore a setting, and its schema, as they were at a version, by a new change."""
        caller = caller_of(request, principal, tenant_id)
        body = await request.body()
        report = await store.rollback(
            principal,
            tenant_id,
            setting,
            read_rollback_of_one(body),
            idempotency=await idempotency_of(
                store, caller, method="POST", path=f"{setting}/rollback", body=body
            ),
        )
        return response_of(rollback_reply(report))

    return [
        get_config,
        put_config,
        delete_config,
        get_history,
        get_at,
        rollback_config,
        *name_schema_handlers(store.schemas),
    ]
