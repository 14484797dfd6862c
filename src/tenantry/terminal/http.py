"""The one HTTP client of the command line."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import httpx
import msgspec

from tenantry.base.errors import Invalid
from tenantry.terminal.errors import Refused, Unreachable

T = TypeVar("T")

_PATIENCE_SECONDS = 5.0
_SHOWN_BODY = 200
# A server that starts answers that it cannot answer yet.
_ATTEMPTS = 3
_LATER = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})


class _Meta(msgspec.Struct, frozen=True):
    next_cursor: str | None = None


class _Envelope(msgspec.Struct, Generic[T]):
    data: T
    meta: _Meta = _Meta()


class _Error(msgspec.Struct):
    code: str = "refused"
    message: str = ""
    details: dict[str, Any] | None = None


class _ErrorEnvelope(msgspec.Struct):
    error: _Error


class Answer(msgspec.Struct, frozen=True):
    """A whole answer; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def decode(self, kind: type[T]) -> T:
        """Return the JSON body as `kind`; raises `Unreachable` where it is none."""
        return _decode(self.body, kind)

    def data(self, kind: type[T]) -> T:
        """Return what stands under `data` of the envelope as `kind`."""
        return _decode(self.body, _Envelope[kind]).data  # type: ignore[valid-type]

    @property
    def next_cursor(self) -> str | None:
        """Where the list goes on that is under `data`, as `meta` says it."""
        return _decode(self.body, _Envelope[msgspec.Raw]).meta.next_cursor


class Stream(msgspec.Struct, frozen=True):
    """An answer whose body comes in parts."""

    headers: Mapping[str, str]
    chunks: Iterator[bytes]

    def lines(self) -> Iterator[bytes]:
        """Yield the body line by line, without the line breaks."""
        rest = b""
        for chunk in self.chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
        if rest:
            yield rest


class Http:
    """Requests to one server; safe to share between threads.

    What is not a success is raised: `Refused` with the server's own message, or `Unreachable`.
    `is_in_process` says that no server runs and this process answers.
    """

    def __init__(
        self,
        *,
        client: httpx.Client,
        is_in_process: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self.is_in_process = is_in_process

    @property
    def address(self) -> str:
        """Where the requests go."""
        return str(self._client.base_url).rstrip("/")

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        attempts: int = _ATTEMPTS,
        accepts: frozenset[int] = frozenset(),
    ) -> Answer:
        """Send one request and read its answer.

        A 503 or a 429 is tried again after the time the server asks for, `attempts` times in all;
        answers with a status in `accepts` are returned, errors or not.
        """
        request = self._build(method, path, params, body, headers)
        for attempt in range(1, attempts + 1):
            try:
                return self._send_once(request, accepts)
            except Refused as refused:
                if refused.status not in _LATER or attempt == attempts:
                    raise
                self._sleep(min(refused.retry_after_seconds or 1.0, _PATIENCE_SECONDS))

        raise AssertionError("unreachable: the last attempt returns or raises")

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Stream]:
        """Send one request and yield its answer, whose parts are read as they come."""
        with self._translated():
            request = self._build(method, path, params, body, headers)
            response = self._client.send(request, stream=True)
            try:
                if response.is_error:
                    response.read()
                    raise _refusal(response)
                yield Stream(dict(response.headers), response.iter_bytes())
            finally:
                response.close()

    def _send_once(self, request: httpx.Request, accepts: frozenset[int]) -> Answer:
        with self._translated():
            response = self._client.send(request)
        if not response.is_success and response.status_code not in accepts:
            raise _refusal(response)
        return Answer(response.status_code, dict(response.headers), response.content)

    def _build(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Request:
        sent = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        try:
            return self._client.build_request(
                method, path, params=dict(params or {}), content=body, headers=sent
            )
        except UnicodeEncodeError:
            # Not chained: it quotes what may be a secret.
            raise Invalid(field="the request", got="what is no text", wants="UTF-8") from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"no answer from {self.address}: {reason}") from error


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreachable(f"the answer is not a Tenantry server's: {error}") from error


def _refusal(response: httpx.Response) -> Refused:
    phrase = f"{response.status_code} {response.reason_phrase}".rstrip()
    try:
        error = msgspec.json.decode(response.content, type=_ErrorEnvelope).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        error = _Error(message=response.text.strip()[:_SHOWN_BODY])

    return Refused(
        error.message or phrase,
        status=response.status_code,
        code=error.code,
        details=error.details,
        retry_after_seconds=_seconds(response.headers.get("retry-after")),
    )


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None
