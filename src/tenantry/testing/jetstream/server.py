"""The host itself: a WebSocket server on loopback that speaks both wires."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import msgspec
from aiohttp import web

from tenantry.base import Service
from tenantry.testing.jetstream.asking import Wrong, asked_v1, asked_v2, changed
from tenantry.testing.jetstream.mood import Answer, Mood
from tenantry.testing.jetstream.program import Asked, Program
from tenantry.testing.jetstream.sending import Sending
from tenantry.testing.network import Sent

V1_PATH: Final = "/subscribe"
V2_PATH: Final = "/xrpc/network.bsky.jetstream.subscribeEvents"
DICTIONARY_PATH: Final = "/xrpc/network.bsky.jetstream.getZstdDictionary"
_SUBPROTOCOL: Final = "xrpc.v1.json"


class FakeJetstream(Service):
    """Sends `events`, which must be in the order of their time, to whoever subscribes.

    Who names no cursor gets all there is, as if he had come before it. `published` says how many of
    the events have happened already (by default all); `publish` has more happen. What a mood
    changes counts for the connections that are opened from then on. It listens from `start` to
    `stop`, on a port of its own choice where none is given; `async with` does both.
    """

    def __init__(
        self,
        events: Sequence[Sent],
        *,
        mood: Mood | None = None,
        published: int | None = None,
        first_seq: int = 1,
        seed: int = 0,
        wires: Sequence[str] = ("v1", "v2"),
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__()
        self._events = events
        self._first_seq = first_seq
        self._seed = seed
        self._wires = tuple(wires)
        self._host = host
        self._port = port
        self._published = len(events) if published is None else published
        self._news = asyncio.Event()
        self._sendings: set[Sending] = set()
        self._runner: web.AppRunner | None = None
        self.connections: list[Asked] = []
        """What was asked for, connection by connection, those that were refused too."""
        self.program = self._programmed(mood or Mood())

    @property
    def address(self) -> str:
        """Where it is: `ws://127.0.0.1:4321`; either wire has its own path there."""
        return f"ws://{self._host}:{self._port}"

    @property
    def v1(self) -> str:
        """The endpoint of the first wire."""
        return self.address + V1_PATH

    @property
    def v2(self) -> str:
        """The endpoint of the second wire."""
        return self.address + V2_PATH

    @property
    def dictionary(self) -> bytes:
        """The zstd dictionary that it compresses with."""
        return self.program.dictionary

    @property
    def published(self) -> int:
        """How many events have happened."""
        return self._published

    @property
    def connection_count(self) -> int:
        """How many are connected now."""
        return len(self._sendings)

    def publish(self, count: int) -> None:
        """Have the next `count` events happen."""
        self._published = min(self._published + count, len(self._events))
        self._wake()

    def feel(self, mood: Mood) -> None:
        """Behave so from now on; who is connected is served as before."""
        self.program = self._programmed(mood)

    def cut(self) -> None:
        """End every connection, without a word."""
        for sending in tuple(self._sendings):
            sending.cut()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _on_start(self) -> None:
        app = web.Application()
        if "v1" in self._wires:
            app.router.add_get(V1_PATH, self._subscribe_v1)
        if "v2" in self._wires:
            app.router.add_get(V2_PATH, self._subscribe_v2)
            app.router.add_get(DICTIONARY_PATH, self._dictionary)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def _on_stop(self) -> None:
        self.cut()
        assert self._runner is not None  # noqa: S101 - it was started
        await self._runner.cleanup()

    def _programmed(self, mood: Mood) -> Program:
        return Program(self._events, mood=mood, first_seq=self._first_seq, seed=self._seed)

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _subscribe_v1(self, request: web.Request) -> web.StreamResponse:
        try:
            asked, is_waiting = asked_v1(request.query, request.headers)
        except Wrong as error:
            return _answer(Answer(status=400, message=str(error)))
        return await self._serve(request, asked, is_waiting=is_waiting)

    async def _subscribe_v2(self, request: web.Request) -> web.StreamResponse:
        program = self.program
        try:
            asked = asked_v2(request.query)
            _check_dictionary(program, request.query.get("zstdDictionary"))
            self._check_cursor(program, asked)
        except Wrong as error:
            self.connections.append(asked_v2(request.query, is_strict=False))
            return _answer(Answer(status=400, error=error.code, message=str(error)))
        return await self._serve(request, asked, is_waiting=False)

    def _check_cursor(self, program: Program, asked: Asked) -> None:
        oldest = program.oldest_place(self._published)
        if asked.cursor is not None and _place(program, asked) < oldest:
            floor = program.first_seq + oldest
            raise Wrong(f"the oldest event has seq {floor}", "CursorTooOld")

    async def _serve(
        self, request: web.Request, asked: Asked, *, is_waiting: bool
    ) -> web.StreamResponse:
        self.connections.append(asked)
        program = self.program
        if program.mood.hangs:
            await asyncio.Event().wait()
        if program.mood.answer is not None:
            return _answer(program.mood.answer)

        socket = web.WebSocketResponse(
            protocols=(_SUBPROTOCOL,) if asked.wire == "v2" else (), compress=False, timeout=0.1
        )
        await socket.prepare(request)
        place = max(_place(program, asked), program.oldest_place(self._published))
        sending = Sending(request, socket, program=program, asked=asked, place=place)
        self._sendings.add(sending)
        listening = asyncio.create_task(_listen(socket, sending))
        try:
            if is_waiting:
                await sending.said_hello.wait()
            await sending.send_all(lambda: self._published, lambda: self._news)
        finally:
            listening.cancel()
            self._sendings.discard(sending)
        return socket

    async def _dictionary(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.program.dictionary, content_type="application/octet-stream")


async def _listen(socket: web.WebSocketResponse, sending: Sending) -> None:
    """Take what the client says: options on the first wire; on the second anything ends it."""
    async for message in socket:
        if sending.asked.wire == "v2":
            break
        try:
            sending.asked = changed(sending.asked, message.data)
        except Wrong:
            break
        sending.said_hello.set()
    sending.cut()


def _place(program: Program, asked: Asked) -> int:
    if asked.cursor is None:
        return 0
    if asked.wire == "v1" or asked.cursor >= 10**15:
        return program.place_of_time(asked.cursor)
    return program.place_of_seq(asked.cursor)


def _check_dictionary(program: Program, named: str | None) -> None:
    if named is None:
        return
    if program.mood.forgets_dictionary or named != str(program.dictionary_id):
        raise Wrong(f"the dictionary is {program.dictionary_id}", "UnknownZstdDictionary")


def _answer(answer: Answer) -> web.Response:
    headers = {} if answer.retry_after is None else {"Retry-After": f"{answer.retry_after:g}"}
    body = msgspec.json.encode({"error": answer.error, "message": answer.message})
    return web.Response(
        status=answer.status, body=body, content_type="application/json", headers=headers
    )
