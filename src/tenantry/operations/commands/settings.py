"""`settings …`: the settings of the process."""

import typer

from tenantry.settings import SettingsError
from tenantry.terminal import ExitCode, Terminal, command, group, show, stop_with


def add_settings(app: typer.Typer) -> None:
    """Add the group, and the other name of its first command."""
    settings = group("settings", help="Check and show the settings of the process.")
    command(settings, "check")(_check)
    command(settings, "show")(_show)
    app.add_typer(settings)
    command(app, "config-check")(_check)


def _check(terminal: Terminal) -> None:
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
    show(terminal, summary)


def _show(terminal: Terminal) -> None:
    """Print all settings as a server would start with them, passwords left out."""
    show(terminal, terminal.settings().summary())
