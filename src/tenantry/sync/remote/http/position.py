"""What the tokens and etags that an HTTP source hands out say.

Both are words of our own, so that the next attempt, on another node perhaps, needs nothing else.
"""

import hashlib
from typing import Any

import msgspec

from tenantry.base.codec import encode_json
from tenantry.sync.errors import ValidationError


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page: its number, or the source's cursor for it; and since when changes are told."""

    page: int | None = None
    cursor: str | None = None
    since: str | None = None


_PLACES = msgspec.json.Decoder(Place)


def place_of(token: str, *, where: str) -> Place:
    """Return the page that a token means."""
    try:
        return _PLACES.decode(token)
    except msgspec.MsgspecError:
        told = "the place to read on at is not one of this source; begin the collection anew"
        raise ValidationError(f"{where}: {told}") from None


def token_of(place: Place) -> str:
    """Return the token that means a page."""
    return encode_json(place).decode()


def marked_etag(etag: str, request: tuple[Any, ...]) -> str:
    """Return `etag` with a mark of the request that it answers."""
    return f"{_mark(request)} {etag}"


def etag_for(marked: str | None, request: tuple[Any, ...]) -> str | None:
    """Return the etag where it answered the same request, else None: it says nothing of another."""
    mark, _, etag = (marked or "").partition(" ")
    return etag if etag and mark == _mark(request) else None


def _mark(request: tuple[Any, ...]) -> str:
    return hashlib.blake2b(encode_json(request), digest_size=9).hexdigest()
