"""Requests of commands: what is refused, what is tried again, what cannot be read."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tenantry.terminal import Refused, Unreachable
from tenantry.terminal.connection import connect_to
from tenantry.terminal.http import Http


def http_of(
    handler: Callable[[httpx.Request], httpx.Response], pauses: list[float] | None = None
) -> Http:
    client = httpx.Client(transport=httpx.MockTransport(handler), base_url="http://server")
    return Http(client=client, sleep=(pauses if pauses is not None else []).append)


def test_an_error_has_the_message_of_the_server() -> None:
    body = {"success": False, "error": {"code": "gone", "message": "Gone", "details": {"a": 1}}}
    http = http_of(lambda _: httpx.Response(410, json=body))

    with pytest.raises(Refused) as refused:
        http.send("GET", "/x")

    error = refused.value
    assert (error.status, error.code, error.message, error.details) == (
        410,
        "gone",
        "Gone",
        {"a": 1},
    )


@pytest.mark.parametrize(
    "response, message",
    [
        (httpx.Response(404, text="Not Found"), "Not Found"),
        (httpx.Response(502), "502 Bad Gateway"),
        (httpx.Response(302, headers={"location": "/y"}), "302 Found"),
        (httpx.Response(500, content=b"\xff" * 1000), "�" * 200),
    ],
)
def test_an_error_in_another_form_is_still_one_line(response: httpx.Response, message: str) -> None:
    with pytest.raises(Refused) as refused:
        http_of(lambda _: response).send("GET", "/x")

    assert refused.value.message == message


def test_a_503_is_tried_again_after_the_time_it_names() -> None:
    answers = iter([httpx.Response(503, headers={"retry-after": "2"})] * 2)
    pauses: list[float] = []
    http = http_of(lambda _: next(answers, httpx.Response(200, text="ok")), pauses)

    assert http.send("PUT", "/x", body=b"{}").body == b"ok"
    assert pauses == [2.0, 2.0]


def test_a_503_that_stays_is_an_error() -> None:
    pauses: list[float] = []
    http = http_of(lambda _: httpx.Response(503, headers={"retry-after": "60"}), pauses)

    with pytest.raises(Refused, match="503"):
        http.send("GET", "/x", attempts=4)
    assert pauses == [5.0, 5.0, 5.0]


def test_other_errors_are_not_tried_again() -> None:
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(500)

    with pytest.raises(Refused):
        http_of(handler).send("GET", "/x", attempts=5)
    assert len(requests) == 1


def test_an_error_that_is_an_answer_is_returned() -> None:
    http = http_of(lambda _: httpx.Response(503, json={"status": "unhealthy"}))

    answer = http.send("GET", "/x", accepts=frozenset({503}))

    assert answer.decode(dict[str, str]) == {"status": "unhealthy"}


def test_the_envelope_is_taken_off() -> None:
    body = {"success": True, "data": {"a": 1}, "meta": {}}

    assert http_of(lambda _: httpx.Response(200, json=body)).send("GET", "/x").data(
        dict[str, int]
    ) == {"a": 1}


def test_an_answer_that_is_none_of_ours_says_so() -> None:
    answer = http_of(lambda _: httpx.Response(200, text="<html>")).send("GET", "/x")

    with pytest.raises(Unreachable, match="not a Tenantry server's"):
        answer.decode(list[str])


def test_no_answer_names_the_server() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unreachable, match="no answer from http://server: refused"):
        http_of(handler).send("GET", "/x")


def test_a_stream_is_read_line_by_line() -> None:
    http = http_of(lambda _: httpx.Response(200, stream=Parts([b"a\nb", b"c\n", b"", b"d"])))

    with http.stream("GET", "/x") as answer:
        assert list(answer.lines()) == [b"a", b"bc", b"d"]


def test_a_stream_that_is_refused_is_an_error() -> None:
    http = http_of(lambda _: httpx.Response(403, text="no"))

    with pytest.raises(Refused, match="no"), http.stream("GET", "/x"):
        pass


def test_a_server_is_asked_with_token_and_tenant() -> None:
    with connect_to("127.0.0.1:9", token="t0ken", tenant="acme") as http:
        headers = http._client.headers  # noqa: SLF001 - what would be sent
        assert http.address == "http://127.0.0.1:9"

    assert headers["authorization"] == "Bearer t0ken"
    assert headers["x-tenant-id"] == "acme"


class Parts(httpx.SyncByteStream):
    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)
