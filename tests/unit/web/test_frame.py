import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tenantry.base.errors import Conflict
from tenantry.telemetry import LogSink, Metrics, configure_logging, current
from tenantry.testing import FakeClock
from tenantry.web import Accounts, Answer, AsgiScope, Frame, Receive, Send, send_answer
from tests.support.web import client_of

MAX_BODY_BYTES = 1000


async def echo(scope: AsgiScope, receive: Receive, send: Send) -> None:
    """Answer with the path, the correlation id and the length of the body."""
    scope["path_template"] = "/echo"
    length, message = 0, await receive()
    while message.get("body") or message.get("more_body"):
        length += len(message["body"])
        message = await receive() if message["more_body"] else {}

    context = current()
    told = {"path": scope["path"], "id": context.correlation_id, "from": context.source}
    body = json.dumps({**told, "method": scope["method"], "length": length}).encode()
    await send_answer(send, Answer(200, [(b"content-type", b"application/json")], body))


def framed(app: Any, metrics: Metrics | None = None) -> Frame:
    return Frame(
        app,
        accounts=Accounts(metrics=metrics or Metrics()),
        clock=FakeClock(),
        max_body_bytes=MAX_BODY_BYTES,
    )


class Lines:
    """The log lines since the start of a test."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self._sink: LogSink = configure_logging(level="debug", format="json", stream=self._stream)

    def read(self) -> list[dict[str, Any]]:
        self._sink.flush()
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    yield Lines()
    configure_logging(level="warning", format="text")


async def test_a_client_s_request_id_is_kept_and_returned() -> None:
    async with client_of(framed(echo), address="10.0.0.9") as http:
        answer = await http.get("/x", headers={"X-Request-ID": "order-17/a"})

    assert answer.headers["x-request-id"] == "order-17/a"
    assert answer.json()["id"] == "order-17/a"
    assert answer.json()["from"] == "10.0.0.9"


@pytest.mark.parametrize("given", [None, "", "two words", "x" * 129, "ümlaut"])
def test_any_other_request_id_is_replaced(given: str | None) -> None:
    async def request() -> str:
        headers = {} if given is None else {b"X-Request-ID": given.encode()}
        async with client_of(framed(echo)) as http:
            return str((await http.get("/x", headers=headers)).headers["x-request-id"])

    first, second = asyncio.run(request()), asyncio.run(request())

    assert first != second
    assert len(first) == 32


async def test_a_body_beyond_the_limit_is_refused_unread() -> None:
    async with client_of(framed(echo)) as http:
        answer = await http.post("/api/x", content=b"x" * (MAX_BODY_BYTES + 1))

    assert answer.status_code == 413
    assert answer.json()["error"]["details"]["got"] == "1001 bytes"
    assert answer.headers["connection"] == "close"


async def test_a_body_of_unknown_length_is_refused_at_the_limit() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 100

    async with client_of(framed(echo)) as http:
        answer = await http.post("/x", content=endless())

    assert answer.status_code == 413


async def test_a_body_up_to_the_limit_arrives() -> None:
    async with client_of(framed(echo)) as http:
        answer = await http.post("/x", content=b"x" * MAX_BODY_BYTES)

    assert answer.json()["length"] == MAX_BODY_BYTES


@pytest.mark.parametrize("path", ["/config/a%2Fb", "/config/a%2fb"])
async def test_an_encoded_slash_never_becomes_another_path(path: str) -> None:
    async with client_of(framed(echo)) as http:
        answer = await http.get(path)

    assert answer.status_code == 400
    assert "encoded slash" in answer.text


async def test_a_path_that_is_not_utf8_is_refused() -> None:
    async with client_of(framed(echo)) as http:
        assert (await http.get("/config/%ff")).status_code == 400
        assert (await http.get("/config/%F0%9F%8E%89%20x")).json()["path"] == "/config/🎉 x"


async def test_head_is_get_without_its_body() -> None:
    async with client_of(framed(echo)) as http:
        answer = await http.head("/x")

    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 0
    assert answer.content == b""


async def test_every_request_is_counted_by_route_method_and_status() -> None:
    metrics = Metrics()
    async with client_of(framed(echo, metrics)) as http:
        await http.get("/one")
        await http.get("/two")
        await http.head("/two")
        await http.get("/%ff")

    text = metrics.render().decode()
    assert 'requests_total{method="GET",route="/echo",status="200"} 2.0' in text
    assert 'requests_total{method="HEAD",route="/echo",status="200"} 1.0' in text
    assert 'requests_total{method="GET",route="unmatched",status="400"} 1.0' in text


async def test_what_an_application_raises_is_answered(lines: Lines) -> None:
    async def failing(*_: Any) -> None:
        raise ValueError("a secret detail")

    async with client_of(framed(failing)) as http:
        answer = await http.get("/api/x", headers={"X-Request-ID": "r1"})

    assert answer.status_code == 500
    assert answer.json()["error"] == {"code": "internal", "message": "Internal Server Error"}
    assert answer.json()["meta"]["requestId"] == "r1"
    (unhandled,) = [line for line in lines.read() if line["event"] == "Unhandled error"]
    assert "a secret detail" in unhandled["exception"]
    assert unhandled["correlation_id"] == "r1"


async def test_our_own_errors_are_answered_by_their_kind() -> None:
    async def refusing(*_: Any) -> None:
        raise Conflict("version 3, not 2")

    async with client_of(framed(refusing)) as http:
        answer = await http.get("/config/x")

    assert (answer.status_code, answer.text) == (409, "version 3, not 2")


async def test_half_an_answer_is_not_completed() -> None:
    async def breaking(_scope: AsgiScope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("too late")

    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "http", "method": "GET", "path": "/x", "raw_path": b"/x", "headers": []}
    with pytest.raises(ValueError, match="too late"):
        await framed(breaking)(scope, receive, send)
    assert sent == ["http.response.start"]


async def test_what_went_well_is_a_debug_line_and_what_was_refused_an_info_line(
    lines: Lines,
) -> None:
    async with client_of(framed(echo)) as http:
        await http.get("/x")
        await http.put("/config/x", headers={"X-Request-ID": "r2"})
        await http.get("/%ff")

    get, put, refused = [line for line in lines.read() if line["event"] == "HTTP request"]
    assert [get["level"], put["level"], refused["level"]] == ["debug", "debug", "info"]
    assert put["correlation_id"] == "r2"
    assert (put["method"], put["path"], put["status"]) == ("PUT", "/config/x", 200)
    assert (refused["method"], refused["status"]) == ("GET", 400)


async def test_a_cancelled_request_is_accounted_for() -> None:
    entered = asyncio.Event()

    async def waiting(*_: Any) -> None:
        entered.set()
        await asyncio.Event().wait()

    metrics = Metrics()
    scope = {"type": "http", "method": "GET", "path": "/x", "raw_path": b"/x", "headers": []}
    request = asyncio.ensure_future(framed(waiting, metrics)(scope, _nothing, _nowhere))
    await entered.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request

    assert b'status="499"' in metrics.render()


async def _nothing() -> Any:
    return {"type": "http.request"}


async def _nowhere(message: Any) -> None:
    """Swallow what is sent."""
