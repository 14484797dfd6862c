"""The routes of many settings: the list, differences, sets of changes, rollback."""

from litestar import MediaType, Response, get, post, route
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from litestar.response import Stream

from tenantry.configs import rules
from tenantry.configs.api.answering import AnyRequest, caller_of, response_of
from tenantry.configs.api.explaining import stream_differences
from tenantry.configs.api.listing import next_link, read_cursor, read_limit, stream_entries
from tenantry.configs.api.many import (
    changes_reply,
    read_changes,
    read_rollback_of_all,
    rollback_reply,
)
from tenantry.configs.api.one import idempotency_of, moment_to_position, reach_awaited
from tenantry.configs.api.questions import At, Cursor, From, LayerOnly, Limit, To, read_layer
from tenantry.configs.service import ConfigStore
from tenantry.web import ActingPrincipal, ActingTenant, headers_of


def tree_handlers(store: ConfigStore, *, path: str) -> list[HTTPRouteHandler]:
    """Return the handlers of many settings, for the router at `path`."""

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
        layer: LayerOnly = None,
    ) -> Stream:
        """List the settings by name: what is there, or what was there at a moment."""
        size, after, own_only = read_limit(limit), read_cursor(cursor), read_layer(layer)
        wanted = None if size is None else size + 1
        await reach_awaited(store, headers_of(request.scope))
        if at is None:
            found = store.all(
                principal, tenant_id, prefix=prefix, after=after, limit=wanted, own_only=own_only
            )
        else:
            found = await store.all_at(
                principal,
                tenant_id,
                await moment_to_position(store, at, field="at"),
                prefix=prefix,
                after=after,
                limit=wanted,
                own_only=own_only,
            )

        headers = {}
        if size is not None and len(found) > size:
            found = found[:size]
            headers["Link"] = next_link(
                path, found[-1], prefix=prefix, limit=size, at=at, layer=layer
            )
        return Stream(stream_entries(found), media_type=MediaType.JSON, headers=headers)

    @get("/diff", media_type=MediaType.JSON)
    async def diff_configs(
        request: AnyRequest,
        principal: ActingPrincipal,
        tenant_id: ActingTenant,
        *,
        from_: From,
        to: To = None,
        prefix: FromQuery[str] = "",
        layer: LayerOnly = None,
    ) -> Stream:
        """Say which settings are not the same at two moments."""
        own_only = read_layer(layer)
        rules.check_prefix(prefix)
        await reach_awaited(store, headers_of(request.scope))
        before = await moment_to_position(store, from_, field="from")
        after = store.position if to is None else await moment_to_position(store, to, field="to")
        found = await store.diff(
            principal, tenant_id, before, after, prefix=prefix, own_only=own_only
        )
        return Stream(
            stream_differences(found, tenant_id=tenant_id),
            media_type=MediaType.JSON,
            headers={"X-Position": str(after)},
        )

    @post("/", status_code=200)
    async def change_configs(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Response[bytes]:
        """Set and delete several settings at once: all of them, or none."""
        caller = caller_of(request, principal, tenant_id)
        body = await request.body()
        commands = read_changes(body)
        written = await store.change(
            principal,
            tenant_id,
            commands,
            idempotency=await idempotency_of(
                store, caller, commands, method="POST", path="", body=body
            ),
        )
        return response_of(changes_reply(written))

    @post("/rollback", status_code=200)
    async def rollback_configs(
        request: AnyRequest, principal: ActingPrincipal, tenant_id: ActingTenant
    ) -> Response[bytes]:
        """Restore all own settings, and their schemas, as they were, by one new change."""
        caller = caller_of(request, principal, tenant_id)
        body = await request.body()
        sent = read_rollback_of_all(body)
        report = await store.rollback_all(
            principal,
            tenant_id,
            sent.to
            if isinstance(sent.to, int)
            else await moment_to_position(store, sent.to, field="to"),
            prefix=sent.prefix,
            expected_position=sent.expected_position,
            idempotency=await idempotency_of(
                store, caller, method="POST", path="/rollback", body=body
            ),
        )
        return response_of(rollback_reply(report))

    @route("/diff", http_method=[HttpMethod.PUT, HttpMethod.DELETE], include_in_schema=False)
    async def refuse_reserved() -> None:
        """Refuse to store or delete what a route has the name of."""
        rules.check_name("diff")

    return [list_configs, diff_configs, change_configs, rollback_configs, refuse_reserved]
