"""Two hot doors stand in front of the routes and answer as those do, header for header."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from tenantry.configs import GLOBAL_TENANT, Idempotency, SchemaTarget, SetConfigValue
from tests.support.doors import ask_quickly
from tests.support.nodes import ROOT, ConfigClient, Node

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"Accept": "application/json"}
PROBLEM = {"Accept": "application/problem+json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KEY = {"Idempotency-Key": "k"}
VALUE = b'{"value":"new"}'

Request = tuple[str, str, dict[str, str], bytes]


def _get(path: str, /, **headers: str) -> Request:
    return "GET", path, headers, b""


def _put(path: str, body: bytes = VALUE, /, **headers: str) -> Request:
    return "PUT", path, headers, body


# Every one is sent to a tenant that holds what `_prepare` stores.
REQUESTS: list[Request] = [
    _get("/text"),
    _get("/text", **JSON),
    _get("/text", **PROBLEM),
    _get("/text", Accept="text/html, application/json;q=0.9"),
    _get("/text", Accept="*/*"),
    _get("/text", **{"If-None-Match": '"2"'}),
    _get("/text", **{"If-None-Match": '"2"'}, **JSON),
    _get("/text", **{"If-None-Match": '"1"'}),
    _get("/text", **{"If-None-Match": "*"}),
    _get("/text", **{"If-None-Match": 'W/"2", "7"'}),
    _get("/text", **{"If-Match": '"9"'}),
    _get("/text", **{"X-Position": "1"}),
    _get("/text", **{"X-Position": "-1"}),
    _get("/text", **{"X-Position": "x"}, **JSON),
    _get("/text", **{"X-Request-ID": "chosen"}),
    _get("/text", Host="evil.example"),
    _get("/text", Host="evil.example", **JSON),
    _get("/text", Origin="https://evil.example"),
    _get("/text", Origin="http://localhost:3000"),
    _get("/text", **{"X-Tenant-ID": "not a tenant"}),
    _get("/text", **{"X-Tenant-ID": "UPPER"}, **JSON),
    _get("/text", **{"X-Tenant-ID": "elsewhere"}),
    _get("/text", Range="bytes=0-1"),
    _get("/empty"),
    _get("/object"),
    _get("/object", **JSON),
    _get("/null"),
    _get("/escaped"),
    _get("/deleted"),
    _get("/deleted", **JSON),
    _get("/nobody"),
    _get("/nobody", **JSON),
    _get("/nobody", **PROBLEM),
    _get("/nobody", Accept="application/json;q=0, text/plain"),
    _get("/nobody", **{"If-None-Match": "*"}),
    _get("/%F0%9F%9A%80"),
    _get("/key:with:colons"),
    _get("/key%3Awith%3Acolons"),
    _get("/%74ext"),
    _get("/a%20b%3Fc"),
    _get("/text%0A"),
    _get("/%00", **JSON),
    _get("/%FF"),
    _get("/a%2Fb"),
    _get("/a%2fb", **JSON),
    _get("/watch?from=x"),
    _get("/diff"),
    _get("/schema"),
    _get("/sealed"),
    _get("/sealed", **JSON),
    _get("/sealed", **{"If-None-Match": '"1"'}),
    _get("/inherited"),
    _get("/inherited", **JSON),
    _get("/inherited", **{"If-None-Match": '"global:1"'}),
    _get("/inherited", **{"If-None-Match": '"1"'}),
    _get("/diff", **JSON),
    _get("/schema", **PROBLEM),
    _get("/" + "n" * 512),
    _get("/" + "n" * 513),
    _get("/" + "n" * 513, **JSON),
    _get("/text/"),
    _get("/text?"),
    _get("/text?unknown=1"),
    _get("/text?at=1"),
    _get("/text?at=x", **JSON),
    _get("/text/history"),
    _get("/text/at/2999-01-01T00:00:00Z"),
    _get("/text/at/x"),
    _get("/text/unknown"),
    _get(""),
    _get("/"),
    ("HEAD", "/text", {}, b""),
    ("HEAD", "/nobody", JSON, b""),
    ("OPTIONS", "/text", {}, b""),
    ("POST", "/text", {}, VALUE),
    ("POST", "/text", JSON, VALUE),
    ("PATCH", "/text", PROBLEM, VALUE),
    ("DELETE", "/text", {}, b""),
    ("DELETE", "/deleted", JSON, b""),
    ("DELETE", "/text/history", {}, b""),
    ("PUT", "", {}, VALUE),
    _put("/text"),
    _put("/text", **JSON),
    _put("/text", **KEY),
    _put("/text", **{"If-Match": '"2"'}),
    _put("/text", **{"If-Match": '"1"'}),
    _put("/text", **{"If-Match": '"1"'}, **JSON),
    _put("/text", **{"If-Match": '"1"'}, **PROBLEM),
    _put("/text", **{"If-Match": "2"}),
    _put("/text", **{"If-None-Match": "*"}),
    _put("/text", **{"If-None-Match": '"2"'}),
    _put("/text", **{"Idempotency-Key": "used"}),
    _put("/text", **{"Idempotency-Key": "used"}, **JSON),
    _put("/text", **{"Idempotency-Key": ""}),
    _put("/text", Host="evil.example"),
    _put("/text", **{"X-Tenant-ID": "not a tenant"}),
    _put("/deleted", **JSON),
    _put("/fresh", **JSON),
    _put("/fresh", b'{"value": {"a" : [1, 2.50]} }', **JSON),
    _put("/fresh", b"value=a+b", **FORM),
    _put("/fresh", b"nothing=a", **FORM),
    _put("/fresh", b'{"value":1,"secret":true}'),
    _put("/fresh", b'{"value":1,"secret":true}', **JSON),
    _put("/fresh", b""),
    _put("/fresh", b"{}", **JSON),
    _put("/fresh", b"not json"),
    _put("/fresh", b'{"value":1,"other":2}'),
    _put("/fresh", b'{"value":"' + b"v" * 1_000_001 + b'"}'),
    _put("/fresh", b'{"value":' + b"[" * 300 + b"]" * 300 + b"}"),
    _put("/fresh?unknown=1"),
    _put("/fresh/"),
    _put("/watch"),
    _put("/schema"),
    _put("/diff"),
    _put("/sealed"),
    _put("/sealed", b'{"value":"hush","secret":true}', **JSON),
    _put("/text", b'{"value":"hush","secret":true}', **JSON),
    _put("/text", b'{"value":"hush","secret":true,"force":true}', **JSON),
    _put("/inherited", **{"If-Match": '"global:1"'}, **JSON),
    _put("/inherited", **{"If-Match": '"global:2"'}, **JSON),
    _put("/text", b'{"value":"[secret]"}', **JSON),
    _put("/strict", b'{"value":"text"}'),
    _put("/strict", b'{"value":"text"}', **JSON),
    _put("/strict", b'{"value":7}'),
    _put("/%0A", **JSON),
    _put("/%FF"),
    _put("/a%2Fb"),
    _put("/" + "n" * 513),
    _put("/fresh", **{"Content-Length": "17000000"}),
    _put("/fresh", **{"Content-Length": "x"}),
]
READS = [request for request in REQUESTS if request[0] not in ("PUT", "DELETE")]
WRITES = [request for request in REQUESTS if request not in READS]


async def test_the_table_has_many_requests_and_none_twice() -> None:
    assert min(len(READS), len(WRITES)) >= 30
    assert len({repr(request) for request in REQUESTS}) == len(REQUESTS)


@pytest.mark.parametrize("prefix", ["/config", "/v1/config"])
async def test_every_read_is_answered_alike_by_all_doors(
    configs: ConfigClient, module_node: Node, prefix: str
) -> None:
    around_the_door = module_node.around_the_door()
    await _prepare_beneath(module_node)
    await _prepare(module_node, configs.tenant_id)
    quick_count = 0

    for request in READS:
        through, around = [
            _without_ids(await _ask(http, prefix, request, configs.tenant_id))
            for http in (module_node.http, around_the_door)
        ]
        assert through == around, (prefix, *request)
        if quick := await _ask_quickly(module_node, prefix, request, configs.tenant_id):
            quick_count += 1
            assert _without_ids(quick) == through, (prefix, *request)

    assert quick_count >= 15


async def test_every_write_is_answered_alike_by_all_doors(
    configs: ConfigClient, module_node: Node
) -> None:
    around_the_door = module_node.around_the_door()
    await _prepare_beneath(module_node)
    quick_count = 0

    for number, request in enumerate(WRITES):
        tenant_id = f"{configs.tenant_id}-{number}"
        prefix = ("/config", "/v1/config")[number % 2]
        through, around = [
            await _write(module_node, http, prefix, request, tenant_id=f"{tenant_id}-{door}")
            for door, http in (("through", module_node.http), ("around", around_the_door))
        ]
        assert through == around, (prefix, *request)
        if quick := await _write(module_node, None, prefix, request, tenant_id=f"{tenant_id}-q"):
            quick_count += 1
            assert quick == through, (prefix, *request)

    assert quick_count >= 15


async def _write(
    node: Node, http: httpx.AsyncClient | None, prefix: str, request: Request, *, tenant_id: str
) -> tuple[Any, ...] | None:
    """Send a write to a tenant of its own; returns the answer and what is there afterwards."""
    start = node.runner.position
    await _prepare(node, tenant_id)
    answer = (
        await _ask(http, prefix, request, tenant_id)
        if http is not None
        else await _ask_quickly(node, prefix, request, tenant_id)
    )
    if answer is None:
        return None

    # Positions and times are the log's, and other tenants write to it.
    status, headers, text = _without_ids(answer)
    if "x-position" in headers:
        headers["x-position"] = f"start + {int(headers['x-position']) - start}"
    text = re.sub(r'"position":\d+', "", text)
    text = re.sub(r"\.\d{6}Z", ".Z", text)
    if '"updated_at"' in text:
        del headers["content-length"]
    return status, headers, text, await node.configs(tenant_id).tree()


async def _ask(
    http: httpx.AsyncClient, prefix: str, request: Request, tenant_id: str
) -> httpx.Response:
    method, path, headers, body = request
    configs = ConfigClient(http, tenant_id=tenant_id, prefix=prefix)
    return await configs.ask(method, path, content=body, headers=headers)


async def _ask_quickly(
    node: Node, prefix: str, request: Request, tenant_id: str
) -> httpx.Response | None:
    method, path, named, body = request
    headers = {"X-Tenant-ID": tenant_id, **named}
    return await ask_quickly(node, method, prefix + path, headers=headers, body=body)


def _without_ids(answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body without the request's id and the date."""
    headers = {name: value for name, value in answer.headers.multi_items() if name != "date"}
    request_id = headers.pop("x-request-id")
    return answer.status_code, headers, answer.text.replace(request_id, "REQUEST")


async def _prepare_beneath(node: Node) -> None:
    # Once for all tenants, so that each of them finds the same version.
    if not node.store.all(ROOT, GLOBAL_TENANT):
        await node.store.put(ROOT, GLOBAL_TENANT, "inherited", "from beneath")


async def _prepare(node: Node, tenant_id: str) -> None:
    values: dict[str, Any] = {
        "text": "v1",
        "empty": "",
        "object": {"a": 1},
        "null": None,
        "deleted": "v",
        "🚀": "rocket",
        "key:with:colons": ":",
        "n" * 512: "long",
    }
    await asyncio.gather(
        *(node.store.put(ROOT, tenant_id, name, value) for name, value in values.items()),
        node.store.put_json(
            ROOT, tenant_id, SetConfigValue("escaped", b'"\\u00e9\\n\\ud83d\\ude80"')
        ),
    )
    used = Idempotency(key="used", request_digest=b"another request")
    await node.store.put(ROOT, tenant_id, "text", "v2", idempotency=used)
    await node.store.delete(ROOT, tenant_id, "deleted")
    await node.store.put(ROOT, tenant_id, "sealed", "hunter2", is_secret=True)
    await node.store.schemas.put(
        ROOT, tenant_id, SchemaTarget("name", "strict"), b'{"type":"integer"}'
    )
