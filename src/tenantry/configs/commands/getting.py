"""`config get | at`."""

from http import HTTPStatus
from typing import Annotated

import msgspec
import typer

from tenantry.configs.commands.address import about, path_of, shown_value
from tenantry.configs.commands.reading import At, Name, Own, query_of
from tenantry.terminal import Column, ExitCode, Output, Terminal, command, stop_with

_RAW = {"Accept": "*/*"}


class _Entry(msgspec.Struct):
    name: str
    value: msgspec.Raw
    version: int
    updated_at: str


class _Layer(msgspec.Struct):
    layer: str
    version: int
    updated_at: str
    actor: str
    value: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @property
    def shown(self) -> str:
        """Its value, for people."""
        if isinstance(self.value, msgspec.UnsetType):
            return "- (deleted)"
        return shown_value(bytes(self.value))


class _Explanation(msgspec.Struct):
    layers: list[_Layer]


def add_getting(config: typer.Typer) -> None:
    """Add the commands that print one setting."""
    command(config, "get")(_get)
    command(config, "at")(_at)


def _get(
    terminal: Terminal,
    name: Name,
    *,
    at: At = None,
    own: Own = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Every layer: since when, by whom, the winner first.")
    ] = False,
    wait: Annotated[
        float | None,
        typer.Option(
            help="With --version: wait so long for another one; exit with 1 where none comes.",
            min=1,
            max=60,
            metavar="SECONDS",
            show_default=False,
        ),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(
            help="With --wait: what you have, 3 or global:3, or 0 for none.",
            metavar="TOKEN",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print the value of a setting.

    With --output also its version, position and time. A secret is opened for whoever may see it.
    """
    if explain and (own or wait is not None):
        raise typer.BadParameter("--explain shows every layer now: neither --own nor --wait")
    if (wait is None) != (version is None):
        raise typer.BadParameter("--wait and --version go together")
    if wait is not None and (own or at is not None):
        raise typer.BadParameter("--wait goes neither with --own nor with --at")

    params = query_of(at=at, own=own)
    if wait is not None and version is not None:
        params |= {"wait": f"{round(wait * 1000)}ms", "version": version}
    if explain:
        _explain(terminal, name, params)
        return
    _print_one(terminal, name, path_of(name), params)


def _at(
    terminal: Terminal,
    name: Name,
    timestamp: Annotated[
        str,
        typer.Argument(
            help="When: ISO 8601 with an offset, e.g. 2024-01-15T10:30:00Z.", show_default=False
        ),
    ],
) -> None:
    """Print a setting as it was at a time."""
    _print_one(terminal, name, path_of(name, "at", timestamp), {})


def _print_one(terminal: Terminal, name: str, path: str, params: dict[str, str]) -> None:
    output = terminal.output
    headers = _RAW if output.form is None else None
    with terminal.http() as http, about(name):
        answer = http.send(
            "GET",
            path,
            params=params,
            headers=headers,
            accepts=frozenset({HTTPStatus.NOT_MODIFIED}),
        )

    if answer.status == HTTPStatus.NOT_MODIFIED:
        output.error(f"{name} is still at version {params['version']}", code="unchanged")
        raise stop_with(ExitCode.ERROR)
    if output.form is None:
        output.raw(answer.body)
    elif output.wants_document:
        output.document(msgspec.Raw(answer.body))
    else:
        _show(output, answer.decode(_Entry))


def _show(output: Output, entry: _Entry) -> None:
    columns = [
        Column("NAME"),
        Column("VALUE", is_wide=True),
        Column("VERSION", is_number=True),
        Column("UPDATED"),
    ]
    value = shown_value(bytes(entry.value))
    output.table(columns, [(entry.name, value, str(entry.version), entry.updated_at)])


def _explain(terminal: Terminal, name: str, params: dict[str, str]) -> None:
    with terminal.http() as http, about(name):
        answer = http.send("GET", path_of(name), params={**params, "explain": "true"})

    if terminal.output.wants_document:
        terminal.output.document(msgspec.Raw(answer.body))
        return
    terminal.output.table(
        [
            Column("LAYER"),
            Column("VERSION", is_number=True),
            Column("VALUE", is_wide=True),
            Column("SINCE"),
            Column("BY"),
        ],
        [
            (layer.layer, str(layer.version), layer.shown, layer.updated_at, layer.actor)
            for layer in answer.decode(_Explanation).layers
        ],
    )
