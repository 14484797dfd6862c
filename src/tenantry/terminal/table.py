"""Tables that fit the terminal, and show nothing that would move its cursor."""

import shutil
from collections.abc import Iterable, Sequence

import msgspec

# Where nobody looks there is no width to fit; this one still reads well in a log.
_WIDTH_ELSEWHERE = 120
_LEAST_WIDTH = 8
_GAP = 2


class Column(msgspec.Struct, frozen=True):
    """A column of a table; one that `is_wide` gets what the others leave."""

    title: str
    is_wide: bool = False
    is_number: bool = False


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print `rows` under `columns` to standard output, each on one line of the terminal's width."""
    # rich takes a while to import, and not every command prints a table.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    width = table_width()
    cells = [[one_line(cell, width=width) for cell in row] for row in rows]
    table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="bold", pad_edge=False)
    for column, column_width in zip(columns, _widths(columns, cells, width), strict=True):
        table.add_column(
            column.title,
            justify="right" if column.is_number else "left",
            no_wrap=True,
            overflow="ellipsis",
            width=column_width,
        )
    for row in cells:
        table.add_row(*map(Text, row))

    Console(width=width, highlight=False).print(table)


def _widths(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> Sequence[int]:
    from rich.cells import cell_len  # noqa: PLC0415 - see above

    natural = [
        max(len(column.title), *(cell_len(row[index]) for row in cells), 0)
        for index, column in enumerate(columns)
    ]
    unshrunk = [
        0 if column.is_wide else min(wanted, width // 2)
        for column, wanted in zip(columns, natural, strict=True)
    ]
    wide_count = sum(column.is_wide for column in columns)
    room = width - _GAP * (len(columns) - 1)
    narrow = _shrunk(unshrunk, room - _LEAST_WIDTH * wide_count)
    share = max((room - sum(narrow)) // wide_count, _LEAST_WIDTH) if wide_count else 0
    return [
        min(wanted, share) if column.is_wide else given
        for column, wanted, given in zip(columns, natural, narrow, strict=True)
    ]


def _shrunk(widths: Sequence[int], room: int) -> Sequence[int]:
    """Return `widths` that fit `room`: the widest gives first, since its end is missed least."""
    fitting = list(widths)
    for _ in range(sum(widths) - room):
        widest = fitting.index(max(fitting))
        fitting[widest] = max(fitting[widest] - 1, 1)
    return fitting


def table_width() -> int:
    """Return the width that tables are made for: the terminal's, or that of `COLUMNS`."""
    return shutil.get_terminal_size((_WIDTH_ELSEWHERE, 0)).columns


def one_line(text: str, *, width: int) -> str:
    """Return `text` on one line of at most `width` characters, with nothing in it unprintable."""
    # What lies far beyond the width is never looked at: a value may have a million characters.
    shown = "".join(map(_printable, text[: width + 1]))
    if len(shown) <= width and len(text) <= width:
        return shown
    return shown[: max(width - 1, 0)] + "…"


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
