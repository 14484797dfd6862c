"""The way to an application in this process: heads at once, bodies part by part, and the end."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tenantry.terminal.in_process import running_in_process
from tenantry.terminal.served import AsgiApp
from tests.support.waiting import wait_until


class Small:
    """An application that answers as `asgi` does, and notes its life."""

    def __init__(self, asgi: AsgiApp) -> None:
        self.asgi = asgi
        self.life: list[str] = []

    async def start(self) -> None:
        self.life.append("started")

    async def stop(self) -> None:
        self.life.append("stopped")


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = (await receive())["body"]
    head = f"{scope['method']} {scope['raw_path'].decode()} {scope['query_string'].decode()} "
    await send({"type": "http.response.start", "status": 207, "headers": [(b"x-a", b"b")]})
    await send({"type": "http.response.body", "body": head.encode() + body})


class Endless:
    """Sends parts until nobody listens."""

    def __init__(self) -> None:
        self.sent_count = 0
        self.is_over = threading.Event()

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                self.sent_count += 1
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
        finally:
            self.is_over.set()


class Interrupted:
    """Answers nothing, and Ctrl-C is pressed meanwhile."""

    def __init__(self) -> None:
        self.is_over = threading.Event()

    async def __call__(self, _scope: Any, _receive: Any, _send: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Future()
        finally:
            self.is_over.set()


async def breaks_early(_scope: Any, _receive: Any, _send: Any) -> None:
    raise ZeroDivisionError


async def breaks_late(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise ZeroDivisionError


def client_of(app: AsgiApp) -> Iterator[httpx.Client]:
    with (
        running_in_process(lambda: Small(app)) as transport,
        httpx.Client(transport=transport, base_url="http://here") as client,
    ):
        yield client


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    yield from client_of(request.param)


@pytest.mark.parametrize("client", [echo], indirect=True)
def test_a_request_arrives_as_it_was_sent(client: httpx.Client) -> None:
    response = client.post("/a%2Eb/%F0%9F%98%80", params={"q": "1"}, content=b"body")

    assert response.status_code == 207
    assert response.headers["x-a"] == "b"
    assert response.text == "POST /a%2Eb/%F0%9F%98%80 q=1 body"


@pytest.mark.parametrize("client", [echo], indirect=True)
def test_many_threads_share_one_transport(client: httpx.Client) -> None:
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(client.get(f"/{n}").text))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == sorted(f"GET /{n}  " for n in range(20))


def test_parts_arrive_as_they_are_sent_and_the_sender_waits_for_the_reader() -> None:
    app = Endless()
    for client in client_of(app):
        with client.stream("GET", "/") as response:
            parts = response.iter_raw()
            assert [next(parts) for _ in range(3)] == [b"x"] * 3
            assert app.sent_count < 20
        wait_until(app.is_over.is_set)


@pytest.mark.parametrize("client", [breaks_early], indirect=True)
def test_an_application_that_breaks_before_it_answers_is_an_error(client: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/")


@pytest.mark.parametrize("client", [breaks_late], indirect=True)
def test_half_an_answer_is_an_error(client: httpx.Client) -> None:
    with client.stream("GET", "/") as response:
        parts = response.iter_raw()
        assert next(parts) == b"half"
        with pytest.raises(httpx.RemoteProtocolError):
            next(parts)


def test_the_application_is_stopped_and_its_thread_is_over_at_the_end() -> None:
    small = Small(echo)
    with running_in_process(lambda: small):
        assert small.life == ["started"]

    assert small.life == ["started", "stopped"]
    assert "tenantry-in-process" not in [thread.name for thread in threading.enumerate()]


def test_what_a_start_raises_passes_through() -> None:
    class Failing(Small):
        async def start(self) -> None:
            raise PermissionError

    with pytest.raises(PermissionError), running_in_process(lambda: Failing(echo)):
        pass

    assert "tenantry-in-process" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("client", [Interrupted()], indirect=True)
def test_ctrl_c_ends_an_answer_that_does_not_come(
    client: httpx.Client, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(KeyboardInterrupt):
        client.get("/")

    app: Interrupted = request.node.callspec.params["client"]
    assert app.is_over.is_set()
