"""Pages of other origins: each is let in to the tenants that it belongs to, and to no other."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.access_http import AccessHttp
from tests.support.client_http import ClientHttp, paths_of, shop
from tests.support.nodes import running_node

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOCAL_TOKEN = "local-token"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed(
    module_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AccessHttp]:
    """Root on a node on which everybody has to prove who they are."""
    folder = tmp_path_factory.mktemp("closed")
    async with running_node(
        url=module_url, folder=folder, local_token=LOCAL_TOKEN, DEV=False, NODE_ENV="test"
    ) as node:
        yield AccessHttp(node, LOCAL_TOKEN, address="127.0.0.1")


@pytest_asyncio.fixture(loop_scope="module")
async def clients(closed: AccessHttp, acme: str) -> ClientHttp:
    """Root, who declares clients of a tenant of its own."""
    await closed.tenant(acme)
    return ClientHttp(closed.node, closed, acme)


def origin_of(clients: ClientHttp, name: str = "pages") -> str:
    return f"https://{name}.{clients.tenant_id}.example"


def nobody(clients: ClientHttp) -> ClientHttp:
    """Return whoever has not logged in, and names no tenant."""
    return ClientHttp(clients.node, AccessHttp(clients.node), None)


async def asked(clients: ClientHttp, **options: Any) -> tuple[int, Any]:
    """Ask for the front end without naming a tenant, and return status and paths."""
    answer = await nobody(clients).ask("GET", "/shop/app", **options)
    return answer.status_code, paths_of(answer.json()["data"]) if answer.is_success else None


async def test_the_tenant_is_that_of_the_page_whose_client_or_tenant_has_the_origin(
    clients: ClientHttp,
) -> None:
    await clients.apply(shop(whitelist=[origin_of(clients)]))
    await clients.who.patch(
        f"/api/tenants/{clients.tenant_id}", origins=[origin_of(clients, "tenant")]
    )

    for name in ("pages", "tenant"):
        headers = {"Origin": origin_of(clients, name)}
        answer = await nobody(clients).ask("GET", "/shop/app", headers=headers)
        assert answer.status_code == 200, (name, answer.text)
        assert paths_of(answer.json()["data"]) == ["/"]
        assert answer.headers["access-control-allow-origin"] == headers["Origin"]
        assert "origin" in answer.headers["vary"].lower()


async def test_a_whitelist_may_name_hosts_as_the_originals_do(clients: ClientHttp) -> None:
    host = f"hosts.{clients.tenant_id}.example"
    await clients.apply(shop(whitelist=[f"{host.upper()}/"]))

    for scheme in ("https", "http"):
        headers = {"Origin": f"{scheme}://{host}"}
        assert await asked(clients, headers=headers) == (200, ["/"])


async def test_an_origin_of_one_tenant_is_none_of_another(clients: ClientHttp) -> None:
    # Q16: what one client whitelists is not let in to the others.
    other = clients.of(await clients.who.tenant(f"{clients.tenant_id}-other"))
    await clients.apply(shop(whitelist=[origin_of(clients)]))
    await other.apply(shop(name="Other"))

    headers = {"Origin": origin_of(clients)}
    query = {"tenant": other.tenant_id}
    answer = await nobody(clients).ask("GET", "/shop/app", headers=headers, params=query)

    assert answer.status_code == 403, answer.text
    assert "access-control-allow-origin" not in answer.headers or "data" not in answer.json()
    strange = {"Origin": "https://evil.example"}
    for query in ({}, {"tenant": clients.tenant_id}):
        answer = await nobody(clients).ask("GET", "/shop/app", headers=strange, params=query)
        assert answer.status_code in (403, 404), answer.text
        assert "access-control-allow-origin" not in answer.headers


async def test_an_origin_that_is_taken_from_the_whitelist_is_refused_at_once(
    clients: ClientHttp,
) -> None:
    await clients.apply(shop(whitelist=[origin_of(clients)]))
    headers = {"Origin": origin_of(clients)}
    assert (await asked(clients, headers=headers))[0] == 200

    await clients.apply(shop(whitelist=[origin_of(clients, "new")]))

    assert (await asked(clients, headers=headers))[0] in (403, 404)
    assert (await asked(clients, headers={"Origin": origin_of(clients, "new")}))[0] == 200


async def test_an_origin_of_two_tenants_tells_of_neither(clients: ClientHttp) -> None:
    other = clients.of(await clients.who.tenant(f"{clients.tenant_id}-other"))
    for each in (clients, other):
        await each.apply(shop(whitelist=[origin_of(clients)]))
    headers = {"Origin": origin_of(clients)}

    assert (await asked(clients, headers=headers))[0] == 404
    named = {"tenant": other.tenant_id}
    assert (await asked(clients, headers=headers, params=named))[0] == 200
