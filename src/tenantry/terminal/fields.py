"""What has fields, as a command prints it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tenantry.terminal.context import Terminal
from tenantry.terminal.table import Column


def show(terminal: Terminal, fields: Mapping[str, Any]) -> None:
    """Print a document, or a table with a line for each field."""
    if terminal.output.wants_document:
        terminal.output.document(fields)
        return
    columns = [Column("FIELD"), Column("VALUE", is_wide=True)]
    terminal.output.table(columns, _rows(fields))


def _rows(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _rows(value, f"{prefix}{name}.")
        else:
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            yield prefix + name, text
