"""What never reaches a log: secrets by the name of their field, e-mail addresses by their shape."""

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

import msgspec

REDACTED = "[redacted]"
MAX_DEPTH = 20

_PLAIN_TYPES = frozenset({int, float, bool, type(None)})

_SECRET_WORDS = re.compile(
    r"passw(or)?d|passphrase|secret|token|authori[sz]ation|cookie|credential"
    r"|(api|private|access|master|signing|encryption)[_-]?key",
    re.IGNORECASE,
)
# What is about a secret is not the secret; a fencing token is a number that only rises.
_ABOUT_A_SECRET = re.compile(r"_(count|seconds|at)$|^fencing_token$")

# Possessive, and never begun inside a run of its own characters: linear on any input, since a
# client chooses the text. The first letter and the domain stay.
_EMAIL = re.compile(r"(?<![\w.%+\-])([\w.%+\-])[\w.%+\-]*+@([\w\-]++(?:\.[\w\-]++)+)")
_URL_PASSWORD = re.compile(r"(?<=://)([^:/?#@\s]*+):[^/?#\s]+@")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return bool(_SECRET_WORDS.search(name)) and not _ABOUT_A_SECRET.search(name)


def mask_text(text: str) -> str:
    """Return `text` with every e-mail address as `a***@example.com` and no password in a URL."""
    if "@" not in text:
        return text
    return _EMAIL.sub(r"\1***@\2", _URL_PASSWORD.sub(rf"\1:{REDACTED}@", text))


def mask_value(name: str, value: Any) -> Any:
    """Return what a log may show of the field `name`: plain JSON, masked inside containers too."""
    if value is None or value is True or value is False:
        return value
    if is_secret_name(name):
        return REDACTED
    return _masked(value, depth=0)


def _masked(value: Any, *, depth: int) -> Any:
    kind = value.__class__
    if kind is str:
        return mask_text(value)
    if kind in _PLAIN_TYPES:
        return value
    if depth > MAX_DEPTH:
        return "[nested too deeply]"
    return _masked_object(value, depth=depth + 1)


def _masked_object(value: Any, *, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {
            mask_text(str(key)): REDACTED
            if is_secret_name(str(key)) and not isinstance(item, bool | None)
            else _masked(item, depth=depth)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item, depth=depth) for item in value]
    if isinstance(value, msgspec.Struct):
        return _masked(msgspec.structs.asdict(value), depth=depth)
    return _masked_scalar(value)


def _masked_scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return _masked_scalar(value.value)
    if isinstance(value, bytes | bytearray | memoryview):
        return mask_text(bytes(value).decode("utf-8", "backslashreplace"))
    if isinstance(value, BaseException):
        return mask_text(f"{type(value).__name__}: {value}")
    return value if value.__class__ in _PLAIN_TYPES else mask_text(str(value))
