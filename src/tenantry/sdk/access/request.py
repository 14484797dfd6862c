"""What every request about access has in common: its path, its body, its pages."""

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.errors import Invalid, Unreachable
from tenantry.sdk.reply import Reply, data_of, decode
from tenantry.sdk.request import Request, json_body, segment_of, target_of

T = TypeVar("T")

TENANTS: Final = "/api/tenants"
PAGE_SIZE: Final = 500
"""How many items one request of a list asks for."""

_NOT_THERE: Final = frozenset({404})


class Requests:
    """Makes requests of somebody who is `acting`."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list, and the request for the next; None at the end."""

    items: tuple[T, ...]
    next_request: "Request[Page[T]] | None"


class _Listed(msgspec.Struct):
    items: tuple[msgspec.Raw, ...]
    next_cursor: str | None = None


class _Meta(msgspec.Struct, frozen=True):
    next_cursor: str | None = None


class _Members(msgspec.Struct):
    data: dict[str, tuple[msgspec.Raw, ...]]
    meta: _Meta = _Meta()


def reading(target: str, kind: type[T]) -> Request[T]:
    """Return the request for what stands at `target`."""
    return Request(method="GET", target=target, read=lambda reply: data_of(reply, kind))


def sending(
    method: str,
    target: str,
    body: Mapping[str, Any],
    kind: type[T],
    *,
    is_repeatable: bool = False,
    repeats_after: frozenset[int] = frozenset(),
) -> Request[T]:
    """Return a request with a body; it is sent once, unless it is said to be repeatable."""
    return Request(
        method=method,
        target=target,
        headers=(("Content-Type", "application/json"),),
        body=json_body(body),
        is_repeatable=is_repeatable,
        repeats_after=repeats_after,
        read=lambda reply: data_of(reply, kind),
    )


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not None: the others are not sent."""
    return {name: value for name, value in fields.items() if value is not None}


def deleting(target: str) -> Request[None]:
    """Return the request that deletes what stands at `target`, and is content if it is gone.

    It may be repeated: that nothing is there any more is then what it has wanted.
    """
    return Request(method="DELETE", target=target, done_statuses=_NOT_THERE, read=read_nothing)


def listing(path: str, kind: type[T], **query: str | None) -> Request[Page[T]]:
    """Return the request for the first page of a list, whose answer has that for the next."""

    def page(cursor: str | None) -> Request[Page[T]]:
        def read(reply: Reply) -> Page[T]:
            found = data_of(reply, _Listed)
            following = found.next_cursor
            if following is not None and following == cursor:
                raise Unreachable("the list has no end: its cursor leads to where it came from")
            items = tuple(decode(item, kind) for item in found.items)
            return Page(items, None if following is None else page(following))

        target = target_of(path, **query, limit=PAGE_SIZE, cursor=cursor)
        return Request(method="GET", target=target, read=read)

    return page(None)


def member_listing(
    path: str,
    member: str,
    kind: type[T],
    *,
    headers: tuple[tuple[str, str], ...] = (),
    **query: str | None,
) -> Request[Page[T]]:
    """Return the request for the first page of a list that is the `member` of the data.

    Its cursor stands in `meta`.
    """

    def page(cursor: str | None) -> Request[Page[T]]:
        def read(reply: Reply) -> Page[T]:
            found = decode(reply.body, _Members)
            following = found.meta.next_cursor
            if following is not None and following == cursor:
                raise Unreachable("the list has no end: its cursor leads to where it came from")
            items = tuple(decode(item, kind) for item in found.data.get(member, ()))
            return Page(items, None if following is None else page(following))

        target = target_of(path, **query, limit=PAGE_SIZE, cursor=cursor)
        return Request(method="GET", target=target, headers=headers, read=read)

    return page(None)


def tenant_path(tenant_id: str, *parts: str) -> str:
    """Return the path of a tenant, or of something in it; `parts` are segments already."""
    return "/".join([TENANTS, id_segment("tenant", tenant_id), *parts])


def id_segment(field: str, text: str) -> str:
    """Encode an id as a segment of a path; raises `Invalid` for what leads somewhere else."""
    # A slash would lead to another route, and nothing at all to the list.
    if not text or "/" in text or not text.isprintable():
        raise Invalid(f"{field}: got {text!a}, wants an id")
    return segment_of(text)


def read_nothing(reply: Reply) -> None:
    """Leave the body of a success unread."""
