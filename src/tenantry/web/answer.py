"""A whole answer as a value, for the framework's handlers and for raw ASGI alike."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec

Header = tuple[bytes, bytes]
Message = MutableMapping[str, Any]
AsgiScope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[AsgiScope, Receive, Send], Awaitable[None]]

ANSWER_HEADERS: Final = "tenantry.answer_headers"
"""Where a scope has the list of headers that its answer gets, whatever the answer will be."""

_WITHOUT_BODY = frozenset({204, 304})


class Answer(msgspec.Struct, frozen=True):
    """Status, headers with lower-case names but for `content-length`, and body."""

    status: int
    headers: list[Header]
    body: bytes


async def send_answer(send: Send, answer: Answer) -> None:
    """Send `answer` as the whole response."""
    headers = answer.headers
    if answer.status not in _WITHOUT_BODY:
        headers = [*headers, (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
