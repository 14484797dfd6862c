"""Lines for people, in pieces that have colours where somebody looks at them."""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from tenantry.terminal.table import one_line, table_width

# A piece may quote a value of a million characters.
_LONGEST_PIECE = 20_000


class Piece(msgspec.Struct, frozen=True):
    """Text, and how it looks on a terminal: `bold red`."""

    text: str
    style: str = ""


Line: TypeAlias = tuple[Piece, ...]
"""One line: its pieces."""


def print_lines(lines: Iterable[Line], *, is_cut: bool) -> None:
    """Print lines to standard output; where `is_cut`, none is longer than the terminal is wide.

    Nothing in them moves the cursor. Elsewhere than on a terminal they are plain text.
    """
    # rich takes a while to import, and not every command prints in colours.
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    width = table_width()
    console = Console(width=width, highlight=False, soft_wrap=True)
    for line in lines:
        text = Text()
        for piece in line:
            text.append(one_line(piece.text, width=_LONGEST_PIECE), style=piece.style or None)
        if is_cut:
            text.truncate(width, overflow="ellipsis")
        console.print(text)
