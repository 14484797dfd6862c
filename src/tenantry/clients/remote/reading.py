"""One file: YAML, JSON or TOML as a JSON value, or why it is none."""

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from tenantry.base.codec import MAX_DEPTH, decode_json
from tenantry.base.errors import Invalid
from tenantry.clients.errors import InvalidClient
from tenantry.clients.rules import as_json

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
"""A file of a hundred thousand pages has half of it."""


def is_read(path: Path) -> bool:
    """Whether a file is one that is read here, by the end of its name."""
    return path.suffix.lower() in _READERS


def read_file(path: Path) -> Any:
    """Return what a file says, None where it is empty.

    Raises `Invalid`, with the line where there is one, for what cannot be read; the message names
    the file by its last name.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Invalid(f"{path.name}: {reason}", field=path.name, wants="a file") from error
    if len(content) > MAX_FILE_BYTES:
        wants = f"at most {MAX_FILE_BYTES} bytes"
        raise Invalid(field=path.name, got=f"more than {MAX_FILE_BYTES} bytes", wants=wants)

    return _READERS[path.suffix.lower()](_text_of(content, path.name), path.name)


def _text_of(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        told = f"{name}:{line}: got bytes that are not UTF-8, wants UTF-8"
        raise Invalid(told, field=name, wants="UTF-8") from error


def _yaml(text: str, name: str) -> Any:
    # It takes a while to import, and not every start has YAML to read.
    from tenantry.base.yaml import read_yaml  # noqa: PLC0415

    return read_yaml(text, source=name)


def _toml(text: str, name: str) -> Any:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(f"{name}: {error}", field=name, wants="TOML") from error
    try:
        return as_json(document)
    except InvalidClient as error:
        first = error.errors[0]
        raise Invalid(f"{name}: {first.path}: {first.message}", field=name, wants="JSON") from error


def _json(text: str, name: str) -> Any:
    if not text.strip():
        return None
    twice: list[tuple[dict[str, Any], str]] = []

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [key for key, _ in pairs]
            twice.append((found, next(key for key in names if names.count(key) > 1)))
        return found

    try:
        document = json.loads(text, object_pairs_hook=noted, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        told = f"{name}:{error.lineno}: {error.msg}, wants JSON"
        raise Invalid(told, field=name, wants="JSON") from error
    except ValueError as error:
        raise Invalid(f"{name}: {error}, wants JSON", field=name, wants="JSON") from error
    except RecursionError as error:
        told = f"{name}: is nested too deep, wants at most {MAX_DEPTH} levels"
        raise Invalid(told, field=name) from error
    if twice:
        where = " > ".join([*_way_to(document, twice[0][0]), twice[0][1]])
        raise Invalid(f"{name}: {where} appears twice, wants each key once", field=name)
    # Numbers are as everywhere else, and halves of characters are refused.
    return decode_json(text.encode(), field=name)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"got {text}")


def _way_to(value: Any, wanted: dict[str, Any], path: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the keys on the way to the very mapping that is `wanted`."""
    if value is wanted:
        return path
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        if isinstance(item, dict | list) and (way := _way_to(item, wanted, (*path, str(key)))):
            return way
    return ()


_READERS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    ".yaml": _yaml,
    ".yml": _yaml,
    ".json": _json,
    ".toml": _toml,
}
