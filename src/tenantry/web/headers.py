"""What the raw headers of a request say, read without building a request object."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from tenantry.base import new_id
from tenantry.base.errors import Invalid

Headers = Mapping[bytes, bytes]
"""Header values by lower-case name; of a header that came twice, the last value."""

_HEADERS_KEY = "tenantry.headers"
_REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,128}")
_DIGITS = re.compile(rb"[0-9]{1,18}")


def headers_of(scope: Mapping[str, Any]) -> Headers:
    """Return the headers of an ASGI scope as a mapping; the frame has built it already."""
    headers: Headers | None = scope.get(_HEADERS_KEY)
    return headers if headers is not None else dict(scope["headers"])


def remember_headers(scope: MutableMapping[str, Any]) -> Headers:
    """Build the mapping once, for everything behind the frame."""
    headers: Headers = dict(scope["headers"])
    scope[_HEADERS_KEY] = headers
    return headers


def request_id_of(headers: Headers) -> str:
    """Return the client's `X-Request-ID`, or a new one where it is not 1 to 128 visible ASCII."""
    given = headers.get(b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    return new_id()


def content_length_of(headers: Headers) -> int | None:
    """Return the announced length of the body, None where it is not announced; raises `Invalid`."""
    given = headers.get(b"content-length")
    if given is None:
        return None
    if not _DIGITS.fullmatch(given):
        raise Invalid(field="Content-Length", got=given.decode("latin-1")[:32], wants="a number")
    return int(given)


def client_address_of(scope: Mapping[str, Any]) -> str:
    """Return the address the request came from, `local` for a socket without one."""
    client = scope.get("client")
    return str(client[0]) if client else "local"
