"""What a source's answer is: a page, nothing new, or an error of its type."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
import msgspec

from tenantry.base.codec import decode_json
from tenantry.base.errors import Invalid
from tenantry.sync.errors import AuthError, NetworkError, SyncError, ValidationError
from tenantry.sync.model import Collection, Row
from tenantry.sync.remote.rows import check_rows

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""Of one page, as JSON."""
MAX_CURSOR_CHARACTERS: Final = 4096
MAX_ROWS: Final = 100_000_000
"""More than this is no total that anybody means."""

OK: Final = 200
NOT_MODIFIED: Final = 304
REFUSED: Final = frozenset({401, 403})
_NOT_FOUND: Final = 404
_TOO_MANY: Final = 429
_LATER: Final = frozenset({408, 425, _TOO_MANY})
_LEAST_SERVER_ERROR: Final = 500
_REDIRECTS: Final = frozenset({300, 301, 302, 303, 307, 308})


class Pagination(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says of itself."""

    page: int | None = None
    total: int | None = None
    page_count: int | None = None
    next_cursor: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of an answer, and what it says of the others."""

    rows: list[Row]
    pagination: Pagination | None


async def read_body(response: aiohttp.ClientResponse, *, where: str) -> bytes:
    """Return the body, unpacked; raises `ValidationError` above `MAX_BODY_BYTES`."""
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > MAX_BODY_BYTES:
            wants = f"at most {MAX_BODY_BYTES} bytes; a smaller page_size may do"
            raise ValidationError(f"{where}: got a longer answer, wants {wants}")
        parts.append(part)
    return b"".join(parts)


def error_of(
    status: int, headers: Mapping[str, str], *, where: str, is_tenant: bool, now: datetime
) -> SyncError:
    """Return the error that an answer is by its status alone: what it says may hold anything."""
    if status in REFUSED:
        told = "refuses our token, also a fresh one; set the secret that auth names anew"
        return AuthError(f"{where}: got {status}, the source {told}")
    if status == _NOT_FOUND and is_tenant:
        return AuthError(f"{where}: got 404, the source does not know this tenant")
    if status == _NOT_FOUND:
        return ValidationError(f"{where}: got 404, wants a path that the source has")
    if status in _LATER or status >= _LEAST_SERVER_ERROR:
        return NetworkError(
            f"{where}: got {status}, the source cannot answer now",
            retry_after_seconds=retry_after(headers.get("Retry-After"), now=now),
        )
    if status in _REDIRECTS:
        told = "wants an answer: redirects are not followed, base_url must be the final address"
        return ValidationError(f"{where}: got {status}, {told}")
    return ValidationError(f"{where}: got {status}, wants 200")


def retry_after(value: str | None, *, now: datetime) -> float:
    """Return the seconds that a `Retry-After` asks for, 0 where it says nothing sensible."""
    if not value:
        return 0.0
    try:
        if value.strip().isdigit():
            seconds = float(value)
        else:
            at = parsedate_to_datetime(value)
            seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(0.0, seconds), 86_400.0) if math.isfinite(seconds) else 0.0


def parse_answer(body: bytes, collection: Collection, *, where: str) -> Answer:
    """Return what a body says; raises `ValidationError`, which names the field."""
    document = decode_answer(body, where=where)
    if document.get("success") is False:
        raise ValidationError(f"{where}: success: got false, wants true")
    if "data" not in document:
        raise ValidationError(f"{where}: data: is missing, wants {_wanted(collection)}")

    data = document["data"]
    if collection.is_single:
        if not isinstance(data, dict):
            raise ValidationError(f"{where}: data: got no object, wants {_wanted(collection)}")
        return Answer(rows=check_rows([data], collection, where=where), pagination=None)
    if not isinstance(data, list):
        raise ValidationError(f"{where}: data: got no list, wants {_wanted(collection)}")
    return Answer(
        rows=check_rows(data, collection, where=where),
        pagination=_pagination(document.get("pagination"), where=where),
    )


def decode_answer(body: bytes, *, where: str) -> dict[str, Any]:
    """Return the JSON object that a body is."""
    try:
        document = decode_json(body, field=where)
    except Invalid:
        # The decoder's own words could quote what stands there.
        told = f"got {len(body)} bytes that are no JSON, wants a JSON object"
        raise ValidationError(f"{where}: {told}") from None
    if not isinstance(document, dict):
        raise ValidationError(f"{where}: got JSON that is no object, wants {{success, data, …}}")
    return document


def _wanted(collection: Collection) -> str:
    return "an object" if collection.is_single else "a list of objects"


def _pagination(value: Any, *, where: str) -> Pagination | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValidationError(f"{where}: pagination: got no object, wants {{page, limit, total}}")

    def count(name: str, *, least: int) -> int | None:
        number = value.get(name)
        if number is None:
            return None
        if isinstance(number, bool) or not isinstance(number, int):
            raise ValidationError(f"{where}: pagination.{name}: wants a whole number")
        if not least <= number <= MAX_ROWS:
            told = f"got {number}, wants {least} to {MAX_ROWS}"
            raise ValidationError(f"{where}: pagination.{name}: {told}")
        return number

    limit, total = count("limit", least=1), count("total", least=0)
    page_count = count("totalPages", least=0)
    if page_count is None and limit is not None and total is not None:
        page_count = -(-total // limit)
    return Pagination(
        page=count("page", least=1),
        total=total,
        page_count=page_count,
        next_cursor=_next_cursor(value.get("nextCursor"), where=where),
    )


def _next_cursor(value: Any, *, where: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or len(value) > MAX_CURSOR_CHARACTERS:
        wants = f"text of at most {MAX_CURSOR_CHARACTERS} characters, or null"
        raise ValidationError(f"{where}: pagination.nextCursor: wants {wants}")
    return value
