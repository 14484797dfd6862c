"""What a host answers instead of a stream, in words of our own.

Its text may hold anything: of it come nothing but a name and a number.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
import msgspec

from tenantry.collector.errors import (
    CursorTooOld,
    DictionaryUnknown,
    NoSuchWire,
    StreamBusy,
    StreamError,
    StreamRefused,
)

_SWITCHING: Final = 101
_BUSY: Final = frozenset((408, 425, 429))
_NO_PATH: Final = frozenset((404, 405, 501))
_REDIRECTS: Final = range(300, 400)
_SERVER_ERROR: Final = 500
_MOST_ANSWER_BYTES: Final = 8 * 1024
_LONGEST_PAUSE_SECONDS: Final = 3_600.0
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
_FLOOR: Final = re.compile(r"floor\D{0,20}(\d{1,18})")
_NUMBER: Final = re.compile(r"\d{1,18}")


class NoUpgrade(Exception):
    """A host was asked for a WebSocket, and has answered otherwise."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body


async def only_upgrades(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Raise `NoUpgrade` where a host was asked for a WebSocket and answers otherwise.

    The library's own error has lost the body, where v2 says why; and it would follow redirects.
    """
    response = await handler(request)
    if "Upgrade" not in request.headers or response.status == _SWITCHING:
        return response
    try:
        body = await read_at_most(response, _MOST_ANSWER_BYTES)
    except (aiohttp.ClientError, OSError):
        body = b""  # the status counts
    response.close()
    raise NoUpgrade(response.status, response.headers, body)


async def read_at_most(response: aiohttp.ClientResponse, most: int) -> bytes:
    """Return the first `most` bytes of a body."""
    body = bytearray()
    while len(body) < most and (part := await response.content.read(most - len(body))):
        body += part
    return bytes(body)


def refused(host: str, answer: NoUpgrade, *, now: datetime) -> StreamError:
    """Return what an answer means that is no stream."""
    name, message = _told(answer.body)
    if name == "CursorTooOld":
        told = f"{host} does not go back as far as the cursor"
        return CursorTooOld(told, floor_seq=_floor(message))
    if name == "UnknownZstdDictionary":
        return DictionaryUnknown(f"{host} does not know the dictionary")

    status = answer.status
    told = f"{host} answers {status} ({name})" if name else f"{host} answers {status}"
    if status in _NO_PATH and name in ("", "MethodNotImplemented"):
        return NoSuchWire(told)
    if status in _BUSY or status >= _SERVER_ERROR:
        pause = retry_after(answer.headers.get("Retry-After"), now=now)
        return StreamBusy(told, retry_after_seconds=pause)
    if status in _REDIRECTS:
        return StreamRefused(f"{told}: the address must be the final one, nothing is followed")
    return StreamRefused(told)


def retry_after(value: str | None, *, now: datetime) -> float:
    """Return how long a host asks to be left alone: RFC 9110, section 10.2.3, in seconds."""
    if not value:
        return 0.0
    try:
        if value.strip().isdecimal():
            seconds = float(value)
        else:
            at = parsedate_to_datetime(value)
            seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), _LONGEST_PAUSE_SECONDS)


class _Answer(msgspec.Struct):
    """An error as XRPC tells it."""

    error: str = ""
    message: str = ""


def _told(body: bytes) -> tuple[str, str]:
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except msgspec.MsgspecError:
        return "", ""
    return answer.error if _NAME.fullmatch(answer.error) else "", answer.message


def _floor(message: str) -> int | None:
    """Return where a host begins: the number behind "floor", else the greatest that it names.

    It may name the cursor as well, which is the smaller one of the two.
    """
    if named := _FLOOR.search(message):
        return int(named[1])
    return max((int(number) for number in _NUMBER.findall(message)), default=None)
