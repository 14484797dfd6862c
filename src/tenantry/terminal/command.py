"""What makes a function a command: the options that all of them take, and what they are handed."""

import inspect
from collections.abc import Callable, Collection
from copy import copy
from pathlib import Path
from typing import Annotated, Any, Concatenate, Literal, ParamSpec, TypeVar

import typer

from tenantry.terminal.context import Options, Terminal
from tenantry.terminal.exit_code import ExitCode
from tenantry.terminal.output import Format

P = ParamSpec("P")
R = TypeVar("R")


def command(
    app: typer.Typer, name: str, *, shows: Collection[str] = (), has_sarif: bool = False
) -> Callable[[Callable[Concatenate[Terminal, P], R]], Callable[Concatenate[Terminal, P], R]]:
    """Register a function as the command `name` of `app`; its docstring is the help.

    Its first parameter is the `Terminal`; the others are the command's own arguments and options.
    `shows` names shared options that its help tells of, since they matter most there; one that
    `has_sarif` prints what it finds in that form too.
    """

    def register(
        function: Callable[Concatenate[Terminal, P], R],
    ) -> Callable[Concatenate[Terminal, P], R]:
        app.command(name)(_with_shared_options(function, shows=shows, has_sarif=has_sarif))
        return function

    return register


def group(name: str, *, help: str) -> typer.Typer:  # noqa: A002 - what typer calls it
    """Return a group of commands."""
    return typer.Typer(
        name=name, help=help, no_args_is_help=True, add_completion=False, rich_markup_mode=None
    )


def stop_with(code: ExitCode) -> typer.Exit:
    """Return what a command raises to end with `code` once it has printed what it has to say."""
    return typer.Exit(code)


def add_shared_options(app: typer.Typer) -> None:
    """Let `app`, the root of all commands, take the options that every command takes."""

    def root(context: typer.Context, **given: Any) -> None:
        terminal: Terminal = context.obj
        terminal.take(Options(**given))

    _describe(root, [_CONTEXT, *_shared_parameters(shows=_SHARED)])
    app.callback()(root)


def _with_shared_options(
    function: Callable[..., R], *, shows: Collection[str], has_sarif: bool
) -> Callable[..., R]:
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    shared = _shared_parameters(shows={"output", *shows}, has_sarif=has_sarif)

    def run(context: typer.Context, **values: Any) -> R:
        given = {parameter.name: values.pop(parameter.name) for parameter in shared}
        terminal: Terminal = context.find_root().obj
        terminal.take(Options(**given))
        return function(terminal, **values)

    run.__doc__ = function.__doc__
    by_keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    _describe(run, [_CONTEXT, *by_keyword, *shared])
    return run


_CONTEXT = inspect.Parameter(
    "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
)


def _describe(function: Any, parameters: list[inspect.Parameter]) -> None:
    """Let `function` look as if it had `parameters`: that is what typer goes by."""
    function.__signature__ = inspect.Signature(parameters)
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}


_FORM = typer.Option(
    "--output",
    "-o",
    help="Print one JSON or YAML document, for programs, or a table.",
    metavar="json|table|yaml",
)
_FORM_OR_SARIF = typer.Option(
    "--output",
    "-o",
    help="Print one JSON or YAML document, or one of SARIF, for programs, or a table.",
    metavar="json|sarif|table|yaml",
)
_SERVER = typer.Option(
    help="Server to ask; else TENANTRY_SERVER, else the one that runs on --data.", metavar="URL"
)
_TOKEN = typer.Option(help="Token to show there; else TENANTRY_TOKEN.", metavar="TOKEN")
_TENANT = typer.Option(help="Tenant to act on.", metavar="ID")
_DATA = typer.Option(help="Folder of what a server keeps on disk.", metavar="DIR")
_DATABASE = typer.Option(help="Database to use where no server runs.", metavar="URL")
_DEBUG = typer.Option("--debug", help="Show where an error comes from.")

_SHARED: dict[str, tuple[Any, Any]] = {
    "output": (Literal["json", "table", "yaml"] | None, _FORM),
    "server": (str | None, _SERVER),
    "token": (str | None, _TOKEN),
    "tenant": (str | None, _TENANT),
    "data": (Path | None, _DATA),
    "database": (str | None, _DATABASE),
    "debug": (bool, _DEBUG),
}


def _shared_parameters(
    *, shows: Collection[str], has_sarif: bool = False
) -> list[inspect.Parameter]:
    """Return the options that the root and every command take, alike wherever they stand.

    The help tells of those that `shows` names; that of the root tells of all.
    """
    parameters = []
    forms = {"output": (Format | None, _FORM_OR_SARIF)} if has_sarif else {}
    for name, (kind, option) in {**_SHARED, **forms}.items():
        shown = copy(option)
        shown.hidden = name not in shows
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=False if kind is bool else None,
                annotation=Annotated[kind, shown],
            )
        )
    return parameters
