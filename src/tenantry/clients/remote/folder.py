"""A client as a folder: `config.yaml`, and beside it a file for each of its larger parts."""

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tenantry.base.errors import Invalid
from tenantry.clients.remote.module import SUFFIX
from tenantry.clients.remote.reading import is_read
from tenantry.clients.rules import json_schema

_CONFIG: Final = "config"
_AUTHENTICATION: Final = "authentication"


def config_in(folder: Path, *, allow_python: bool) -> list[Path]:
    """Return the files that make a folder that of one client; more than one is a mistake."""
    return [
        path
        for path in sorted(folder.glob(f"{_CONFIG}.*"))
        if path.is_file() and (is_read(path) or (allow_python and path.suffix == SUFFIX))
    ]


def part_of(path: Path) -> str | None:
    """Return the field that a file holds by its name: `feature-flags.yaml`, `auth_config.json`."""
    return _FIELDS.get(_bare(path.stem))


def read_folder(folder: Path, config: Path, read: Callable[[Path], Any]) -> dict[str, Any]:
    """Return a client that a folder declares; each file beside `config` sets a whole field.

    Raises `Invalid` where two of them set the same one, and for a file that is no part of a client.
    """
    raw = read(config)
    if not isinstance(raw, dict):
        raise Invalid(f"{config.name}: wants a mapping of a client's fields", field=config.name)

    raw = dict(raw)
    source = dict.fromkeys(raw, config.name)
    for path in _parts_in(folder, config):
        shown = path.relative_to(folder).as_posix()
        field = part_of(path)
        if field is None:
            raise _unknown(path, shown)
        if field in source:
            told = f"{shown}: {field} is in {source[field]} too, wants it in one file"
            raise Invalid(told, field=field)
        source[field] = shown
        raw[field] = _value_of(field, read(path), shown)
    return raw


def _parts_in(folder: Path, config: Path) -> Iterator[Path]:
    for within in (folder, folder / _AUTHENTICATION):
        if within.is_dir():
            yield from (
                path
                for path in sorted(within.iterdir())
                if path != config
                and path.is_file()
                and not path.name.startswith(".")
                and is_read(path)
            )


def _value_of(field: str, value: Any, shown: str) -> Any:
    # Some write the field's name at the top of its own file.
    if isinstance(value, dict) and list(value) == [field]:
        value = value[field]
    if value is None:
        raise Invalid(f"{shown}: says nothing; leave it out, or write [] for none", field=field)
    return value


def _unknown(path: Path, shown: str) -> Invalid:
    near = difflib.get_close_matches(_bare(path.stem), _FIELDS, n=1)
    field = _FIELDS[near[0]] if near else None
    hint = f"; did you mean {field}{path.suffix}?" if field else ""
    return Invalid(f"{shown}: is no part of a client{hint}", field=shown)


def _bare(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def _fields() -> dict[str, str]:
    """Return the fields that are lists or mappings, by their bare names."""
    fields: dict[str, Any] = json_schema()["$defs"]["ClientConfig"]["properties"]
    return {_bare(name): name for name, of in fields.items() if of.get("type") in _HOLDING} | {
        # What the originals call it, and what they keep in the folder of that name.
        "authentication": "auth_config",
        "providers": "auth_config",
    }


_HOLDING: Final = ("array", "object")
_FIELDS: Final = _fields()
