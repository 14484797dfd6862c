"""A plan in a file: what `plan --out` saves, and `apply` does exactly or not at all."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import typer

from tenantry.terminal import Terminal

_FORMAT: Final = "tenantry-plan/"
_START: Final = 64_000


class _Head(msgspec.Struct):
    format: str = ""


def write_saved(path: Path, saved: Sequence[msgspec.Raw]) -> None:
    """Write a plan to a file that only its owner may read, whole or not at all.

    A plan that took several requests is a list of theirs.
    """
    content = msgspec.json.encode(saved[0] if len(saved) == 1 else saved)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.json.format(content, indent=2) + b"\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_saved(terminal: Terminal, paths: Sequence[Path]) -> Sequence[msgspec.Raw] | None:
    """Return the parts of the saved plan that a single path names; None where it names none."""
    found = {path: parts for path in paths if (parts := _parts_of(terminal.path(path)))}
    if found and len(paths) > 1:
        (path, *_) = found
        raise typer.BadParameter(f"{path} is a saved plan, which is applied alone")
    return next(iter(found.values()), None)


def _parts_of(path: Path) -> Sequence[msgspec.Raw]:
    """Return the plans in a file; none where it is something else, whatever it is."""
    if not path.is_file() or not _may_be_one(path):
        return ()
    content = path.read_bytes()
    try:
        parts = (
            msgspec.json.decode(content, type=list[msgspec.Raw])
            if content.lstrip().startswith(b"[")
            else [msgspec.Raw(content)]
        )
        heads = [msgspec.json.decode(part, type=_Head) for part in parts]
    except msgspec.MsgspecError:
        return ()
    return parts if all(head.format.startswith(_FORMAT) for head in heads) else ()


def _may_be_one(path: Path) -> bool:
    with path.open("rb") as stream:
        return _FORMAT.encode() in stream.read(_START)
