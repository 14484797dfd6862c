"""`sync status | progress | collections | explain | list`: how syncs stand."""

from typing import Annotated, Any

import msgspec
import typer

from tenantry.sync.commands.address import SYNC, All, Limit, limit_of, of_tenant, path_of, tell_rest
from tenantry.sync.commands.following import followed, progress_of
from tenantry.sync.commands.showing import CollectionProgress, show_collections
from tenantry.sync.model import CollectionView, Decision, TenantSync
from tenantry.terminal import Column, Terminal, command, read_list, show, show_list


class _Collections(msgspec.Struct):
    collections: list[CollectionView]


def add_looking(sync: typer.Typer) -> None:
    """Add the commands that change nothing."""
    command(sync, "status", shows=("tenant",))(_status)
    command(sync, "progress", shows=("tenant",))(_progress)
    command(sync, "collections", shows=("tenant",))(_collections)
    command(sync, "explain", shows=("tenant",))(_explain)
    command(sync, "list", shows=("tenant",))(_list)


def _status(terminal: Terminal) -> None:
    """Print how a tenant's sync stands."""
    with of_tenant(terminal) as (http, tenant_id):
        answer = http.send("GET", path_of(tenant_id, "status"))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    found = answer.data(dict[str, Any])
    failed = found.pop("failedCollections", ())
    show(terminal, {name: value for name, value in found.items() if value is not None})
    for each in failed:
        terminal.output.line(
            f"{each['collection']}: {each['errorType']}: {each['error']}"
            f" (synced last: {each.get('lastSyncAt', 'never')})"
        )


def _progress(
    terminal: Terminal,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Show it as it changes, until no run is under way.")
    ] = False,
) -> None:
    """Print how far a tenant's sync is, collection by collection."""
    with of_tenant(terminal) as (http, tenant_id):
        if follow:
            with CollectionProgress() as shown:
                found = followed(http, tenant_id, shown=shown)
        else:
            found = progress_of(http, tenant_id)
    if terminal.output.wants_document:
        terminal.output.document(found)
        return
    terminal.output.line(f"{found.tenant_id}: {found.status}, {found.progress} %: {found.message}")
    show_collections(terminal, found.collections)


def _collections(terminal: Terminal) -> None:
    """Print how the collections of a tenant's source stand."""
    with of_tenant(terminal) as (http, tenant_id):
        answer = http.send("GET", path_of(tenant_id, "collections"))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    show_collections(terminal, answer.data(_Collections).collections)


def _explain(terminal: Terminal) -> None:
    """Print which method a sync of the tenant would take now, and why."""
    with of_tenant(terminal) as (http, tenant_id):
        answer = http.send("GET", path_of(tenant_id, "method"))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return
    found = answer.data(Decision)
    terminal.output.line(f"{found.method}: {found.reason} (decided by the {found.decided_by})")
    if found.flag is not None:
        told = f"flag: {msgspec.json.encode(found.flag.value).decode()}, {found.flag.reason}"
        error = f"; {found.flag.error}" if found.flag.error else ""
        terminal.output.line(f"{told}{error}")


def _list(
    terminal: Terminal,
    *,
    status: Annotated[
        str | None,
        typer.Option(
            help="Only those that stand so: not_started, in_progress, completed, failed.",
            metavar="STATUS",
            show_default=False,
        ),
    ] = None,
    limit: Limit = 100,
    all_: All = False,
) -> None:
    """Print how the syncs of tenants stand: for root, who names none, of all of them."""
    filters = {} if status is None else {"status": status}
    with terminal.http() as http:
        wanted = limit_of(limit, is_all=all_)
        page = read_list(http, f"{SYNC}/all", member="tenants", limit=wanted, **filters)

    columns = [
        Column("TENANT"),
        Column("STATUS"),
        Column("%", is_number=True),
        Column("METHOD"),
        Column("READY"),
        Column("ERROR", is_wide=True),
    ]
    show_list(terminal, page, TenantSync, columns, _row)
    tell_rest(terminal, page.next_cursor)


def _row(found: TenantSync) -> tuple[str, ...]:
    names = ", ".join(each.collection for each in found.failed_collections)
    told = f"{found.error_type}: {found.error}" if found.error else names
    return (
        found.tenant_id,
        f"{found.status}, stuck" if found.is_stuck else found.status,
        str(found.progress),
        found.sync_method or "",
        found.ready_at or "",
        told,
    )
