"""Files of another system as they are: nothing in them is looked up, and nothing judged."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tenantry.base.errors import Invalid
from tenantry.clients.commands.source import Declared, Unread, shown_path
from tenantry.clients.model import ItemError
from tenantry.terminal import Terminal


def read_originals(terminal: Terminal, paths: Sequence[Path]) -> Iterator[Declared | Unread]:
    """Yield each client that files and folders hold, several to a file too, or why there is none.

    What stands for a variable stays what it is.
    """
    for path in paths:
        for source in _sources_in(terminal.path(path)):
            yield from _read(terminal, source)


def _sources_in(path: Path) -> Iterator[Path]:
    """Yield the files, and the folders of one client each, that are meant by a path."""
    from tenantry.clients.remote.enabled import is_list_of_enabled
    from tenantry.clients.remote.folder import config_in
    from tenantry.clients.remote.reading import is_read

    if not path.is_dir() or config_in(path, allow_python=False):
        yield path
        return
    for inner in sorted(path.iterdir()):
        if inner.name.startswith("."):
            continue
        if inner.is_dir() or (is_read(inner) and not is_list_of_enabled(inner)):
            yield from _sources_in(inner)


def _read(terminal: Terminal, path: Path) -> Iterator[Declared | Unread]:
    from tenantry.clients.rules.reactory import originals_in

    origin = shown_path(terminal, str(path))
    try:
        originals = originals_in(_content_of(path))
    except Invalid as error:
        told = ItemError(error_type="validation_failed", message=error.message, file=origin)
        yield Unread(key="", origin=origin, errors=(told,))
        return
    if not originals:
        message = f"{path.name}: has no client in it"
        told = ItemError(error_type="validation_failed", message=message, file=origin)
        yield Unread(key="", origin=origin, errors=(told,))
    for raw in originals:
        yield Declared(key=_key_of(raw), raw=raw, variables={}, origin=origin)


def _content_of(path: Path) -> Any:
    from tenantry.clients.remote.folder import config_in, read_folder
    from tenantry.clients.remote.reading import is_read, read_file

    if not path.exists():
        raise Invalid(f"{path.name}: there is no such file or folder", field=path.name)
    if path.is_dir():
        return read_folder(path, config_in(path, allow_python=False)[0], read_file)
    if not is_read(path):
        wants = "a folder, or a file that ends in .yaml, .yml, .json or .toml"
        raise Invalid(f"{path.name}: wants {wants}", field=path.name, wants=wants)
    return read_file(path)


def _key_of(raw: Mapping[str, Any]) -> str:
    key = raw.get("key")
    return key.lower() if isinstance(key, str) else ""
