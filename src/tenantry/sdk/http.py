"""Requests over httpx, as they must be sent by a program without an event loop."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import httpx

from tenantry.sdk.connection import Connection, timeout_of
from tenantry.sdk.errors import Invalid, RequestFailed, Unavailable, Unreachable
from tenantry.sdk.reply import Reply, error_of
from tenantry.sdk.request import Request
from tenantry.sdk.retry import Retry, was_sent

T = TypeVar("T")
Trace = Callable[[str, Mapping[str, Any]], None]

ANSWER_SECONDS: Final = 10.0
"""How long a server may be silent within one answer."""

# Of these nothing has left this machine; after any other the request may have been carried out.
_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Http:
    """Sends requests and repeats them as `retry` says; safe to share between threads.

    `timeout_seconds` bounds a request and all its repetitions together.
    """

    def __init__(self, connection: Connection, *, timeout_seconds: float, retry: Retry) -> None:
        check_timeout(timeout_seconds)
        self._connection = connection
        self._timeout_seconds = timeout_seconds
        self._retry = retry
        self._client = httpx.Client(**connection.options())

    def send(self, request: Request[T]) -> T:
        """Send a request and return what its answer says; raises `RequestFailed`."""
        deadline = time.monotonic() + self._timeout_seconds + request.wait_seconds
        attempt = 1
        may_be_done = False
        while True:
            try:
                reply = self._exchange(request, deadline)
                return request.read_reply(reply, may_be_done=may_be_done)
            except RequestFailed as error:
                may_be_done = may_be_done or was_sent(error)
                pause = self._retry.pause_after(
                    error,
                    is_repeatable=request.is_repeatable_after(error),
                    attempt=attempt,
                    seconds_left=deadline - time.monotonic(),
                    chance=random.random(),  # noqa: S311 - it spreads the load, and hides nothing
                )
                if pause is None:
                    raise
            time.sleep(pause)
            attempt += 1

    @contextmanager
    def stream(
        self, request: Request[None], *, silence_seconds: float, trace: Trace | None = None
    ) -> Iterator[httpx.Response]:
        """Send a request once and yield its answer, whose body is still to come.

        `trace` is told what becomes of the connection (httpx's extension of that name).
        """
        with translated(self._connection):
            sent = built(self._client, request, seconds=silence_seconds)
            if trace is not None:
                sent.extensions = {**sent.extensions, "trace": trace}
            response = self._client.send(sent, stream=True)
            try:
                if not response.is_success:
                    response.read()
                    raise error_of(reply_of(response, response.content))
                yield response
            finally:
                response.close()

    def close(self) -> None:
        """Close what is open."""
        self._client.close()

    def _exchange(self, request: Request[T], deadline: float) -> Reply:
        seconds = attempt_seconds(request, deadline - time.monotonic())
        with translated(self._connection):
            response = self._client.send(built(self._client, request, seconds=seconds), stream=True)
            try:
                return reply_of(response, self._read(response, deadline))
            finally:
                response.close()

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        parts = []
        # httpx bounds each part, and nothing bounds how many there are.
        for part in response.iter_bytes():
            parts.append(part)
            if time.monotonic() > deadline:
                raise too_late(self._connection, self._timeout_seconds)
        return b"".join(parts)


def built(
    client: httpx.Client | httpx.AsyncClient, request: Request[T], *, seconds: float
) -> httpx.Request:
    """Return a request as httpx has it."""
    return client.build_request(
        request.method,
        request.target,
        content=request.body,
        headers=list(request.headers),
        timeout=timeout_of(seconds),
    )


def reply_of(response: httpx.Response, body: bytes) -> Reply:
    """Return an answer as a value."""
    return Reply(response.status_code, dict(response.headers), body)


def attempt_seconds(request: Request[T], seconds_left: float) -> float:
    """Return how long one attempt may be silent."""
    return max(0.001, min(seconds_left, ANSWER_SECONDS + request.wait_seconds))


def check_timeout(seconds: float) -> None:
    """Raise `Invalid` for a time-out that is none."""
    if not seconds > 0:
        raise Invalid(f"timeout_seconds: got {seconds}, wants more than 0")


def too_late(connection: Connection, seconds: float) -> Unreachable:
    """Return the error of an answer that was not there in time."""
    return Unreachable(f"no answer from {connection.address}: not within {seconds} s")


@contextmanager
def translated(connection: Connection) -> Iterator[None]:
    """Raise what httpx raises as an error of ours."""
    try:
        yield
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise Unreachable(
            f"no answer from {connection.address}: {reason}", is_unsent=isinstance(error, _UNSENT)
        ) from error


def is_passing(error: RequestFailed) -> bool:
    """Whether a connection that ended so is worth another."""
    return isinstance(error, Unavailable)
