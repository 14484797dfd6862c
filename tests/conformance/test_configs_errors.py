"""The forms of what goes wrong, and what is no route."""

from http import HTTPStatus

import httpx
import pytest

from tests.support.nodes import JSON, ConfigClient

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROBLEM = {"Accept": "application/problem+json"}
CASES = {
    "404": ("GET", "/nobody", {}, 404, "not_found"),
    "410": ("DELETE", "/deleted", {}, 410, "gone"),
    "412": ("PUT", "/there", {"If-Match": '"7"'}, 412, "precondition_failed"),
    "400": ("PUT", "/watch", {}, 400, "invalid_name"),
    "400 of a moment": ("GET", "/there/at/x", {}, 400, "invalid_timestamp"),
    "400 of a query": ("GET", "?limit=0", {}, 400, "invalid"),
    "400 of the framework": ("GET", "?limit=x", {}, 400, "invalid"),
    "400 of the frame": ("GET", "/%FF", {}, 400, "invalid"),
    "422": ("PUT", "/there", {"Idempotency-Key": "used"}, 422, "idempotency_key_reused"),
    "405": ("POST", "/there", {}, 405, "method_not_allowed"),
    "no route": ("GET", "/there/unknown", {}, 404, "not_found"),
}


@pytest.mark.parametrize("case", CASES)
async def test_an_error_is_plain_text_unless_json_is_asked_for(
    configs: ConfigClient, case: str
) -> None:
    method, path, headers, status, code = CASES[case]
    await configs.put("there", "v", idempotency_key="used")
    await configs.put("deleted", "v")
    await configs.delete("deleted")

    async def ask(**accept: str) -> httpx.Response:
        every = {**headers, **accept}
        return await configs.ask(method, path, content=b'{"value":1}', headers=every)

    plain = await ask()
    assert plain.status_code == status
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"
    assert not plain.text.startswith("{")

    envelope = await ask(**JSON)
    assert envelope.status_code == status
    assert envelope.headers["content-type"] == "application/json"
    body = envelope.json()
    assert body["success"] is False
    assert (body["error"]["code"], body["error"]["message"]) == (code, plain.text)
    assert body["meta"]["requestId"] == envelope.headers["x-request-id"]
    assert body["meta"]["timestamp"].endswith("Z")

    problem = await ask(**PROBLEM)
    assert problem.status_code == status
    assert problem.headers["content-type"] == "application/problem+json"
    body = problem.json()
    assert (body["status"], body["code"], body["detail"]) == (status, code, plain.text)
    assert (body["type"], body["title"]) == ("about:blank", HTTPStatus(status).phrase)


@pytest.mark.parametrize(
    "path, allowed",
    [
        ("", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("/name", {"DELETE", "GET", "HEAD", "OPTIONS", "PUT"}),
        ("/name/history", {"GET", "HEAD", "OPTIONS"}),
        ("/name/at/2024-01-15T10:30:00Z", {"GET", "HEAD", "OPTIONS"}),
    ],
)
@pytest.mark.parametrize("prefix", ["/config", "/v1/config"])
async def test_another_method_is_told_which_are_allowed(
    configs: ConfigClient, prefix: str, path: str, allowed: set[str]
) -> None:
    for method in {"POST", "PATCH", "PUT", "DELETE", "TRACE"} - allowed:
        answer = await configs.under(prefix).ask(method, path)
        assert (answer.status_code, answer.text) == (405, "Method Not Allowed")
        assert set(answer.headers["allow"].split(", ")) == allowed

    options = await configs.under(prefix).ask("OPTIONS", path)
    assert options.status_code == 204
    assert set(options.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path",
    ["/undefined/route", "/v2/config", "/configs", "/config/a/b/c", "/v1/config/a/at", "/v1"],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
async def test_what_is_no_route_is_not_found(configs: ConfigClient, method: str, path: str) -> None:
    answer = await configs.under("").ask(method, path)
    assert (answer.status_code, answer.text) == (404, "Not Found")


async def test_head_is_get_without_the_body(configs: ConfigClient) -> None:
    await configs.put("name", "value")
    for path in ("", "/name", "/name/history", "/nobody"):
        got, headed = await configs.ask("GET", path), await configs.ask("HEAD", path)
        assert (headed.status_code, headed.content) == (got.status_code, b"")
        for header in ("content-type", "etag", "x-position", "content-length"):
            assert headed.headers.get(header) == got.headers.get(header)


async def test_every_answer_carries_the_id_of_its_request(configs: ConfigClient) -> None:
    for path in ("", "/nobody", "/a%2Fb", "/a/b/c"):
        given = await configs.ask("GET", path, headers={"X-Request-ID": "chosen-by-client"})
        assert given.headers["x-request-id"] == "chosen-by-client"
        first, second = await configs.ask("GET", path), await configs.ask("GET", path)
        assert first.headers["x-request-id"] != second.headers["x-request-id"]
