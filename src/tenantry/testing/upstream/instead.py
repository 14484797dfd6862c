"""What is answered in the place of an answer, where a fault is to happen."""

import asyncio
import gzip
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from tenantry.testing.upstream.faults import Cut, Huge, Raw, Redirect, Reset, Status

_CHUNK: Final = b" " * 65_536


async def answer_instead(
    request: web.Request, faults: Sequence[object], body: bytes
) -> web.StreamResponse | None:
    """Return what is answered in the place of a page, None for the page itself."""
    for fault in faults:
        match fault:
            case Status(status=status, retry_after=after, body=words):
                headers = {} if after is None else {"Retry-After": str(after)}
                return web.Response(status=status, text=words, headers=headers)
            case Redirect(location=location):
                return web.Response(status=302, headers={"Location": location})
            case Raw(body=raw, content_type=content_type):
                return web.Response(body=raw, content_type=content_type)
            case Reset():
                _abort(request)
            case Cut():
                await _cut(request, body)
            case Huge(size=size, is_packed=is_packed):
                return await _huge(request, size, is_packed=is_packed)
            case _:
                pass
    return None


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
    # The handler ends as it does where the other side has gone.
    raise asyncio.CancelledError


async def _cut(request: web.Request, body: bytes) -> None:
    response = web.StreamResponse(headers={"Content-Length": str(len(body))})
    response.content_type = "application/json"
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    _abort(request)


async def _huge(request: web.Request, size: int, *, is_packed: bool) -> web.StreamResponse:
    if is_packed:
        packed = gzip.compress(b" " * size)
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    response = web.StreamResponse()
    response.content_type = "application/json"
    await response.prepare(request)
    for _ in range(-(-size // len(_CHUNK))):
        await response.write(_CHUNK)
    return response
