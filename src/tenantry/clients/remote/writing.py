"""Writing a declaration as a file that people read."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal, TypeAlias

import msgspec

from tenantry.clients.rules import in_order, key_of

Form: TypeAlias = Literal["yaml", "json"]


def write_client(raw: Mapping[str, Any], folder: Path, form: Form = "yaml") -> list[Path]:
    """Write a client to `folder`/KEY.yaml or .json, and return the paths.

    A file of that name is replaced as a whole, or stays as it is. What is written reads back as the
    same, whatever the declaration says.
    """
    path = folder / f"{key_of(raw)}.{form}"
    folder.mkdir(parents=True, exist_ok=True)
    _replace(path, render_client(raw, form))
    return [path]


def render_client(raw: Mapping[str, Any], form: Form = "yaml") -> bytes:
    """Return a declaration as the text of a file, in the order in which one reads it."""
    text = msgspec.json.format(msgspec.json.encode(in_order(raw)), indent=2)
    if form == "json":
        return text + b"\n"
    # It takes a while to import, and JSON needs none of it.
    from tenantry.base.yaml import render_yaml  # noqa: PLC0415

    return render_yaml(text)


def _replace(path: Path, content: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        partial = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            partial.chmod(0o644)
            partial.replace(path)
        except BaseException:  # whatever ends this, no half a file is left
            partial.unlink(missing_ok=True)
            raise
