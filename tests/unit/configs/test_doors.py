"""Whom the doors of the settings let in, and what each of them leaves to the next."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
import pytest_asyncio

from tenantry.base import Principal
from tenantry.base.errors import Unauthenticated
from tenantry.configs.api import ConfigDoor, ConfigQuickDoor
from tenantry.web import Authenticator, Cors, Frame, Headers, Tenancy, TrustedProxies
from tests.support.nodes import ROOT, Node, principal, running_node
from tests.support.web import client_of

PAGE = "https://shop.example"
NAME = b"/config/greeting"
SOMEBODY = principal("default", "configs:read", "configs:write")


class Remembering:
    """Knows `ada` by heart, and has to look `grace` up."""

    def __init__(self) -> None:
        self.looked_up_count = 0
        self.addresses: list[str] = []

    def recognise(self, headers: Headers, client_address: str) -> Principal | None:
        self.addresses.append(client_address)
        if headers.get(b"authorization") == b"ada":
            return msgspec.structs.replace(SOMEBODY, source=client_address)
        if headers.get(b"authorization") == b"grace":
            return None
        raise Unauthenticated(f"nobody from {client_address}")

    async def authenticate(self, headers: Headers, client_address: str) -> Principal:
        self.looked_up_count += 1
        return self.recognise(headers, client_address) or SOMEBODY


class OneOrigin:
    """The tenant `default` has one origin."""

    def is_known(self, origin: str) -> bool:
        return origin == PAGE

    def is_of(self, origin: str, tenant_id: str) -> bool:
        return (origin, tenant_id) == (PAGE, "default")


@pytest_asyncio.fixture
async def node(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Node]:
    async with running_node(url=sqlite_url, folder=tmp_path) as node:
        await node.store.put(ROOT, "default", "greeting", "hello")
        yield node


@pytest.fixture
def authenticator() -> Remembering:
    return Remembering()


@pytest.fixture
def quick(node: Node, authenticator: Remembering) -> ConfigQuickDoor:
    return quick_door(node, authenticator)


def quick_door(
    node: Node, authenticator: Authenticator, *, proxies: TrustedProxies | None = None
) -> ConfigQuickDoor:
    return ConfigQuickDoor(
        store=node.store,
        authenticator=authenticator,
        accounts=node.app.accounts,
        tenancy=Tenancy(default_tenant="default"),
        clock=node.clock,
        proxies=proxies,
    )


@pytest.fixture
def http(node: Node, authenticator: Remembering) -> httpx.AsyncClient:
    """A client of the hot door, with nothing behind it."""
    door = ConfigDoor(
        _nothing_behind,
        store=node.store,
        authenticator=authenticator,
        tenancy=Tenancy(default_tenant="default"),
        clock=node.clock,
    )
    cors = Cors(origins=OneOrigin())
    return client_of(Frame(door, accounts=node.app.accounts, clock=node.clock, cors=cors))


async def _nothing_behind(*_: object) -> None:
    raise AssertionError("it was passed on")


async def test_who_is_recognised_is_answered_at_once_by_both_doors(
    quick: ConfigQuickDoor, http: httpx.AsyncClient, authenticator: Remembering
) -> None:
    headers = [(b"authorization", b"ada")]

    assert quick.get(NAME, headers, "10.0.0.1") is not None
    assert quick.put(NAME, headers, "10.0.0.1") is not None
    answer = await http.get("/config/greeting", headers={"Authorization": "ada"})
    assert answer.text == "hello"
    assert authenticator.looked_up_count == 0


async def test_who_must_be_looked_up_is_for_the_door_that_can_wait(
    quick: ConfigQuickDoor, http: httpx.AsyncClient, authenticator: Remembering
) -> None:
    headers = [(b"authorization", b"grace")]

    assert quick.get(NAME, headers, "10.0.0.1") is None
    assert quick.put(NAME, headers, "10.0.0.1") is None
    answer = await http.get("/config/greeting", headers={"Authorization": "grace"})
    assert answer.text == "hello"
    assert authenticator.looked_up_count == 1


async def test_who_is_refused_at_once_is_told_so_by_the_door_that_can(
    quick: ConfigQuickDoor, http: httpx.AsyncClient, authenticator: Remembering
) -> None:
    assert quick.get(NAME, [], "10.0.0.1") is None
    assert quick.put(NAME, [], "10.0.0.1") is None
    answer = await http.get("/config/greeting")
    assert (answer.status_code, answer.text) == (401, "nobody from 127.0.0.1")
    assert authenticator.looked_up_count == 0


async def test_the_quick_door_sees_the_client_of_a_proxy(
    node: Node, authenticator: Remembering
) -> None:
    quick = quick_door(node, authenticator, proxies=TrustedProxies(["10.0.0.1"]))
    lines = [(b"x-forwarded-for", b"203.0.113.7"), (b"x-forwarded-for", b"10.0.0.1")]
    headers = [(b"authorization", b"ada"), *lines]

    assert quick.get(NAME, headers, "10.0.0.1") is not None
    assert quick.get(NAME, headers, "10.0.0.2") is not None
    respond = quick.put(NAME, headers, "10.0.0.1")
    assert respond is not None
    await respond(b'{"value":"hi"}')

    assert authenticator.addresses == ["203.0.113.7", "10.0.0.2", "203.0.113.7"]
    (_, changed) = await node.configs().history("greeting")
    assert changed["metadata"]["source"] == "203.0.113.7"


async def test_what_a_page_asks_is_left_to_the_door_that_tells_its_browser(
    quick: ConfigQuickDoor, http: httpx.AsyncClient
) -> None:
    headers = [(b"authorization", b"ada"), (b"origin", PAGE.encode())]

    assert quick.get(NAME, headers, "10.0.0.1") is None
    assert quick.put(NAME, headers, "10.0.0.1") is None
    answer = await http.get("/config/greeting", headers={"Authorization": "ada", "Origin": PAGE})
    assert (answer.status_code, answer.text) == (200, "hello")
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers.get_list("vary") == ["accept", "origin"]


async def test_the_hot_door_refuses_pages_of_other_origins(http: httpx.AsyncClient) -> None:
    headers = {"Authorization": "ada", "Origin": "https://evil.example"}

    read = await http.get("/config/greeting", headers={**headers, "Accept": "application/json"})
    write = await http.put("/config/greeting", headers=headers, json={"value": "mine"})

    assert (read.status_code, read.json()["error"]["code"]) == (403, "origin_denied")
    assert write.status_code == 403
    assert "access-control-allow-origin" not in read.headers
    assert (await http.get("/config/greeting", headers={"Authorization": "ada"})).text == "hello"
