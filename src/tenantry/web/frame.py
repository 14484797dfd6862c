"""The outermost layer: what every request gets, whichever door it goes through.

Plain ASGI, because the hot door of `configs` stands directly behind it: a correlation id, limits
on the path and the body, the error of last resort, one metric, and a log line where one is due.
"""

from asyncio import CancelledError
from typing import Final
from urllib.parse import unquote_to_bytes

from tenantry.base import Clock
from tenantry.base.errors import Invalid, TooLarge
from tenantry.telemetry import bind
from tenantry.web.accounts import Accounts
from tenantry.web.answer import (
    ANSWER_HEADERS,
    Answer,
    AsgiApp,
    AsgiScope,
    Message,
    Receive,
    Send,
    send_answer,
)
from tenantry.web.cors import Cors
from tenantry.web.headers import (
    Headers,
    client_address_of,
    content_length_of,
    remember_headers,
    request_id_of,
)
from tenantry.web.problems import answer_error
from tenantry.web.proxies import TrustedProxies

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""A config value of a million four-byte characters, escaped, and what stands around it."""

ROUTE_KEY: Final = "path_template"
"""Where a scope says which route it has taken, for the metrics; the framework's own name for it."""

UNMATCHED: Final = "unmatched"
PREFLIGHT: Final = "preflight"
_CLIENT_WENT_AWAY: Final = 499


class Frame:
    """Wraps `app`; `max_body_bytes` bounds the body of every request.

    `proxies` are believed in where a request comes from; without them it comes from its peer.
    `cors` says what pages of other origins may do; without it their browsers let them do nothing.
    """

    def __init__(
        self,
        app: AsgiApp,
        *,
        accounts: Accounts,
        clock: Clock,
        proxies: TrustedProxies | None = None,
        cors: Cors | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._clock = clock
        self._proxies = proxies
        self._cors = cors
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; other kinds of connection pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        started_at = self._clock.monotonic()
        headers = remember_headers(scope)
        request_id = request_id_of(headers)
        sender = _Sender(send, request_id=request_id, method=scope["method"])
        scope[ANSWER_HEADERS] = sender.headers
        if self._proxies is not None:
            self._proxies.enter(scope)

        with bind(correlation_id=request_id, source=client_address_of(scope)):
            try:
                await self._answer(scope, receive, sender, headers)
            except CancelledError:
                sender.status = sender.status or _CLIENT_WENT_AWAY
                raise
            finally:
                self._account(scope, sender, self._clock.monotonic() - started_at)

    async def _answer(
        self, scope: AsgiScope, receive: Receive, sender: "_Sender", headers: Headers
    ) -> None:
        try:
            if self._cors is not None:
                preflight = self._cors.meet(scope, headers, sender.headers)
                if preflight is not None:
                    scope[ROUTE_KEY] = PREFLIGHT
                    await send_answer(sender, preflight)
                    return
            _check_path(scope)
            receive = self._limited(receive, headers)
            # An answer to HEAD is the answer to GET without its body.
            inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
            try:
                await self._app(inner, receive, sender)
            finally:
                scope[ROUTE_KEY] = inner.get(ROUTE_KEY, UNMATCHED)
        except Exception as error:  # the request's outermost guard: whatever it was, it is answered
            if sender.status:
                # Half an answer is out: only closing the connection can tell the client.
                raise
            await send_answer(sender, _closing(answer_error(error, scope, clock=self._clock)))

    def _limited(self, receive: Receive, headers: Headers) -> Receive:
        length = content_length_of(headers)
        if length is None:
            # The server reads no body that was not announced in one of these two ways.
            return receive if b"transfer-encoding" not in headers else self._counted(receive)
        if length > self._max_body_bytes:
            raise self._too_large(length)
        return receive

    def _counted(self, receive: Receive) -> Receive:
        received = 0

        async def counting() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body_bytes:
                raise self._too_large(received)
            return message

        return counting

    def _too_large(self, length: int) -> TooLarge:
        return TooLarge(
            field="body", got=f"{length} bytes", wants=f"at most {self._max_body_bytes} bytes"
        )

    def _account(self, scope: AsgiScope, sender: "_Sender", seconds: float) -> None:
        self._accounts.close(
            route=scope.get(ROUTE_KEY) or UNMATCHED,
            method=scope["method"],
            path=scope["path"],
            status=sender.status,
            seconds=seconds,
        )


class _Sender:
    """Sends, adding `headers` and keeping the status; drops the body of an answer to HEAD."""

    __slots__ = ("_is_head", "_send", "headers", "status")

    def __init__(self, send: Send, *, request_id: str, method: str) -> None:
        self._send = send
        self.headers = [(b"x-request-id", request_id.encode("ascii"))]
        self._is_head = method == "HEAD"
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self.headers]
            await self._send(message)
            if self._is_head:
                # At once: a stream may have no end to wait for.
                await self._send({"type": "http.response.body", "body": b""})
        elif not self._is_head:
            await self._send(message)


def _check_path(scope: AsgiScope) -> None:
    """Refuse what would be another path once decoded; nearly every path has nothing to decode."""
    raw_path = scope.get("raw_path") or b""
    if b"%" not in raw_path:
        return
    if b"%2f" in raw_path.lower():
        raise Invalid(field="path", got="an encoded slash", wants="a path without %2F")
    try:
        unquote_to_bytes(raw_path).decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid(
            field="path", got="bytes that are not UTF-8", wants="percent-encoded UTF-8"
        ) from None


def _closing(answer: Answer) -> Answer:
    """Close the connection behind an answer that came before the request was read to its end."""
    return Answer(answer.status, [*answer.headers, (b"connection", b"close")], answer.body)
