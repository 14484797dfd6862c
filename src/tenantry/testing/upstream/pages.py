"""Cutting pages, as an upstream does: by number or by cursor, with what it says of the whole."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tenantry.base.codec import encode_json
from tenantry.testing.upstream.faults import (
    Drift,
    Duplicate,
    EarlyEnd,
    Fault,
    Reordered,
    Short,
    Total,
)
from tenantry.testing.upstream.rows import Row


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks for."""

    page: int
    limit: int
    is_cursor: bool
    since: str | None


def asked_by(query: Mapping[str, str], *, paging: str, max_limit: int, since: str | None) -> Asked:
    """Return what a query asks for; what is no number is the default."""
    limit = min(_number(query.get("limit"), 50), max_limit)
    page = _number(query.get("page"), 1)
    if paging == "cursor":
        page = _page_of(query.get("cursor"))
    return Asked(
        page=page,
        limit=limit,
        is_cursor=paging == "cursor",
        since=query.get(since) if since is not None else None,
    )


def page_of(rows: Sequence[Row], asked: Asked, faults: Sequence[Fault]) -> dict[str, Any]:
    """Return the answer to a request, with whatever is to be wrong about it."""
    if asked.since is not None:
        rows = [row for row in rows if str(row.get("updatedAt", "")) >= asked.since]
    start = (asked.page - 1) * asked.limit
    cut = list((rows[::-1] if _has(faults, Reordered) else rows)[start : start + asked.limit])
    if _has(faults, Duplicate) and start and cut:
        cut[0] = rows[start - 1]

    total = len(rows)
    page_count = -(-total // asked.limit)
    for fault in faults:
        match fault:
            case Short(rows=count):
                cut = cut[: max(0, len(cut) - count)]
            case EarlyEnd():
                page_count = asked.page
            case Total(change=change):
                total += change
            case Drift(field=field, value=value) if cut:
                cut[0] = _drifted(cut[0], field, value)
            case _:
                pass

    pagination: dict[str, Any] = {"limit": asked.limit, "total": total}
    if asked.is_cursor:
        more = asked.page < page_count
        pagination["nextCursor"] = _cursor(asked.page + 1) if more else None
    else:
        pagination |= {"page": asked.page, "totalPages": page_count}
    return {"success": True, "data": cut, "pagination": pagination}


def single(rows: Sequence[Row], faults: Sequence[Fault]) -> dict[str, Any]:
    """Return the answer that is one object."""
    row = rows[0]
    for fault in faults:
        if isinstance(fault, Drift):
            row = _drifted(row, fault.field, fault.value)
    return {"success": True, "data": row}


def encoded(document: Any) -> tuple[bytes, str]:
    """Return a body, and its ETag."""
    body = encode_json(document)
    return body, f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'


def _has(faults: Sequence[Fault], kind: type) -> bool:
    return any(isinstance(fault, kind) for fault in faults)


def _drifted(row: Row, field: str, value: Any) -> Row:
    if value is msgspec.UNSET:
        return {name: old for name, old in row.items() if name != field}
    return {**row, field: value}


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and int(text) else default


def _cursor(page: int) -> str:
    return base64.urlsafe_b64encode(f"page:{page}".encode()).decode()


def _page_of(cursor: str | None) -> int:
    if not cursor:
        return 1
    return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("page:"))
