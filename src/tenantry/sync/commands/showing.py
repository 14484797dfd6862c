"""Collections as tables, and while a run goes on as lines that change."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self

from tenantry.sync.model import CollectionView, Progress
from tenantry.terminal import Column, Piece, Terminal
from tenantry.terminal import Progress as Bar

COLUMNS: Final = (
    Column("COLLECTION"),
    Column("PHASE"),
    Column("STATUS"),
    Column("ROWS", is_number=True),
    Column("SYNCED"),
    Column("ERROR", is_wide=True),
)
_STYLES: Final = {"completed": "green", "running": "cyan", "failed": "red", "pending": "dim"}


class CollectionProgress:
    """Shows on standard error how far each collection is; a context manager.

    On a terminal these are lines that change, elsewhere a line every few seconds.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._bar: Bar | None = None
        self._live: Any = None

    def update(self, progress: Progress) -> None:
        """Show this from now on."""
        if self._live is not None:
            self._live.update(_live_table(progress), refresh=True)
        if self._bar is not None:
            self._bar.update(progress.synced_collections, progress.total_collections)

    def __enter__(self) -> Self:
        # rich takes a while to import, and is for terminals only.
        if sys.stderr.isatty():
            self._show_live()
        if self._live is None:
            self._bar = self._stack.enter_context(Bar(label="collections"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live = self._bar = None
        self._stack.close()

    def _show_live(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True)
        if not console.is_dumb_terminal:
            live = Live(console=console, transient=True, auto_refresh=False)
            self._live = self._stack.enter_context(live)


def show_collections(terminal: Terminal, collections: Sequence[CollectionView]) -> None:
    """Print how collections stand, and below them what is wrong with which."""
    terminal.output.table(COLUMNS, map(_row, collections))
    for view in collections:
        if view.error:
            again = f" (again at {view.next_attempt_at})" if view.next_attempt_at else ""
            told = f"{view.collection}: {view.error_type}: {view.error}{again}"
            terminal.output.lines([(Piece(told, "red"),)])


def _row(view: CollectionView) -> Sequence[str]:
    return (
        view.collection,
        view.phase,
        view.status,
        str(view.record_count),
        view.last_sync_at or "",
        view.error_type or "",
    )


def _live_table(progress: Progress) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for view in progress.collections:
        pages = f"page {view.page}" if view.status == "running" and view.page else ""
        table.add_row(
            Text(view.collection),
            Text(view.status, style=_STYLES[view.status]),
            Text(f"{view.record_count} rows", justify="right"),
            Text(pages or view.error_type or ""),
        )
    table.add_row(Text(f"{progress.progress} %", style="bold"), Text(progress.message))
    return table
