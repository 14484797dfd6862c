"""Flags over HTTP: the bodies of OFREP, tags, the stream of changes, and hostile requests."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tenantry.configs import GLOBAL_TENANT, ConfigStore
from tenantry.testing import FakeClock
from tests.support.access_http import AccessHttp
from tests.support.flags import FLAGS, METHOD, flag_of
from tests.support.nodes import ROOT, ConfigClient, Journal, Node, running_node
from tests.support.waiting import eventually
from tests.support.watching import watching

pytestmark = pytest.mark.asyncio(loop_scope="module")

OFREP = "/ofrep/v1/evaluate/flags"
EVENTS = "/ofrep/v1/events"


class FlagClient:
    """The flags of a tenant, over HTTP."""

    def __init__(self, http: httpx.AsyncClient, tenant_id: str) -> None:
        self._http = http
        self.named = {"X-Tenant-ID": tenant_id}

    async def one(self, key: str, body: object = None, **headers: str) -> httpx.Response:
        """Evaluate one flag."""
        return await self._post(f"{OFREP}/{key}", body, headers)

    async def all(self, context: dict[str, Any], query: str = "", **headers: str) -> httpx.Response:
        """Evaluate all flags."""
        return await self._post(OFREP + query, {"context": context}, headers)

    async def raw(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        """Send any body."""
        return await self._http.post(path, content=body, headers={**self.named, **headers})

    async def file(self, **headers: str) -> httpx.Response:
        """Return the flags as flagd reads them."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._http.get("/flags.json", headers={**self.named, **sent})

    async def _post(self, path: str, body: object, headers: dict[str, str]) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._http.post(path, json=body or {}, headers={**self.named, **sent})


@pytest_asyncio.fixture(loop_scope="module")
async def flags(configs: ConfigClient, module_node: Node) -> AsyncIterator[FlagClient]:
    for key, flag in FLAGS.items():
        answer = await configs.put(f"flag:{key}", flag)
        assert answer.status_code == 200, answer.text
    yield FlagClient(module_node.http, configs.tenant_id)


async def test_a_flag_is_answered_as_ofrep_has_it(flags: FlagClient) -> None:
    answer = await flags.one("boolean", {"context": {"targetingKey": "t"}})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "key": "boolean",
        "value": True,
        "variant": "only",
        "reason": "STATIC",
        "metadata": {"owner": "billing", "rank": 2},
    }


async def test_a_float_has_a_fraction_on_the_wire(flags: FlagClient) -> None:
    assert '"value":1.0' in (await flags.one("whole-float")).text
    assert '"value":7}' in (await flags.one("integer")).text


@pytest.mark.parametrize("key", ["disabled", "code-default"])
async def test_where_the_code_decides_the_value_is_left_out(flags: FlagClient, key: str) -> None:
    told = (await flags.one(key)).json()

    assert "value" not in told
    assert told["variant"] == ""


@pytest.mark.parametrize("key", ["nope", "a/b", "%20", "$evaluators", "x" * 600])
async def test_a_flag_that_is_none_is_not_found(flags: FlagClient, key: str) -> None:
    answer = await flags.one(key)

    assert answer.status_code == 404, answer.text
    told = answer.json()
    assert told["errorCode"] == "FLAG_NOT_FOUND"
    assert told["errorDetails"]
    assert told["key"] in (key, key.replace("%20", " "))


@pytest.mark.parametrize("body", [b"", b"{}", b'{"context":null}', b'{"context":{}}', b' {"x":1}'])
async def test_no_context_is_an_empty_one(flags: FlagClient, body: bytes) -> None:
    assert (await flags.raw(f"{OFREP}/split", body)).json()["reason"] == "DEFAULT"
    assert (await flags.raw(OFREP, body)).status_code == 200


HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "no JSON": (b"{", 400, "PARSE_ERROR"),
    "no UTF-8": (b'{"context":{"x":"\xff"}}', 400, "PARSE_ERROR"),
    "a lone surrogate": (b'{"context":{"x":"\\ud800"}}', 400, "PARSE_ERROR"),
    "no object": (b"[]", 400, "PARSE_ERROR"),
    "a number": (b"1e999", 400, "PARSE_ERROR"),
    "too deep": (b'{"context":' * 300 + b"1" + b"}" * 300, 400, "PARSE_ERROR"),
    "a context that is no object": (b'{"context":[1]}', 400, "INVALID_CONTEXT"),
    "a key that is no text": (b'{"context":{"targetingKey":5}}', 400, "INVALID_CONTEXT"),
    "a number too long": (b'{"context":{"x":' + b"9" * 400 + b"}}", 400, "INVALID_CONTEXT"),
    "one without an end": (b'{"context":{"x":' + b"9" * 5_000 + b"}}", 400, "PARSE_ERROR"),
    "too many values": (
        b'{"context":{"x":[' + b"1," * 2_000 + b"1]}}",
        400,
        "INVALID_CONTEXT",
    ),
    "too long": (b'{"context":{"x":"' + b"x" * 20_000 + b'"}}', 413, "PARSE_ERROR"),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("path", [f"{OFREP}/split", OFREP])
async def test_a_body_that_is_none_is_refused_with_details(
    flags: FlagClient, path: str, case: str
) -> None:
    body, status, code = HOSTILE[case]
    answer = await flags.raw(path, body, Accept="application/problem+json")

    told = answer.json()
    assert (answer.status_code, told["errorCode"]) == (status, code), answer.text
    assert told["errorDetails"]
    assert told.get("key") == ("split" if path.endswith("split") else None)


async def test_a_flag_that_is_broken_is_an_error_of_its_own(
    flags: FlagClient, configs: ConfigClient, module_node: Node
) -> None:
    app, tenant = module_node.app, configs.tenant_id
    bare = ConfigStore(log=app.log, runner=app.config_runner, clock=app.clock, vault=app.vault)
    await bare.put(ROOT, tenant, "flag:broken", {"state": "ENABLED"})
    await configs.put("flag:dividing", {**METHOD, "targeting": {"/": [1, 0]}})

    for key, code in (("broken", "PARSE_ERROR"), ("dividing", "GENERAL")):
        answer = await flags.one(key)
        assert (answer.status_code, answer.json()["errorCode"]) == (400, code)
        assert answer.json()["errorDetails"].startswith(f"{key}: ")
    by_key = {flag["key"]: flag for flag in (await flags.all({})).json()["flags"]}
    assert by_key["broken"]["errorCode"] == "PARSE_ERROR"
    assert by_key["boolean"]["value"] is True
    assert "broken" not in (await flags.file()).json()["flags"]


async def test_all_flags_come_at_once_with_where_to_hear_of_changes(
    flags: FlagClient, configs: ConfigClient
) -> None:
    told = (await flags.all({"targetingKey": "tenant-1"})).json()

    assert [flag["key"] for flag in told["flags"]] == sorted(FLAGS)
    assert next(f for f in told["flags"] if f["key"] == "split")["value"] == "temporal"
    assert told["eventStreams"] == [
        {"type": "sse", "endpoint": {"requestUri": EVENTS}, "inactivityDelaySec": 120}
    ]
    assert told["metadata"]["flagSetId"] == configs.tenant_id
    assert all(isinstance(flag["variant"], str) for flag in told["flags"])


async def test_a_tag_is_another_one_where_a_flag_or_the_context_is(
    flags: FlagClient, configs: ConfigClient
) -> None:
    first = await flags.all({"targetingKey": "a", "x": 1})
    tag = first.headers["etag"]

    known = await flags.all({"x": 1, "targetingKey": "a"}, if_none_match=tag)
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)
    for sent in (tag.strip('"'), f"W/{tag}", f'"other", {tag}', "*"):
        again = await flags.all({"targetingKey": "a", "x": 1}, if_none_match=sent)
        assert again.status_code == 304, sent
    assert (await flags.all({"targetingKey": "b", "x": 1}, if_none_match=tag)).status_code == 200

    await configs.put("unrelated", 1)
    known = await flags.all({"targetingKey": "a", "x": 1}, if_none_match=tag)
    assert known.status_code == 304
    await configs.put("flag:string", flag_of("red"))
    changed = await flags.all({"targetingKey": "a", "x": 1}, if_none_match=tag)
    assert changed.status_code == 200
    await configs.delete("flag:string")
    assert (await flags.all({"targetingKey": "a", "x": 1})).headers["etag"] not in (
        tag,
        changed.headers["etag"],
    )


async def test_a_change_of_the_layer_beneath_is_another_tag(
    flags: FlagClient, module_node: Node, configs: ConfigClient
) -> None:
    tag = (await flags.all({})).headers["etag"]
    name = f"flag:beneath-{configs.tenant_id}"

    await module_node.store.put(ROOT, GLOBAL_TENANT, name, flag_of(1))

    assert (await flags.all({}, if_none_match=tag)).status_code == 200
    # The tenants of other tests see it too.
    await module_node.store.delete(ROOT, GLOBAL_TENANT, name)


async def test_the_tag_of_a_rule_about_time_is_that_of_the_answer(
    flags: FlagClient, configs: ConfigClient
) -> None:
    past = {"<": [{"var": "$flagd.timestamp"}, 4_000_000_000]}
    await configs.put("flag:timed", {**METHOD, "targeting": {"if": [past, "temporal"]}})
    tag = (await flags.all({"x": 1})).headers["etag"]

    assert (await flags.all({"x": 1}, if_none_match=tag)).status_code == 304
    # Another context, and the same answer.
    assert (await flags.all({"x": 2}, if_none_match=tag)).status_code == 304
    assert (await flags.all({"targetingKey": "tenant-1"}, if_none_match=tag)).status_code == 200


async def test_flagd_reads_the_flags_from_a_file_of_its_own_format(
    flags: FlagClient, configs: ConfigClient
) -> None:
    answer = await flags.file()

    told = answer.json()
    assert told["$schema"] == "https://flagd.dev/schema/v0/flags.json"
    assert told["flags"] == FLAGS
    assert told["metadata"]["fractional"] == "murmur3-cbor"
    tag = answer.headers["etag"]
    assert (await flags.file(if_none_match=tag)).status_code == 304
    await configs.put("flag:string", flag_of("red"))
    assert (await flags.file(if_none_match=tag)).status_code == 200


async def test_a_change_tells_whoever_listens_to_ask_again(
    flags: FlagClient, configs: ConfigClient, module_node: Node
) -> None:
    tenant, app = configs.tenant_id, module_node.app.asgi
    async with watching(app, path=EVENTS, tenant_id=tenant) as watch:
        assert (watch.status, watch.headers["cache-control"]) == (200, "no-store")
        await configs.put("unrelated", 1)
        await configs.put("flag:string", flag_of("red"))
        await eventually(lambda: len(watch.events) == 2)
        await module_node.store.put(ROOT, GLOBAL_TENANT, f"flag:g-{tenant}", flag_of(1))
        await eventually(lambda: len(watch.events) == 3)
        begun, first, second = watch.events
        await module_node.store.delete(ROOT, GLOBAL_TENANT, f"flag:g-{tenant}")
        await eventually(lambda: len(watch.events) == 4)

    assert begun.data["type"] == "connected"
    assert (first.event, first.data["type"]) == ("message", "refetchEvaluation")
    assert first.data["etag"] == str(first.id)
    assert b"red" not in watch.received
    assert first.id is not None
    assert second.id is not None

    # What has happened since is one event.
    last = {"Last-Event-ID": str(first.id - 1)}
    async with watching(app, path=EVENTS, tenant_id=tenant, headers=last) as resumed:
        await eventually(lambda: len(resumed.events) >= 2)
        assert (resumed.events[-1].id or 0) >= second.id

    answer = await flags.all({}, f"?flagConfigEtag={second.id}&flagConfigLastModified=1")
    assert answer.status_code == 200
    assert (await flags.all({}, "?flagConfigEtag=whatever")).status_code == 200


async def test_a_watch_from_nowhere_is_refused_and_a_stop_ends_it(
    configs: ConfigClient, module_node: Node
) -> None:
    headers = {"X-Tenant-ID": configs.tenant_id}
    for last in ("x", "-1", "9" * 30, "999999999"):
        answer = await module_node.http.get(EVENTS, headers={**headers, "Last-Event-ID": last})
        assert answer.status_code == 400, last
        assert answer.json()["errorDetails"]


async def test_a_stop_ends_every_watch(node: Node) -> None:
    async with watching(node.app.asgi, path=EVENTS) as watch:
        node.app.drain()
        await eventually(lambda: watch.is_over)
        refused = await node.http.get(EVENTS)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert refused.json()["errorCode"] == "GENERAL"


async def test_whoever_may_not_is_told_in_the_form_of_the_protocol(
    module_node: Node, configs: ConfigClient
) -> None:
    anonymous = AccessHttp(module_node, "tnk_none_none").http

    for path in (f"{OFREP}/x", OFREP):
        answer = await anonymous.post(path, json={}, headers={"X-Tenant-ID": configs.tenant_id})
        told = answer.json()
        assert (answer.status_code, told["errorCode"]) == (401, "GENERAL")
        assert told["errorDetails"]
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_api_key_may_be_sent_as_such(module_node: Node, acme: str) -> None:
    root = AccessHttp(module_node)
    await root.tenant(acme)
    made = await root.http.post(
        f"/api/tenants/{acme}/keys", json={"name": "reader", "role": "viewer"}
    )
    key = made.json()["data"]["key"]
    await module_node.store.put(ROOT, acme, "flag:on", flag_of("yes"))

    headers = {"X-API-Key": key}
    answer = await module_node.http.post(f"{OFREP}/on", json={}, headers=headers)
    assert answer.json()["value"] == "yes"
    # Another tenant's is not.
    other = {**headers, "X-Tenant-ID": "another"}
    assert (await module_node.http.post(f"{OFREP}/on", json={}, headers=other)).status_code == 403
    wrong = {"X-API-Key": f"{key[:-4]}aaaa"}
    assert (await module_node.http.post(f"{OFREP}/on", json={}, headers=wrong)).status_code == 401
    both = {**headers, "Authorization": "Bearer tnk_none_none"}
    assert (await module_node.http.post(f"{OFREP}/on", json={}, headers=both)).status_code == 401


async def test_what_is_evaluated_is_counted(flags: FlagClient, module_node: Node) -> None:
    await flags.one("split", {"context": {"targetingKey": "t"}})

    text = (await module_node.http.get("/metrics")).text
    assert 'tenantry_flag_evaluations_total{reason="SPLIT"}' in text


async def test_the_limit_of_settings_counts_flags_too(
    database_url: str, journal: Journal, clock: FakeClock, tmp_path: Path
) -> None:
    # The module's own node runs besides, and may say that it has been slow.
    assert isinstance(journal, Journal)
    async with running_node(
        url=database_url, folder=tmp_path, clock=clock, CONFIG_RATE_LIMIT=3
    ) as node:
        answers = [await node.http.post(path, json={}) for path in (OFREP, f"{OFREP}/x", OFREP)]
        answers.append(await node.http.post(f"{OFREP}/x", json={}))

    assert [answer.status_code for answer in answers] == [200, 404, 200, 429]
    assert answers[-1].headers["retry-after"]
    assert answers[-1].json()["errorCode"] == "GENERAL"
