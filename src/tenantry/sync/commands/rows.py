"""`sync rows`: what was synced."""

from typing import Annotated

import typer

from tenantry.sync.commands.address import All, Limit, limit_of, of_tenant, path_of, tell_rest
from tenantry.terminal import Page, Terminal, command, read_list, read_pages


def add_rows(sync: typer.Typer) -> None:
    """Add `sync rows`."""
    command(sync, "rows", shows=("tenant",))(_rows)


def _rows(
    terminal: Terminal,
    collection: Annotated[str, typer.Argument(help="Name of the collection.", show_default=False)],
    *,
    limit: Limit = 100,
    all_: All = False,
) -> None:
    """Print the rows of a collection as they were synced, one JSON object a line, by key.

    What the source has no more is among them, marked as deleted.
    """
    wanted = limit_of(limit, is_all=all_)
    with of_tenant(terminal) as (http, tenant_id):
        path = path_of(tenant_id, "collections", collection)
        if terminal.output.wants_document:
            terminal.output.document(read_list(http, path, member="rows", limit=wanted))
            return
        page = Page(items=[])
        for page in read_pages(http, path, member="rows", limit=wanted):
            terminal.output.chunks(bytes(row) + b"\n" for row in page.items)
    tell_rest(terminal, page.next_cursor)
