"""What a command is about: files of clients, read here, or keys of clients that a server has."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from tenantry.clients.commands.trouble_lines import error_text
from tenantry.clients.model import ItemError, Loaded, LoadFailure
from tenantry.terminal import Terminal

_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json", ".toml", ".py"})


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A client as its files declare it; `origin` names its file or folder."""

    key: str
    raw: Mapping[str, Any]
    variables: Mapping[str, str]
    origin: str


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A file that declares no client, and why; `key` is what the client is probably called."""

    key: str
    origin: str
    errors: tuple[ItemError, ...]


def is_path(terminal: Terminal, text: str) -> bool:
    """Whether an argument is a file or folder rather than the key of a client."""
    path = Path(text)
    looks_so = "/" in text or path.suffix.lower() in _SUFFIXES
    return looks_so or terminal.path(path).exists()


def load(terminal: Terminal, paths: Sequence[Path]) -> tuple[list[Declared], list[Unread]]:
    """Read files and folders of clients; what cannot be read keeps none of the others away.

    A Python module among them is run: whoever names it here may run it anyway.
    """
    from tenantry.clients import remote

    return _told(
        terminal,
        remote.load(
            [terminal.path(path) for path in paths],
            client_vars=terminal.settings().client_vars or (),
            environ=terminal.environ,
            allow_python=True,
        ),
    )


def read(terminal: Terminal, paths: Sequence[Path]) -> tuple[list[Declared], list[Unread]]:
    """Read files and folders of clients as they stand there: no placeholder is looked up.

    Two files may declare the same client.
    """
    from tenantry.clients import remote

    return _told(terminal, remote.read([terminal.path(path) for path in paths], allow_python=True))


def _told(
    terminal: Terminal, found: Sequence[Loaded | LoadFailure]
) -> tuple[list[Declared], list[Unread]]:
    """Return what was found, with its files as they are seen from the working directory."""
    declared, unread = [], []
    here = f"{terminal.path(Path())}/"
    for each in found:
        origin = shown_path(terminal, each.origin)
        if isinstance(each, Loaded):
            declared.append(
                Declared(key=each.key, raw=each.raw, variables=each.variables, origin=origin)
            )
            continue
        errors = tuple(
            msgspec.structs.replace(
                error,
                file=shown_path(terminal, error.file),
                # Of two files, each names the other.
                message=error.message.replace(here, ""),
            )
            for error in each.errors
        )
        unread.append(Unread(key=each.key, origin=origin, errors=errors))
    return declared, unread


def shown_path(terminal: Terminal, origin: str) -> str:
    """Return the path of a file as it is seen from the working directory."""
    here = f"{terminal.path(Path())}/"
    return origin.removeprefix(here)


def tell_unread(terminal: Terminal, unread: Sequence[Unread]) -> None:
    """Tell everything that is wrong with files that declare no client."""
    for each in unread:
        for error in each.errors:
            terminal.output.message(f"error: {error_text(error, origin=each.origin)}")
