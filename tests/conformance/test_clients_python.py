"""The entry points for programs that run the application themselves."""

from typing import Any

import pytest

from tenantry.clients import ClientContext, RouteSyncResult
from tests.support.client_http import ClientHttp, shop
from tests.support.nodes import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="module")

TUPLES: dict[str, Any] = {
    "key": "shop",
    "routes": ({"path": "/", "args": ({"key": "sizes", "value": {"sizes": (1, 2)}},)},),
}


def context_of(clients: ClientHttp) -> ClientContext:
    return ClientContext(principal=ROOT, tenant_id=clients.tenant_id or "")


async def test_a_program_may_declare_with_tuples_and_changes_nothing_the_second_time(
    clients: ClientHttp,
) -> None:
    app, context = clients.node.app.clients, context_of(clients)

    first = await app.upsert_from_config(TUPLES, context)
    again = await app.upsert_from_config(TUPLES, context)
    again_as_json = await app.upsert_from_config({**TUPLES, "name": "shop"}, context)

    assert (first.revision, first.changed, first.routes.added) == (1, True, 1)
    assert (again.revision, again.changed, again.routes.unchanged) == (1, False, 1)
    assert (again_as_json.revision, again_as_json.routes.unchanged) == (2, 1)


async def test_without_a_context_it_is_done_for_the_default_tenant(clients: ClientHttp) -> None:
    result = await clients.node.app.clients.upsert_from_config(shop(key=f"of-{clients.tenant_id}"))

    assert (result.tenant, result.revision) == ("default", 1)


async def test_routes_are_synchronized_past_those_that_fail_and_nothing_else_is_touched(
    clients: ClientHttp,
) -> None:
    await clients.apply(shop())
    home, *_ = shop()["routes"]
    routes = [{**home, "title": "Start"}, {"path": "/new"}, {"path": "/wrong", "titel": "x"}]

    result = await clients.node.app.clients.synchronize_routes("shop", routes, context_of(clients))

    (error,) = result.errors
    assert (error.route_key, error.error_type) == ("/wrong", "validation_failed")
    assert result == RouteSyncResult(
        added=1, updated=1, removed=2, unchanged=0, errors=result.errors
    )
    assert (await clients.exported())["menus"] == shop()["menus"]
