"""What a command prints: one document or one table on standard output, messages elsewhere."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, Literal

import msgspec

from tenantry.terminal.styled import Line, print_lines
from tenantry.terminal.table import Column, print_table

Format = Literal["json", "table", "yaml", "sarif"]
"""What a command prints in; only those that find something in files know `sarif`."""
TreeFormat = Literal["json", "yaml"]
"""What a file of names and values is written in."""

_UTF8 = "utf-8"


class Output:
    """Standard output and standard error as one command uses them.

    In every format but `table` exactly one document goes to standard output, whatever happens;
    `form` None is what the command shows by itself.
    """

    def __init__(self, *, form: Format | None) -> None:
        self.form = form
        self._has_document = False

    @property
    def wants_document(self) -> bool:
        """Whether a program reads the output."""
        return self.form in ("json", "yaml", "sarif")

    def document(self, value: Any) -> None:
        """Print `value`, which is anything msgspec can encode, as the one document."""
        self._has_document = True
        text = msgspec.json.format(msgspec.json.encode(value), indent=2)
        if self.form == "yaml":
            # Not every command prints YAML, and it takes a while to import.
            from tenantry.base.yaml import render_yaml  # noqa: PLC0415

            self._write(render_yaml(text))
            return
        self._write(text + b"\n")

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """Print a table."""
        print_table(columns, rows)

    def line(self, text: str) -> None:
        """Print one line of text for people."""
        self._write(text.encode(_UTF8, "backslashreplace") + b"\n")

    def lines(self, lines: Iterable[Line], *, is_cut: bool = False) -> None:
        """Print lines for people, coloured on a terminal; `is_cut`: none is longer than that."""
        print_lines(lines, is_cut=is_cut)

    def raw(self, content: bytes) -> None:
        """Print bytes as they are, and end the line where somebody looks at it."""
        self._has_document = True
        self._write(content)
        if sys.stdout.isatty() and not content.endswith(b"\n"):
            self._write(b"\n")

    def chunks(self, chunks: Iterable[bytes]) -> None:
        """Print bytes as they come."""
        self._has_document = True
        for chunk in chunks:
            self._write(chunk)

    def message(self, text: str) -> None:
        """Tell somebody something, beside the output."""
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the place that prints

    def error(
        self,
        message: str,
        *,
        code: str,
        hint: str | None = None,
        lines: Iterable[str] = (),
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell what went wrong, each of its `lines`, and what to try.

        A program gets its document too, with the `details`.
        """
        self.message(f"error: {message}")
        for line in lines:
            self.message(f"  {line}")
        if hint is not None:
            self.message(f"hint: {hint}")
        if self.wants_document and not self._has_document:
            told = {"code": code, "message": message}
            self.document({"error": {**told, "details": details} if details else told})

    def _write(self, content: bytes) -> None:
        stream = _binary(sys.stdout)
        with suppress(AttributeError):
            sys.stdout.flush()
        stream.write(content)
        stream.flush()


def _binary(stream: Any) -> BinaryIO:
    buffer: BinaryIO = stream.buffer
    return buffer
