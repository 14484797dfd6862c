"""Lines that change in their place: what something is like from one moment to the next."""

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self


class LiveLines:
    """Shows lines on standard output, in the place of those before; a context manager.

    Where that is no terminal, each time they are other lines than before they follow those.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._live: Any = None
        self._shown = ""

    def update(self, lines: Iterable[str]) -> None:
        """Show these from now on."""
        text = "\n".join(lines)
        if self._live is not None:
            # As it is: what a server says is no markup.
            from rich.text import Text  # noqa: PLC0415 - as below

            self._live.update(Text(text), refresh=True)
        elif text != self._shown:
            print(text, flush=True)  # noqa: T201 - its purpose
        self._shown = text

    def __enter__(self) -> Self:
        if sys.stdout.isatty():
            # rich takes a while to import, and is for terminals only.
            from rich.console import Console  # noqa: PLC0415
            from rich.live import Live  # noqa: PLC0415

            console = Console()
            if not console.is_dumb_terminal:
                live = Live(console=console, auto_refresh=False)
                self._live = self._stack.enter_context(live)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live = None
        self._stack.close()
