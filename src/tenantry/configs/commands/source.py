"""Where a command reads from: an argument, a file, standard input, or somebody who types."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tenantry.base.errors import Invalid
from tenantry.terminal import Terminal, TreeFormat, ask_secret, is_anybody_there

Form = Annotated[
    TreeFormat | None,
    typer.Option(
        "--format",
        help="In place of what the suffix says; JSON for standard input.",
        metavar="json|yaml",
        show_default=False,
    ),
]


def read_tree(terminal: Terminal, file: Path, form: TreeFormat | None) -> dict[str, bytes]:
    """Return name -> JSON of the mapping in `file`; - is standard input."""
    from tenantry.terminal.tree import format_of, parse_tree

    if str(file) == "-":
        content = sys.stdin.buffer.read()
        return parse_tree(content, form=form or "json", source="standard input")
    chosen = form or format_of(file)
    if chosen is None:
        raise typer.BadParameter(f"{file} has no suffix that says so: give --format json or yaml")
    return parse_tree(terminal.path(file).read_bytes(), form=chosen, source=str(file))


def read_text(
    terminal: Terminal, value: str | None, file: Path | None, *, is_secret: bool = False
) -> str:
    """Return the text that was given, wherever it is; a secret that was not is asked for."""
    if value is None and file is None and is_secret and is_anybody_there():
        return _as_text(ask_secret("Value").encode("utf-8", "surrogateescape"), field="VALUE")
    if (value is None) == (file is None):
        raise typer.BadParameter("give a value, - for standard input, or --file; one of them")
    if file is not None:
        return _as_text(terminal.path(file).read_bytes(), field=str(file))
    if value == "-":
        return _as_text(sys.stdin.buffer.read(), field="standard input")

    assert value is not None  # noqa: S101 - one of the two was given
    return _as_text(value.encode("utf-8", "surrogateescape"), field="VALUE")


def _as_text(content: bytes, *, field: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        # Not chained: it quotes what may be a secret.
        raise Invalid(field=field, got="bytes that are not UTF-8", wants="UTF-8") from None
