"""`flags evaluate`."""

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
import typer

from tenantry.base.errors import Invalid
from tenantry.terminal import Refused, Terminal, command, segment, show

_PATH = "/ofrep/v1/evaluate/flags"
_TARGETING_KEY = "targetingKey"
# Their bodies are of the protocol, and say more than the terminal's client would find in them.
_FAILURES = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    }
)


class _Failure(msgspec.Struct, rename="camel"):
    error_code: str
    error_details: str
    metadata: dict[str, Any] = {}


def add_evaluate(flags: typer.Typer) -> None:
    """Add the command."""
    command(flags, "evaluate")(_evaluate)


def _evaluate(
    terminal: Terminal,
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of the flag.", show_default=False)],
    *,
    attribute: Annotated[
        list[str] | None,
        typer.Option(
            "--context",
            help="An attribute of whom it is for, as JSON or else as text; may be given several "
            "times.",
            metavar="NAME=VALUE",
            show_default=False,
        ),
    ] = None,
    targeting_key: Annotated[
        str | None,
        typer.Option(
            help="Whom it is for: what shares are dealt by.", metavar="KEY", show_default=False
        ),
    ] = None,
) -> None:
    """Print what a flag is for a context, and why; exit with 1 where it cannot be evaluated."""
    if "/" in key:
        raise Invalid(field="KEY", got=key, wants="a key without a slash")
    attributes = dict(_attribute(given) for given in attribute or ())
    if targeting_key is not None:
        attributes[_TARGETING_KEY] = targeting_key
    body = msgspec.json.encode({"context": attributes})

    with terminal.http() as http:
        path = f"{_PATH}/{segment(key, field='KEY')}"
        answer = http.send("POST", path, body=body, accepts=_FAILURES)
    if answer.status != HTTPStatus.OK:
        failed = answer.decode(_Failure)
        code = failed.metadata.get("code", failed.error_code)
        raise Refused(
            failed.error_details, status=answer.status, code=code, details=failed.metadata or None
        )

    show(terminal, answer.decode(dict[str, Any]))


def _attribute(given: str) -> tuple[str, Any]:
    """Return name and value of `NAME=VALUE`."""
    name, separator, text = given.partition("=")
    if not separator or not name:
        raise Invalid(field="--context", got=given, wants="NAME=VALUE")
    try:
        return name, msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        return name, text
