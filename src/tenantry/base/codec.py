"""JSON at the edges: strict UTF-8, bounded in size and depth, encoded once.

The one door to `msgspec.json` for bytes that come from outside.
"""

import re
from typing import Any

import msgspec

from tenantry.base.errors import Invalid, TooLarge

MAX_DEPTH = 200
"""How deep brackets may nest; beyond it a decoder of ours or of a client may overflow its stack."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder()
# A string that never ends counts as one too: looking for its end again from each of its escaped
# quotes would take quadratic time. For the same reason nothing is ever given back (`*+`).
_BRACKETS_AND_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_ESCAPES = re.compile(rb"\\.", re.DOTALL)
_STRINGS = re.compile(rb'"[^"]*+"?')
_ALL_SQUARE = bytes.maketrans(b"{}", b"[]")
_SEPARATORS = b",:"
_NO_STRUCTURE = bytes(set(range(256)) - set(b'"[]{},:'))


def encode_json(value: Any) -> bytes:
    """Encode `value` as compact UTF-8 JSON."""
    return _ENCODER.encode(value)


def decode_json(body: bytes, *, field: str = "body", max_bytes: int | None = None) -> Any:
    """Decode UTF-8 JSON from outside.

    Raises `TooLarge` above `max_bytes`, and `Invalid` where `body` is not UTF-8, not JSON, nested
    deeper than `MAX_DEPTH`, or holds what UTF-8 cannot carry (a lone surrogate escape).
    """
    if max_bytes is not None and len(body) > max_bytes:
        raise TooLarge(field=field, got=f"{len(body)} bytes", wants=f"at most {max_bytes} bytes")

    check_depth(body, field=field)

    try:
        return _DECODER.decode(body)
    except UnicodeDecodeError as error:
        raise Invalid(field=field, got="bytes that are not UTF-8", wants="UTF-8 JSON") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Invalid(f"{field}: {error}, wants JSON", field=field, wants="JSON") from error


def check_depth(body: bytes, *, field: str = "body") -> None:
    """Raise `Invalid` where the brackets of `body` nest deeper than `MAX_DEPTH`."""
    # Counting brackets is ten times cheaper than pairing them, and nearly always enough.
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH or _is_shallow(body):
        return

    depth = 0
    for token in _BRACKETS_AND_STRINGS.finditer(body):
        first = body[token.start()]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise Invalid(
                field=field, got=f"nesting beyond {MAX_DEPTH}", wants=f"at most {MAX_DEPTH} levels"
            )


def _is_shallow(body: bytes) -> bool:
    """Whether the brackets pair up within `MAX_DEPTH` levels; False also where they do not pair.

    Each step is one call for the whole body, so it takes a tenth of the time of looking at every
    bracket. What is no JSON may be misjudged behind its first mistake, where nobody decodes it.
    """
    if b"\\" in body:
        body = _ESCAPES.sub(b"", body)
    left = body.translate(_ALL_SQUARE, _NO_STRUCTURE)
    # Separators stand between two strings: without them, one's end and another's beginning would
    # look like an empty string.
    brackets = _STRINGS.sub(b"", left.replace(b'""', b"")).translate(None, _SEPARATORS)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return True
        brackets = brackets.replace(b"[]", b"")
    return not brackets
