"""Two real configurations of the originals, and what there is in one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

FOLDER: Final = Path(__file__).parent / "clients"
NAMES: Final = ("reactory", "towerstone")


def original(name: str) -> dict[str, Any]:
    """Return a configuration as its authors wrote it."""
    decoded: dict[str, Any] = msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())
    return decoded


def leaves(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """Yield each value that has nothing in it, and its path."""
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from leaves(each, f"{path}{step(name)}")
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from leaves(each, f"{path}[{index}]")
    else:
        yield path, value


def step(name: str) -> str:
    """Return how a path goes on to a field."""
    is_word = name.replace("-", "_").isidentifier() and name.isascii()
    return f".{name}" if is_word else f"[{msgspec.json.encode(name).decode()}]"
