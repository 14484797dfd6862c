"""`config worker …` and `config projection …`: the manual steps of the operators' procedures."""

from typing import Annotated, Any

import msgspec
import typer

from tenantry.terminal import Column, ExitCode, Terminal, command, group, stop_with

_WORKER = "/api/config/worker"
_PROJECTION = "/api/config/projection"


def add_runtime(config: typer.Typer) -> None:
    """Add the two groups."""
    worker = group("worker", help="The update worker: what it has handled, and its restart.")
    command(worker, "stats")(_worker_stats)
    command(worker, "restart")(_worker_restart)
    command(worker, "test")(_worker_test)
    config.add_typer(worker)

    projection = group("projection", help="The tree in memory: where it stands, and its rebuild.")
    command(projection, "show")(_projection_show)
    command(projection, "rebuild")(_projection_rebuild)
    command(projection, "reconnect")(_projection_reconnect)
    config.add_typer(projection)


def _worker_stats(terminal: Terminal) -> None:
    """Print what the update worker has handled since it was started."""
    _ask(terminal, "GET", _WORKER)


def _worker_restart(terminal: Terminal) -> None:
    """Stop and start the update worker."""
    _ask(terminal, "POST", f"{_WORKER}/restart")


def _worker_test(terminal: Terminal) -> None:
    """Send the worker a change that is not stored, to see it in the server's log."""
    _ask(terminal, "POST", f"{_WORKER}/test")


def _projection_show(
    terminal: Terminal,
    *,
    configs: Annotated[
        bool, typer.Option("--configs", help="With the settings themselves.")
    ] = False,
) -> None:
    """Print where the projection stands."""
    params = {} if configs else {"summary": "true"}
    _ask(terminal, "GET", _PROJECTION, params=params)


def _projection_rebuild(terminal: Terminal) -> None:
    """Build the tree anew beside the live one, compare the two and swap.

    Exits with 1 where the two were not equal.
    """
    report = _ask(terminal, "POST", f"{_PROJECTION}/rebuild")
    if not msgspec.json.decode(report["is_equal"]):
        raise stop_with(ExitCode.ERROR)


def _projection_reconnect(terminal: Terminal) -> None:
    """Let the projection look at the log now."""
    _ask(terminal, "POST", f"{_PROJECTION}/reconnect")


def _ask(terminal: Terminal, method: str, path: str, **options: Any) -> dict[str, msgspec.Raw]:
    """Print the data of the answer, as a document or a line for each field, and return it."""
    with terminal.http() as http:
        data = http.send(method, path, **options).data(dict[str, msgspec.Raw])

    if terminal.output.wants_document:
        terminal.output.document(data)
        return data
    terminal.output.table(
        [Column("FIELD"), Column("VALUE", is_wide=True)],
        [(field, bytes(value).decode().strip('"')) for field, value in data.items()],
    )
    return data
