"""`sync sources check`: whether a tenant's source answers, and what."""

import msgspec
import typer

from tenantry.sync.commands.address import of_tenant, path_of
from tenantry.sync.model import CollectionCheck
from tenantry.terminal import Column, ExitCode, Terminal, command, group, stop_with


class _Checks(msgspec.Struct):
    checks: list[CollectionCheck]


def add_sources(sync: typer.Typer) -> None:
    """Add the group."""
    sources = group("sources", help="Look at where a tenant's data come from.")
    command(sources, "check", shows=("tenant",))(_check)
    sync.add_typer(sources)


def _check(terminal: Terminal) -> None:
    """Ask a tenant's source for a first page of each collection, and keep nothing of it.

    It exits with 1 where one does not answer as it should.
    """
    with of_tenant(terminal) as (http, tenant_id):
        answer = http.send("POST", path_of(tenant_id, "check"), attempts=1)

    found = answer.data(_Checks).checks
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
    else:
        columns = [
            Column("COLLECTION"),
            Column("ANSWERS"),
            Column("ROWS", is_number=True),
            Column("TOTAL", is_number=True),
            Column("ERROR", is_wide=True),
        ]
        terminal.output.table(columns, map(_row, found))
    if not all(check.is_ok for check in found):
        raise stop_with(ExitCode.ERROR)


def _row(check: CollectionCheck) -> tuple[str, ...]:
    return (
        check.collection,
        "yes" if check.is_ok else "no",
        str(check.row_count),
        "" if check.total is None else str(check.total),
        f"{check.error_type}: {check.error}" if check.error_type else "",
    )
