"""Structs that are ready for threads: their fields' types are resolved before anybody reads."""

from collections.abc import Iterator
from threading import Lock
from typing import Final

import msgspec

_OURS: Final = "tenantry."
_LOCK: Final = Lock()


def resolve_structs() -> None:
    """Resolve the types of all of our Structs that are imported so far; cheap where they are.

    msgspec does so by itself when something is first read into a Struct, and does it unguarded:
    another thread that reads into the same one meanwhile finds types that are not there yet, and
    the whole process dies of it (a segmentation fault in `convert`, seen with msgspec 0.22).
    """
    with _LOCK:
        for kind in _structs(msgspec.Struct):
            if not kind.__module__.startswith(_OURS):
                continue
            try:
                msgspec.json.Decoder(kind)
            except (TypeError, NameError):
                # Nothing can be read into it (its types are no JSON, or there for mypy alone).
                continue


def _structs(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in kind.__subclasses__():
        yield each
        yield from _structs(each)
