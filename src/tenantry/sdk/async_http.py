"""Requests over httpx on asyncio: as `http`, with every wait awaited."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import httpx

from tenantry.sdk.connection import Connection
from tenantry.sdk.errors import RequestFailed
from tenantry.sdk.http import (
    attempt_seconds,
    built,
    check_timeout,
    reply_of,
    too_late,
    translated,
)
from tenantry.sdk.reply import Reply, error_of
from tenantry.sdk.request import Request
from tenantry.sdk.retry import Retry, was_sent

T = TypeVar("T")


class AsyncHttp:
    """Sends requests and repeats them as `retry` says."""

    def __init__(self, connection: Connection, *, timeout_seconds: float, retry: Retry) -> None:
        check_timeout(timeout_seconds)
        self._connection = connection
        self._timeout_seconds = timeout_seconds
        self._retry = retry
        self._client = httpx.AsyncClient(**connection.options())

    async def send(self, request: Request[T]) -> T:
        """Send a request and return what its answer says; raises `RequestFailed`."""
        deadline = time.monotonic() + self._timeout_seconds + request.wait_seconds
        attempt = 1
        may_be_done = False
        while True:
            try:
                reply = await self._exchange(request, deadline)
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
            await asyncio.sleep(pause)
            attempt += 1

    @asynccontextmanager
    async def stream(
        self, request: Request[None], *, silence_seconds: float
    ) -> AsyncIterator[httpx.Response]:
        """Send a request once and yield its answer, whose body is still to come."""
        with translated(self._connection):
            sent = built(self._client, request, seconds=silence_seconds)
            response = await self._client.send(sent, stream=True)
            try:
                if not response.is_success:
                    await response.aread()
                    raise error_of(reply_of(response, response.content))
                yield response
            finally:
                await response.aclose()

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def _exchange(self, request: Request[T], deadline: float) -> Reply:
        seconds_left = deadline - time.monotonic()
        sent = built(self._client, request, seconds=attempt_seconds(request, seconds_left))
        try:
            async with asyncio.timeout(seconds_left):
                with translated(self._connection):
                    response = await self._client.send(sent)
        except TimeoutError:
            raise too_late(self._connection, self._timeout_seconds) from None
        return reply_of(response, response.content)
