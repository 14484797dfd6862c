"""Structs that are ready for threads: their fields' types are resolved before anybody reads."""

import contextlib
from collections.abc import Iterator
from threading import Lock
from typing import Final
from weakref import WeakSet

import msgspec

_OURS: Final = "tenantry."
_LOCK: Final = Lock()
_DONE: Final = WeakSet[type[msgspec.Struct]]()


def resolve_structs() -> None:
    """Resolve the types of all of our Structs that are imported so far; a no-op for those that are.

    msgspec does so by itself when something is first read into a Struct, and does it unguarded:
    another thread that reads into the same one meanwhile finds types that are not there yet, and
    the whole process dies of it (a segmentation fault in `convert`, seen with msgspec 0.22).
    """
    with _LOCK:
        for kind in _structs(msgspec.Struct):
            if kind in _DONE or not kind.__module__.startswith(_OURS):
                continue
            # Into what is no JSON, or has types that are there for mypy alone, nobody reads.
            with contextlib.suppress(TypeError, NameError):
                msgspec.json.Decoder(kind)
            _DONE.add(kind)


def _structs(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in kind.__subclasses__():
        yield each
        yield from _structs(each)
