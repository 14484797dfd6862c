"""Entity tags of what is evaluated: the same only where every flag would be."""

import hashlib
import re
from typing import Final

import msgspec
from litestar import Response

from tenantry.flags import rules
from tenantry.flags.model import Context, FlagSet
from tenantry.web import Headers

_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"')
# Another one would mean that the same flags may be told otherwise.
_FORM: Final = b"ofrep-1"
_DIGITS: Final = 32
_PRIVATE: Final = {
    # What one gets depends on who asks; a client asks again each time, mostly for a 304.
    "cache-control": "private, no-cache",
    "vary": "authorization, x-api-key, x-tenant-id",
}


def tag_of(flag_set: FlagSet, context: Context) -> str | None:
    """Return the tag of a set for a context; None where a flag in it depends on the time.

    Then only what it comes to can be compared: see `tag_of_body`.
    """
    if any(rules.is_timed(flag.key, flag.json) for flag in flag_set.flags):
        return None
    canonical = msgspec.json.encode(context, order="deterministic")
    return _digest(_FORM, flag_set.tenant_id.encode(), flag_set.version.encode(), canonical)


def tag_of_body(body: bytes) -> str:
    """Return the tag of an answer itself."""
    return _digest(_FORM, body)


def is_known(headers: Headers, tag: str) -> bool:
    """Whether a reader has what `tag` stands for (`If-None-Match`)."""
    given = headers.get(b"if-none-match")
    if given is None:
        return False
    text = given.decode("latin-1").strip()
    # Clients of OFREP may send what they were sent without the quotes.
    return text in ("*", tag) or tag in _TAG.findall(text)


def tagged(body: bytes, tag: str) -> Response[bytes]:
    """Answer with JSON that `tag` stands for."""
    headers = {**_PRIVATE, "etag": f'"{tag}"'}
    return Response(body, media_type="application/json", headers=headers)


def unchanged(tag: str) -> Response[bytes]:
    """Answer a reader that has it."""
    return Response(b"", status_code=304, headers={**_PRIVATE, "etag": f'"{tag}"'})


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:_DIGITS]
