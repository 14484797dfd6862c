"""Where clients are found on a server, and the arguments and options that commands share."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tenantry.base.errors import Invalid
from tenantry.terminal import segment

CLIENTS = "/api/clients"

Key = Annotated[str, typer.Argument(metavar="KEY", help="Key of the client.", show_default=False)]
Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH",
        help="A client's file or folder, or a folder of several; as many as needed.",
        show_default=False,
    ),
]
PathsOrKeys = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH|KEY",
        help="A file or folder, or the key of a client that the server has; as many as needed.",
        show_default=False,
    ),
]
Full = Annotated[
    bool, typer.Option("--full", help="Show every change, and all of it, however long that is.")
]
ContinueOnError = Annotated[
    bool,
    typer.Option(
        "--continue-on-error",
        help="Leave an item that cannot be read as it is stored, and take the rest.",
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Although much would be removed, or a collection emptied.")
]
AllowPublic = Annotated[bool, typer.Option("--allow-public", help="Although pages become public.")]
Reason = Annotated[
    str | None,
    typer.Option(help="Why; it stands in the history.", metavar="TEXT", show_default=False),
]


def path_of(key: str, *rest: str) -> str:
    """Return the path of a client, and of what belongs to it."""
    return "/".join([CLIENTS, segment(key, field="the key"), *map(segment, rest)])


def given(**fields: Any) -> dict[str, Any]:
    """Return those fields that say something: neither None nor False."""
    return {
        name: value for name, value in fields.items() if value is not None and value is not False
    }


def encoded(fields: Any) -> bytes:
    """Return a body; raises `Invalid`, without quoting it, where something in it is no text."""
    try:
        return msgspec.json.encode(fields)
    except UnicodeEncodeError:
        raise Invalid(field="an argument", got="bytes that are not UTF-8", wants="UTF-8") from None
