"""`config worker …`, `config projection …`, `config verify`: the operators' manual steps."""

from typing import Annotated, Any

import msgspec
import typer

from tenantry.terminal import Column, ExitCode, Terminal, command, group, stop_with

_WORKER = "/api/config/worker"
_PROJECTION = "/api/config/projection"


class _Rebuild(msgspec.Struct):
    position: int
    is_equal: bool
    live_digest: str
    rebuilt_digest: str
    events_replayed: int


def add_runtime(config: typer.Typer) -> None:
    """Add the two groups, and the command that verifies the tree."""
    command(config, "verify")(_verify)

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


def _verify(terminal: Terminal) -> None:
    """Compare all settings with what the log says they are; exit with 1 where they differ.

    The tree is built anew from the first event, beside the live one, and takes its place.
    """
    with terminal.http() as http:
        data = http.send("POST", f"{_PROJECTION}/rebuild").data(msgspec.Raw)
    if terminal.output.wants_document:
        terminal.output.document(data)

    report = msgspec.json.decode(data, type=_Rebuild)
    if not report.is_equal:
        terminal.output.error(
            f"the settings differ from the log at position {report.position}: "
            f"their digest was {report.live_digest}, the log's is {report.rebuilt_digest}",
            code="projection_differs",
        )
        raise stop_with(ExitCode.ERROR)
    if not terminal.output.wants_document:
        terminal.output.line(
            f"the settings are as the log says: {report.events_replayed} events "
            f"up to position {report.position}, digest {report.live_digest}"
        )


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
