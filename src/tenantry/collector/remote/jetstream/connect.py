"""Connecting to a host: the wire, the dictionary, and what the host has shown itself to be."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
import msgspec

from tenantry import __version__
from tenantry.base import Clock, SystemClock
from tenantry.base.errors import Invalid
from tenantry.collector.errors import (
    DictionaryUnknown,
    FrameTooLong,
    NoSuchWire,
    StreamBroken,
    StreamError,
)
from tenantry.collector.model import Wire
from tenantry.collector.remote.jetstream.compression import Decompressor
from tenantry.collector.remote.jetstream.handshake import (
    NoUpgrade,
    only_upgrades,
    read_at_most,
    refused,
)
from tenantry.collector.remote.jetstream.request import (
    SUBPROTOCOL,
    StreamRequest,
    dictionary_url,
    host_of,
    options_update,
    stream_url,
    wire_of_url,
)
from tenantry.collector.remote.jetstream.stream import (
    MOST_FRAME_BYTES,
    MOST_MESSAGE_BYTES,
    Stream,
)
from tenantry.telemetry import get_logger

CONNECT_SECONDS: Final = 15.0
IDLE_SECONDS: Final = 30.0
_MOST_DICTIONARY_BYTES: Final = 4 * 1024 * 1024
_OK: Final = 200
_LATER: Final = frozenset((408, 425, 429, 500, 502, 503, 504))
_SYSTEM_CLOCK: Final = SystemClock()
_LOGGER: Final = get_logger("tenantry.collector")


class Connector:
    """Opens streams; keeps what it has learnt of hosts: wires, dictionaries, and what fails.

    `dictionary` is that of v1, as its file has it; without one v1 is not compressed. Where
    compression fails, the host's streams are plain from then on, which is logged once and is in
    `plain_because`. It connects to the host itself: no redirect is followed, no proxy asked, no
    cookie kept, and certificates are verified.
    """

    def __init__(
        self,
        *,
        wire: Wire | None = None,
        is_compressed: bool = True,
        dictionary: bytes | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        clock: Clock = _SYSTEM_CLOCK,
    ) -> None:
        self._wire = wire
        self._is_compressed = is_compressed
        self._connect_seconds = connect_seconds
        self._clock = clock
        self._v1 = None if dictionary is None else Decompressor(dictionary)
        self._v2: dict[str, Decompressor] = {}
        self._wires: dict[str, Wire] = {}
        self._too_long: set[str] = set()
        self.plain_because: dict[str, str] = {}
        """Why hosts that could compress do not, by host."""

    def wire_of(self, url: str) -> Wire | None:
        """Return the wire of an endpoint as far as it is known: told, spelled, or found out."""
        return self._wire or wire_of_url(url) or self._wires.get(url)

    def without_compression(self, url: str, because: str) -> None:
        """Have no more streams of this host compressed."""
        host = host_of(url)
        self._v2.pop(host, None)
        if host not in self.plain_because:
            self.plain_because[host] = because
            _LOGGER.warning("Streams are not compressed from now on", host=host, reason=because)

    @contextlib.asynccontextmanager
    async def open(
        self, url: str, request: StreamRequest, *, idle_seconds: float = IDLE_SECONDS
    ) -> AsyncIterator[Stream]:
        """Open a stream for a block.

        Raises `CursorTooOld`, `StreamBusy` (with the pause that the host asks for), `StreamRefused`
        where asking again would be answered alike, and `StreamError`. A host of which a frame was
        too long to be read is asked to leave such frames out the next time.
        """
        host = host_of(url)
        if host in self._too_long and request.max_message_bytes is None:
            request = msgspec.structs.replace(request, max_message_bytes=MOST_FRAME_BYTES)
        wire = self.wire_of(url)
        if wire is None:
            stream = await self._detect(url, request, idle_seconds)
        else:
            stream = await self._open(url, wire, request, idle_seconds)
        try:
            yield stream
        except StreamBroken as error:
            self.without_compression(url, error.message)
            raise
        except FrameTooLong:
            self._too_long.add(host)
            raise
        finally:
            await stream.close()

    async def _detect(self, url: str, request: StreamRequest, idle_seconds: float) -> Stream:
        """Try the later wire first: a host that has both serves the earlier one for old clients."""
        try:
            stream = await self._open(url, "v2", request, idle_seconds)
        except NoSuchWire:
            # What it said of the dictionary was of the other wire.
            self.plain_because.pop(host_of(url), None)
            stream = await self._open(url, "v1", request, idle_seconds)
        self._wires[url] = stream.wire
        return stream

    async def _open(
        self, url: str, wire: Wire, request: StreamRequest, idle_seconds: float
    ) -> Stream:
        before = await self._decompressor(url, wire)
        try:
            return await self._connect(url, wire, request, idle_seconds, before)
        except DictionaryUnknown:
            self._v2.pop(host_of(url), None)
        # Once more with the one that it has now, and then with none.
        after = await self._decompressor(url, wire)
        if after is not None and (before is None or after.dictionary_id != before.dictionary_id):
            with contextlib.suppress(DictionaryUnknown):
                return await self._connect(url, wire, request, idle_seconds, after)
        self.without_compression(url, "it does not know the dictionary that it gives out")
        return await self._connect(url, wire, request, idle_seconds, None)

    async def _connect(
        self,
        url: str,
        wire: Wire,
        request: StreamRequest,
        idle_seconds: float,
        decompressor: Decompressor | None,
    ) -> Stream:
        host = host_of(url)
        dictionary = None if decompressor is None else decompressor.dictionary_id
        session = _session()
        try:
            async with asyncio.timeout(self._connect_seconds):
                socket = await session.ws_connect(
                    stream_url(url, wire, request, dictionary=dictionary),
                    protocols=(SUBPROTOCOL,) if wire == "v2" else (),
                    # Pings of ours would end v2, and permessage-deflate is never to be used.
                    heartbeat=None,
                    compress=0,
                    max_msg_size=MOST_MESSAGE_BYTES,
                    decode_text=False,
                )
                if wire == "v1" and request.is_long:
                    await socket.send_str(options_update(request))
        except BaseException as error:  # a stop too leaves no session open
            await session.close()
            if isinstance(error, NoUpgrade):
                raise refused(host, error, now=self._clock.now()) from None
            if isinstance(error, TimeoutError):
                told = f"{host} did not answer within {self._connect_seconds:g} s"
                raise StreamError(told) from error
            if isinstance(error, aiohttp.ClientError | OSError):
                # The error's own text has the whole address.
                told = f"{host} cannot be reached ({type(error).__name__})"
                raise StreamError(told) from error
            raise
        return Stream(
            socket,
            session=session,
            host=host,
            wire=wire,
            decompressor=decompressor,
            idle_seconds=idle_seconds,
        )

    async def _decompressor(self, url: str, wire: Wire) -> Decompressor | None:
        """Return what takes frames of this host apart; None where they come as they are."""
        host = host_of(url)
        if not self._is_compressed or host in self.plain_because:
            return None
        if wire == "v1":
            return self._v1
        if host not in self._v2:
            try:
                self._v2[host] = await self._fetch(dictionary_url(url))
            except Invalid as error:
                self.without_compression(url, error.message)
                return None
            except (aiohttp.ClientError, OSError, TimeoutError):
                # It may have it the next time; until then it is plain.
                return None
        return self._v2[host]

    async def _fetch(self, url: str) -> Decompressor:
        async with (
            _session() as session,
            asyncio.timeout(self._connect_seconds),
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status in _LATER:
                response.raise_for_status()
            if response.status != _OK:
                raise Invalid(f"it answers {response.status} when asked for its dictionary")
            return Decompressor(await read_at_most(response, _MOST_DICTIONARY_BYTES))


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": f"tenantry/{__version__}"},
        trust_env=False,
        middlewares=(only_upgrades,),
    )
