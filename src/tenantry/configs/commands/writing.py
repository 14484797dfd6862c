"""`config set | delete`."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tenantry.configs.commands.address import about, path_of
from tenantry.configs.commands.reading import Name
from tenantry.configs.commands.source import read_text
from tenantry.terminal import (
    ExitCode,
    Terminal,
    command,
    is_anybody_there,
    is_confirmed,
    stop_with,
)

IfVersion = Annotated[
    int | None,
    typer.Option(
        help="Only where this is the present version.",
        min=1,
        metavar="VERSION",
        show_default=False,
    ),
]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(
        help="A name for this change: sent again with it, it is done once.",
        metavar="KEY",
        show_default=False,
    ),
]


class _Stored(msgspec.Struct):
    name: str
    version: int
    secret: bool = False


def add_writing(config: typer.Typer) -> None:
    """Add the commands that change one setting."""
    command(config, "set")(_set)
    command(config, "delete")(_delete)


def _set(
    terminal: Terminal,
    name: Name,
    value: Annotated[
        str | None,
        typer.Argument(help="The value, as text; - reads standard input.", show_default=False),
    ] = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            help="Read the value from a file, as it is.", metavar="PATH", show_default=False
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="The value is JSON, not text.", show_default=False)
    ] = False,
    secret: Annotated[
        bool,
        typer.Option(
            "--secret",
            help="Seal the value, and ask for one that is not given, without showing it.",
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="With --secret: although the history has values in the clear."
        ),
    ] = False,
    if_version: IfVersion = None,
    create_only: Annotated[
        bool, typer.Option("--create-only", help="Only where there is no value yet.")
    ] = False,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Store a value under a name.

    Write -- in front of a value that starts with a hyphen. Others on this machine may see a value
    that stands on the command line: let a secret be asked for, or take it from a file or -.
    """
    if if_version is not None and create_only:
        raise typer.BadParameter("--if-version and --create-only exclude each other")
    if force and not secret:
        raise typer.BadParameter("--force goes with --secret")
    text = read_text(terminal, value, file, is_secret=secret)
    encoded = _checked_json(text) if json else msgspec.json.encode(text)

    headers = conditions(if_version, idempotency_key)
    if create_only:
        headers["If-None-Match"] = "*"
    body = {"value": msgspec.Raw(encoded), **({"secret": True} if secret else {})}
    if force:
        body["force"] = True
    with terminal.http() as http, about(name):
        answer = http.send("PUT", path_of(name), body=msgspec.json.encode(body), headers=headers)

    if terminal.output.wants_document:
        terminal.output.document(msgspec.Raw(answer.body))
        return
    stored = answer.decode(_Stored)
    how = "stored as a secret" if stored.secret else "stored"
    terminal.output.line(f"{stored.name} is {how}, version {stored.version}")


def _delete(
    terminal: Terminal,
    name: Name,
    *,
    shred: Annotated[
        bool,
        typer.Option(
            "--shred", help="Make all that was ever sealed there unreadable, for everybody."
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Shred without asking whether that is meant.")
    ] = False,
    if_version: IfVersion = None,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Delete a setting; its history stays.

    With --shred it stays too, but nobody can read its secrets any more, not even here. A name that
    is deleted already can be shredded still.
    """
    if shred and not yes:
        _confirm_shredding(terminal, name)

    headers = conditions(if_version, idempotency_key)
    params = {"shred": "true"} if shred else {}
    with terminal.http() as http, about(name):
        answer = http.send("DELETE", path_of(name), params=params, headers=headers)

    if terminal.output.wants_document:
        position = int(answer.headers.get("x-position", "0"))
        told = {"name": name, "deleted": True, "position": position}
        terminal.output.document({**told, "shredded": True} if shred else told)
        return
    terminal.output.line(f"{name} is deleted" + (", its secrets are shredded" if shred else ""))


def conditions(if_version: int | None, idempotency_key: str | None) -> dict[str, str]:
    """Return the headers that say when, and how often, a change is to be done."""
    headers = {}
    if if_version is not None:
        headers["If-Match"] = f'"{if_version}"'
    if idempotency_key is not None:
        if not idempotency_key.isascii() or not idempotency_key.isprintable():
            raise typer.BadParameter("--idempotency-key wants visible ASCII characters")
        headers["Idempotency-Key"] = idempotency_key
    return headers


def _confirm_shredding(terminal: Terminal, name: str) -> None:
    """Ask, where somebody can answer; a script has said so by `--shred`."""
    question = f"Delete {name}, and make its secrets unreadable for ever?"
    if is_anybody_there() and not is_confirmed(question):
        terminal.output.error("not confirmed: nothing was changed", code="not_confirmed")
        raise stop_with(ExitCode.ERROR)


def _checked_json(text: str) -> bytes:
    from tenantry.base.codec import decode_json

    encoded = text.encode().strip()
    decode_json(encoded, field="VALUE")
    return encoded
