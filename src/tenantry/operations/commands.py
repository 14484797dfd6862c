"""The commands of whoever runs Tenantry: health, log, database, backup, restore, settings."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from tenantry.base.errors import Conflict, Unavailable
from tenantry.settings import SettingsError
from tenantry.terminal import Column, ExitCode, Progress, Terminal, command, group, stop_with

if TYPE_CHECKING:
    from tenantry.settings import Settings

app = group("operations", help="What the people who run Tenantry ask of it.")
_log = group("log", help="Verify the event log, and say where it ends.")
_db = group("db", help="Say where the database stands, and migrate it.")
_settings = group("settings", help="Check and show the settings of the process.")
app.add_typer(_log)
app.add_typer(_db)
app.add_typer(_settings)

_UNHEALTHY = frozenset({503})


class _Health(msgspec.Struct):
    status: str


class _Fault(msgspec.Struct):
    position: int
    problem: str


class _Report(msgspec.Struct):
    events_checked: int
    head_position: int
    head_hash: str
    fault: _Fault | None


class _Step(msgspec.Struct):
    progress: dict[str, int] | None = None
    report: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    error: dict[str, Any] | None = None


@command(app, "health")
def health(terminal: Terminal) -> None:
    """Ask whether the server works; exit with 1 where it does not."""
    with terminal.http_if_served() as http:
        # A server of our own would be healthy, and tell a monitor nothing of the one it means.
        if http is None:
            raise Unavailable("no server runs on this data directory", code="no_server")
        answer = http.send("GET", "/v1/health", accepts=_UNHEALTHY, attempts=1)

    is_healthy = answer.decode(_Health).status == "healthy"
    _show(terminal, answer.decode(dict[str, Any]))
    if not is_healthy:
        raise stop_with(ExitCode.ERROR)


@command(_log, "verify")
def log_verify(
    terminal: Terminal,
    *,
    expect: Annotated[
        str | None,
        typer.Option(
            help="What `log head` said once: finds a log cut off or rewritten as a whole.",
            metavar="POSITION:HASH",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check every event of the log against the one before it, and the log against its head.

    Exits with 1 and names the first bad position where it is not as it was recorded.
    """
    with terminal.http() as http, Progress(label="events") as progress:
        request = http.stream(
            "POST",
            "/api/log/verify",
            body=msgspec.json.encode({"expect": expect}),
            headers={"Accept": "application/x-ndjson"},
        )
        with request as answer:
            found = msgspec.Raw()
            for line in answer.lines():
                step = msgspec.json.decode(line, type=_Step)
                if step.error is not None:
                    raise Unavailable(step.error["message"], code=step.error["code"])
                if step.progress is not None:
                    progress.update(step.progress["done"], step.progress["total"])
                if step.report is not msgspec.UNSET:
                    found = step.report

    if not bytes(found):
        raise Unavailable("the verification broke off", code="unreachable")
    _tell_report(terminal, found)


@command(_log, "head")
def log_head(terminal: Terminal) -> None:
    """Print where the log ends; keep `expect` elsewhere, for a later verification."""
    with terminal.http() as http:
        head = http.send("GET", "/api/log/head").data(dict[str, Any])
    _show(terminal, head)


@command(_db, "status")
def db_status(terminal: Terminal) -> None:
    """Print where the database stands; exit with 2 where migrations are pending."""
    from tenantry.operations.service import database_status

    with terminal.http_if_served() as http:
        if http is not None:
            status = http.send("GET", "/api/db/status").data(dict[str, Any])
        else:
            status = _on_database(terminal.settings(), database_status)
    _show(terminal, status)
    if status["migrations_pending"]:
        raise stop_with(ExitCode.CHANGES_PENDING)


@command(_db, "migrate")
def db_migrate(terminal: Terminal) -> None:
    """Apply pending migrations; a running server has done so when it started."""
    from tenantry.base import SystemClock
    from tenantry.operations.service import migrate_database

    def migrate(database: Any) -> Coroutine[Any, Any, Any]:
        return migrate_database(database, clock=SystemClock())

    with terminal.http_if_served() as http:
        if http is not None:
            status = http.send("GET", "/api/db/status").data(dict[str, Any])
        else:
            status = _on_database(terminal.settings(), migrate)
    _show(terminal, status)
    if status["migrations_pending"]:
        raise Conflict("the running server is older than the migrations: stop it first")


@command(app, "backup")
def backup(
    terminal: Terminal,
    file: Annotated[
        Path, typer.Argument(help="Where to; a file that is there is replaced.", show_default=False)
    ],
) -> None:
    """Write everything to a file, with or without a running server."""
    path = terminal.path(file)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with (
            terminal.http() as http,
            http.stream("GET", "/api/backup", headers={"Accept": "*/*"}) as answer,
            Progress(label="bytes") as progress,
        ):
            size = _write(partial, answer.chunks, tell=lambda done: progress.update(done, None))
            position = int(answer.headers.get("x-position", "0"))
        # Only a backup that is whole gets the name of one.
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)

    if terminal.output.wants_document:
        terminal.output.document({"file": str(file), "bytes": size, "position": position})
        return
    terminal.output.line(f"{file} holds everything up to position {position}, {size} bytes")


@command(app, "restore")
def restore_backup(
    terminal: Terminal,
    file: Annotated[Path, typer.Argument(help="A backup.", show_default=False)],
) -> None:
    """Put a backup into an empty database and verify it; no server may run."""
    from tenantry.base import SystemClock
    from tenantry.operations.service import restore

    if not terminal.path(file).is_file():
        raise typer.BadParameter(f"there is no file {file}")
    with (
        terminal.http_if_served() as http,
        Progress(label="events") as progress,
    ):
        if http is not None:
            raise Conflict(
                f"a server runs at {http.address}: stop it, or name another --data and --database",
                code="data_dir_in_use",
            )
        report = _on_database(
            terminal.settings(),
            lambda database: restore(
                database,
                terminal.path(file),
                clock=SystemClock(),
                progress=lambda stage, done, total: progress.update(done, total, label=stage),
            ),
        )

    _show(terminal, report)
    if report["problem"] is not None:
        position = report["fault_position"]
        terminal.output.error(f"position {position}: {report['problem']}", code="log_damaged")
        raise stop_with(ExitCode.ERROR)


@command(_settings, "check")
def settings_check(terminal: Terminal) -> None:
    """Check all settings: print them, or all that is wrong with them."""
    try:
        summary = terminal.settings().summary()
    except SettingsError as error:
        if terminal.output.wants_document:
            terminal.output.document({"ok": False, "problems": list(error.problems)})
        terminal.output.error(error.message, code=error.code)
        raise stop_with(ExitCode.ERROR) from error

    if terminal.output.wants_document:
        terminal.output.document({"ok": True, "settings": summary})
        return
    _show(terminal, summary)


command(app, "config-check")(settings_check)


@command(_settings, "show")
def settings_show(terminal: Terminal) -> None:
    """Print all settings as a server would start with them, passwords left out."""
    _show(terminal, terminal.settings().summary())


def _tell_report(terminal: Terminal, found: msgspec.Raw) -> None:
    report = msgspec.json.decode(found, type=_Report)
    if terminal.output.wants_document:
        terminal.output.document(found)
    elif report.fault is None:
        end = f"{report.head_position}:{report.head_hash}"
        terminal.output.line(f"the log is intact: {report.events_checked} events, up to {end}")

    if report.fault is not None:
        message = f"position {report.fault.position}: {report.fault.problem}"
        terminal.output.error(message, code="log_damaged")
        raise stop_with(ExitCode.ERROR)


def _show(terminal: Terminal, fields: dict[str, Any]) -> None:
    if terminal.output.wants_document:
        terminal.output.document(fields)
        return
    columns = [Column("FIELD"), Column("VALUE", is_wide=True)]
    terminal.output.table(columns, _rows(fields))


def _rows(fields: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _rows(value, f"{prefix}{name}.")
        else:
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            yield prefix + name, text


def _on_database(
    settings: "Settings", work: Callable[[Any], Coroutine[Any, Any, Any]]
) -> dict[str, Any]:
    """Open the database for `work` alone, and return what that says as plain values."""
    from tenantry.operations.service import opened

    async def run() -> Any:
        async with opened(settings) as database:
            return await work(database)

    fields: dict[str, Any] = msgspec.to_builtins(asyncio.run(run()))
    return fields


def _write(path: Path, chunks: Any, *, tell: Callable[[int], None]) -> int:
    """Write `chunks` to a file that only its owner may read, down to the disk."""
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        for chunk in chunks:
            size += stream.write(chunk)
            tell(size)
        stream.flush()
        os.fsync(stream.fileno())
    return size
