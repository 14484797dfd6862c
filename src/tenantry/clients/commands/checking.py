"""`clients validate`: whether files declare what can be applied."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import typer

from tenantry.clients.commands.address import CLIENTS, PathsOrKeys, encoded, path_of
from tenantry.clients.commands.source import Declared, is_path, load
from tenantry.clients.commands.trouble_lines import error_text
from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import CheckedClient, ExportedClient, ItemError
from tenantry.terminal import ExitCode, Terminal, command, stop_with


class _Report(msgspec.Struct):
    clients: list[CheckedClient]


def add_checking(clients: typer.Typer) -> None:
    """Add `clients validate`."""
    command(clients, "validate")(_validate)


def _validate(terminal: Terminal, what: PathsOrKeys) -> None:
    """Check files of clients, without a server, and print everything that is wrong with them.

    A key in the place of a path has the server check what it has.
    """
    paths, keys = split(terminal, what)
    checked = [*_check_files(terminal, paths), *_ask(terminal, keys)]

    is_valid = not any(each.errors for each in checked)
    if terminal.output.wants_document:
        terminal.output.document({"valid": is_valid, "clients": checked})
    else:
        _show(terminal, checked)
    if not is_valid:
        raise stop_with(ExitCode.ERROR)


def split(terminal: Terminal, what: Sequence[str]) -> tuple[list[Path], list[str]]:
    """Return what is a path, and what is the key of a client on the server."""
    paths = [Path(each) for each in what if is_path(terminal, each)]
    return paths, [each for each in what if not is_path(terminal, each)]


def _check_files(terminal: Terminal, paths: Sequence[Path]) -> Iterator[CheckedClient]:
    if not paths:
        return
    declared, unread = load(terminal, paths)
    for each in declared:
        yield CheckedClient(key=each.key, errors=_errors_of(each), file=each.origin)
    for failed in unread:
        yield CheckedClient(key=failed.key, errors=failed.errors, file=failed.origin)


def _errors_of(declared: Declared) -> tuple[ItemError, ...]:
    from tenantry.clients.rules.parse import parse

    try:
        parse(declared.raw, origin=declared.origin)
    except InvalidClient as invalid:
        return invalid.errors
    return ()


def _ask(terminal: Terminal, keys: Sequence[str]) -> Iterator[CheckedClient]:
    if not keys:
        return
    with terminal.http() as http:
        configs = [http.send("GET", path_of(key)).data(ExportedClient).config for key in keys]
        answer = http.send("POST", f"{CLIENTS}/validate", body=encoded({"configs": configs}))
    yield from answer.data(_Report).clients


def _show(terminal: Terminal, checked: Sequence[CheckedClient]) -> None:
    for each in checked:
        if not each.errors:
            terminal.output.line(_valid(each))
        for error in each.errors:
            terminal.output.message(f"error: {error_text(error, origin=each.file or each.key)}")
    count = sum(len(each.errors) for each in checked)
    if count:
        terminal.output.message("1 error" if count == 1 else f"{count} errors")


def _valid(checked: CheckedClient) -> str:
    told = f"{checked.key} is valid"
    return f"{checked.file}: {told}" if checked.file else told
