"""The root command: it gathers the commands of all features, and loads each when it is called."""

import os
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
import typer.main

from tenantry import __version__
from tenantry.base.errors import TenantryError
from tenantry.terminal import (
    ExitCode,
    LazyCommand,
    LazyGroup,
    Output,
    Terminal,
    add_shared_options,
    command,
    hint_for,
    lines_of,
    stop_with,
)

if TYPE_CHECKING:
    from tenantry.settings import Settings
    from tenantry.terminal import Served

_CLIENTS = "tenantry.clients.commands"
_COLLECTOR = "tenantry.collector.commands"
_CONFIGS = "tenantry.configs.commands"
_FLAGS = "tenantry.flags.commands"
_OPERATIONS = "tenantry.operations.commands"
_SERVER = "tenantry.server.commands"
_SYNC = "tenantry.sync.commands"
_TENANTS = "tenantry.tenants.commands"
_UPDATER = "tenantry.updater.commands"
_USAGE_ERROR = 2


class RootGroup(LazyGroup):
    """All commands there are, by name."""

    lazy: ClassVar[Mapping[str, LazyCommand]] = {
        "audit": LazyCommand(_TENANTS, "Print who did what in a tenant, oldest first."),
        "backup": LazyCommand(
            _OPERATIONS, "Write everything to a file, with or without a running server."
        ),
        "breakers": LazyCommand(_OPERATIONS, "Say how the circuit breakers stand, and force them."),
        "clients": LazyCommand(_CLIENTS, "Plan, apply, look at and roll back declared front ends."),
        "collector": LazyCommand(
            _COLLECTOR,
            "Collect the Bluesky Jetstream, say what is in it, and find users.",
            others=(_SERVER,),
        ),
        "config": LazyCommand(_CONFIGS, "Read and change the settings of a tenant."),
        "config-check": LazyCommand(
            _OPERATIONS, "Check all settings: print them, or all that is wrong with them."
        ),
        "db": LazyCommand(_OPERATIONS, "Say where the database stands, and migrate it."),
        "dev": LazyCommand(
            _OPERATIONS, "Start what a developer's machine needs beside the server."
        ),
        "doctor": LazyCommand(
            _OPERATIONS,
            "Examine settings, database, services and machine, and say how to mend what is wrong.",
        ),
        "drill": LazyCommand(
            _OPERATIONS,
            "Break one thing after another on purpose, and see whether the server gets over it.",
        ),
        "flags": LazyCommand(_FLAGS, "List the flags of a tenant, and evaluate one."),
        "health": LazyCommand(
            _OPERATIONS, "Ask whether the server works; exit with 1 where it does not."
        ),
        "keys": LazyCommand(
            _TENANTS,
            "Create, list and revoke API keys; say what the master key protects, and replace it.",
            others=(_OPERATIONS,),
        ),
        "log": LazyCommand(_OPERATIONS, "Verify the event log, and say where it ends."),
        "login": LazyCommand(
            _TENANTS,
            "Print a token in exchange for a password, for TENANTRY_TOKEN or --token.",
        ),
        "logout": LazyCommand(
            _TENANTS, "End the session whose token is given: it is refused from now on."
        ),
        "profile": LazyCommand(
            _TENANTS,
            "Change one's own names, e-mail address or password; the last two ask for the present "
            "one.",
        ),
        "refresh": LazyCommand(
            _TENANTS,
            "Print the token of a new session in the place of the present one.",
        ),
        "restore": LazyCommand(
            _OPERATIONS, "Put a backup into an empty database and verify it; no server may run."
        ),
        "settings": LazyCommand(_OPERATIONS, "Check and show the settings of the process."),
        "sync": LazyCommand(_SYNC, "Bring a tenant's data up to date, and say how that stands."),
        "tenants": LazyCommand(_TENANTS, "Create, look at, suspend, export and erase tenants."),
        "updater": LazyCommand(
            _UPDATER, "Have demo tenants live: schedules, runs, their rows, and undo."
        ),
        "users": LazyCommand(_TENANTS, "Say who belongs to a tenant, and what they may do there."),
        "whoami": LazyCommand(
            _TENANTS, "Print who one is to the server, and what one may do there."
        ),
    }


app = typer.Typer(
    name="tenantry",
    cls=RootGroup,
    help="The control plane of a multi-tenant SaaS product.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
add_shared_options(app)


@command(app, "serve", shows=("data", "database"))
def serve(
    terminal: Terminal,
    *,
    dev: Annotated[
        bool, typer.Option("--dev", help="Everybody on this machine is root; loopback only.")
    ] = False,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", metavar="HOST", show_default=False)
    ] = None,
    port: Annotated[
        str | None,
        typer.Option(help="Port to listen on; 0 picks one.", metavar="PORT", show_default=False),
    ] = None,
    roles: Annotated[
        str | None,
        typer.Option(
            help="What the process does: web, worker, collector.",
            metavar="ROLES",
            show_default=False,
        ),
    ] = None,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo",
            help="Store a few settings where there are none; with --dev, also serve data to sync.",
        ),
    ] = False,
) -> None:
    """Start the server, and serve until a signal stops it."""
    if terminal.options.server is not None:
        raise typer.BadParameter("--server names a server that runs already")
    settings = terminal.settings(API_HOST=host, API_PORT=port, ROLES=roles, DEV=dev or None)

    from tenantry.server import serve as run_server

    raise stop_with(ExitCode(run_server(settings, demo=demo)))


@command(app, "version")
def version(terminal: Terminal) -> None:
    """Print the version of this program."""
    if terminal.output.wants_document:
        terminal.output.document({"version": __version__})
        return
    terminal.output.line(__version__)


def run(
    arguments: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> int:
    """Run one command line and return its exit code; nothing is raised.

    `environ` and `cwd` are the process's own where nothing is given.
    """
    try:
        where = cwd or Path.cwd()
    except FileNotFoundError:
        Output(form=None).error("the working directory is not there any more", code="os_error")
        return ExitCode.ERROR

    terminal = Terminal(build=_build, environ=os.environ if environ is None else environ, cwd=where)
    try:
        root: Any = typer.main.get_command(app)
        outcome = root.main(
            list(arguments), prog_name="tenantry", standalone_mode=False, obj=terminal
        )
        return outcome if isinstance(outcome, int) else ExitCode.DONE
    except Exception as error:  # noqa: BLE001 - the outermost guard: whatever it was is one line
        if terminal.options.debug or "--debug" in arguments:
            traceback.print_exception(error)
        return _report(terminal, error)


def _report(terminal: Terminal, error: Exception) -> ExitCode:
    """Tell what went wrong, and each thing it is about, and return what to exit with."""
    output = terminal.output

    match error:
        case typer.TyperException() if error.exit_code == _USAGE_ERROR:
            _tell_usage(output, error)
            return ExitCode.WRONG_USAGE
        case typer.TyperException():
            output.error(error.format_message(), code="error")
        case TenantryError():
            output.error(
                error.message,
                code=error.code,
                hint=hint_for(error),
                lines=lines_of(error),
                details=error.details,
            )
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            output.error(f"{where}{error.strerror or error}", code="os_error")
        case _:
            what = f"{type(error).__name__}: {error}"
            output.error(f"this is a bug: {what}", code="bug", hint="--debug shows where")
    return ExitCode.ERROR


def _tell_usage(output: Output, error: Any) -> None:
    message = error.format_message()
    if message.startswith("Usage:"):
        # A group without a command: its help says it better.
        output.message(message)
        return

    context = getattr(error, "ctx", None)
    hint = f"see `{context.command_path} --help`" if context else None
    output.error(message, code="usage", hint=hint)


def _build(settings: "Settings", token: str) -> "Served":
    from tenantry.app import build_application

    return build_application(settings, local_token=token)
