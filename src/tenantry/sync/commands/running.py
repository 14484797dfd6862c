"""`sync run`: a tenant's data brought up to date."""

from typing import Annotated, Any

import typer

from tenantry.sync.commands.address import of_tenant, path_of
from tenantry.sync.commands.following import followed, is_whole, shown_while, wait_for_refresh
from tenantry.sync.commands.showing import CollectionProgress, show_collections
from tenantry.sync.model import Progress
from tenantry.terminal import ExitCode, Terminal, command, stop_with


def add_running(sync: typer.Typer) -> None:
    """Add `sync run`."""
    command(sync, "run", shows=("tenant",))(_run)


def _run(
    terminal: Terminal,
    *,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Although the data are fresh, and in the place of a run that is under way.",
        ),
    ] = False,
    essential: Annotated[
        bool,
        typer.Option(
            "--essential",
            help="Wait for the essential collections alone, as a login does; the others go on "
            "behind it.",
        ),
    ] = False,
) -> None:
    """Bring a tenant's data up to date where that is due, and show how far it is.

    It exits with 1 where a collection could not be brought up to date.
    """
    progress: Progress | None = None
    with of_tenant(terminal) as (http, tenant_id), CollectionProgress() as shown:
        path = path_of(tenant_id, "force" if force else "trigger")

        def triggered() -> dict[str, Any]:
            # A run has tried again where that helps; another attempt would be another run.
            return http.send("POST", path, attempts=1).data(dict[str, Any])

        result = shown_while(triggered, http=http, tenant_id=tenant_id, shown=shown)
        if not essential:
            if result.get("stale"):
                wait_for_refresh(http, tenant_id, before=result.get("correlationId"))
            progress = followed(http, tenant_id, shown=shown)

    _tell(terminal, result, progress)
    if not is_whole(progress, result):
        raise stop_with(ExitCode.ERROR)


def _tell(terminal: Terminal, result: dict[str, Any], progress: Progress | None) -> None:
    if terminal.output.wants_document:
        terminal.output.document({**result, "progress": progress} if progress else result)
        return
    terminal.output.line(f"{result['tenantId']}: {_what(result)}")
    if progress is not None:
        show_collections(terminal, progress.collections)


def _what(result: dict[str, Any]) -> str:
    run = f"run {result['correlationId']}"
    if result.get("stale"):
        return f"the data were {result['ageSeconds']:.0f} s old, and are refreshed; before, {run}"
    if result.get("alreadySynced"):
        return f"up to date already, {run}"
    seconds = (result.get("essentialDuration") or result["duration"]) / 1000
    method = result["syncMethod"]
    if result.get("fallbackUsed"):
        method = f"direct, since Temporal could not: {result.get('temporalError')}"
    return f"essential data synced in {seconds:.2f} s ({method}), {run}"
