"""`updater config`: the configuration, and what its schedules mean."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tenantry.base.errors import Invalid
from tenantry.terminal import Terminal, command
from tenantry.updater.commands.address import path_of, read_pair
from tenantry.updater.commands.showing import show_given, show_schedules
from tenantry.updater.model import ConfigView

_SCHEDULES = "scheduleConfig"


def add_configuring(updater: typer.Typer) -> None:
    """Add the command."""
    command(updater, "config", shows=("tenant",))(_config)


def _config(
    terminal: Terminal,
    changes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE",
            help="What shall be otherwise: a path and a value, or a JSON object to be merged.",
            show_default=False,
        ),
    ] = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            help="Merge what a file says, in JSON or YAML.", metavar="PATH", show_default=False
        ),
    ] = None,
) -> None:
    """Print the configuration of a tenant's updaters, or change something in it first.

    A path is as `scheduleConfig.newLeads`; its value is JSON where it reads as that, else text, and
    null takes it back to what it is by itself. All changes count together or not at all.
    """
    wanted = _merged(terminal, changes or (), file)
    with terminal.http() as http:
        if wanted:
            body = msgspec.json.encode({"config": wanted})
            answer = http.send("PUT", path_of("config"), body=body)
        else:
            answer = http.send("GET", path_of("config"))
    if terminal.output.wants_document:
        terminal.output.document(answer.data(msgspec.Raw))
        return

    found = answer.data(ConfigView)
    show_schedules(terminal, found.schedules)
    rest = {name: part for name, part in found.config.items() if name != _SCHEDULES}
    show_given(terminal, rest)
    if found.given:
        terminal.output.line(f"given, version {found.version}:")
        show_given(terminal, found.given)


def _merged(terminal: Terminal, changes: Sequence[str], file: Path | None) -> dict[str, Any]:
    """Return all that shall be otherwise as one object; a later change wins."""
    wanted: dict[str, Any] = {}
    if file is not None:
        _merge(wanted, _read_file(terminal.path(file)))
    for change in changes:
        _merge(wanted, _read(change))
    return wanted


def _read(change: str) -> dict[str, Any]:
    if change.startswith("{"):
        try:
            return msgspec.json.decode(change, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise Invalid(field="KEY=VALUE", got=change[:80], wants=f"JSON: {error}") from error
    path, value = read_pair(change)
    for name in reversed(path.split(".")):
        if not name:
            raise Invalid(field="KEY=VALUE", got=path[:80], wants="names with dots between them")
        value = {name: value}
    found: dict[str, Any] = value
    return found


def _read_file(path: Path) -> dict[str, Any]:
    """Read a file; one in the form that a request has is read too."""
    # YAML takes a while to import, and is for files only.
    from tenantry.base.yaml import read_yaml

    text = path.read_text("utf-8-sig")
    found = read_yaml(text, source=str(path))
    if not isinstance(found, dict):
        raise Invalid(field=str(path), got=type(found).__name__, wants="an object")
    inner = found.get("config")
    return inner if list(found) == ["config"] and isinstance(inner, dict) else found


def _merge(known: dict[str, Any], change: dict[str, Any]) -> None:
    for name, value in change.items():
        present = known.get(name)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value)
        else:
            known[name] = value
