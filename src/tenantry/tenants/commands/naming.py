"""What commands take to say what somebody is called, and what they are in front ends."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

Email = Annotated[
    str | None, typer.Option(help="E-mail address.", metavar="EMAIL", show_default=False)
]
Username = Annotated[
    str | None,
    typer.Option(help="Another name to log in by.", metavar="NAME", show_default=False),
]
FirstName = Annotated[
    str | None, typer.Option(help="First name.", metavar="NAME", show_default=False)
]
LastName = Annotated[
    str | None, typer.Option(help="Last name.", metavar="NAME", show_default=False)
]
Applications = Annotated[
    list[str] | None,
    typer.Option(
        "--application",
        help="Roles in a front end, CLIENT=ROLE,ROLE, or in all of them, ROLE,ROLE; as often as "
        "needed.",
        metavar="ROLES",
        show_default=False,
    ),
]


def read_applications(texts: Sequence[str] | None) -> list[dict[str, Any]] | None:
    """Return roles in front ends as the server takes them; None where none were given."""
    return [_application(text) for text in texts] if texts else None


def _application(text: str) -> dict[str, Any]:
    client, separator, roles = text.rpartition("=")
    if (separator and not client) or not all(roles.split(",")):
        raise typer.BadParameter(f"--application: got {text!r}, wants CLIENT=ROLE,ROLE")
    return {"client_key": client or None, "roles": roles.split(",")}
