"""`config set | delete`."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tenantry.base.errors import Invalid
from tenantry.configs.commands.address import about, path_of
from tenantry.configs.commands.reading import Name
from tenantry.terminal import Terminal, command

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
    if_version: IfVersion = None,
    create_only: Annotated[
        bool, typer.Option("--create-only", help="Only where there is no value yet.")
    ] = False,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Store a value under a name.

    Write -- in front of a value that starts with a hyphen.
    """
    if if_version is not None and create_only:
        raise typer.BadParameter("--if-version and --create-only exclude each other")
    text = _read_text(terminal, value, file)
    encoded = _checked_json(text) if json else msgspec.json.encode(text)

    headers = _conditions(if_version, idempotency_key)
    if create_only:
        headers["If-None-Match"] = "*"
    with terminal.http() as http, about(name):
        body = b'{"value":' + encoded + b"}"
        answer = http.send("PUT", path_of(name), body=body, headers=headers)

    if terminal.output.wants_document:
        terminal.output.document(msgspec.Raw(answer.body))
        return
    stored = answer.decode(_Stored)
    terminal.output.line(f"{stored.name} is stored, version {stored.version}")


def _delete(
    terminal: Terminal,
    name: Name,
    *,
    if_version: IfVersion = None,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Delete a setting; its history stays."""
    headers = _conditions(if_version, idempotency_key)
    with terminal.http() as http, about(name):
        answer = http.send("DELETE", path_of(name), headers=headers)

    if terminal.output.wants_document:
        position = int(answer.headers.get("x-position", "0"))
        terminal.output.document({"name": name, "deleted": True, "position": position})
        return
    terminal.output.line(f"{name} is deleted")


def _conditions(if_version: int | None, idempotency_key: str | None) -> dict[str, str]:
    headers = {}
    if if_version is not None:
        headers["If-Match"] = f'"{if_version}"'
    if idempotency_key is not None:
        if not idempotency_key.isascii() or not idempotency_key.isprintable():
            raise typer.BadParameter("--idempotency-key wants visible ASCII characters")
        headers["Idempotency-Key"] = idempotency_key
    return headers


def _read_text(terminal: Terminal, value: str | None, file: Path | None) -> str:
    if (value is None) == (file is None):
        raise typer.BadParameter("give a value, - for standard input, or --file; one of them")
    if file is not None:
        return _as_text(terminal.path(file).read_bytes(), field=str(file))
    if value == "-":
        return _as_text(sys.stdin.buffer.read(), field="standard input")

    assert value is not None  # noqa: S101 - one of the two was given
    return _as_text(value.encode("utf-8", "surrogateescape"), field="VALUE")


def _as_text(content: bytes, *, field: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Invalid(field=field, got="bytes that are not UTF-8", wants="UTF-8") from error


def _checked_json(text: str) -> bytes:
    from tenantry.base.codec import decode_json

    encoded = text.encode().strip()
    decode_json(encoded, field="VALUE")
    return encoded
