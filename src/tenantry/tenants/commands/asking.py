"""What a command asks before it does anything: whether that is meant, and for a password."""

import sys
from typing import Annotated

import typer

from tenantry.base.errors import Invalid
from tenantry.terminal import (
    ExitCode,
    Terminal,
    ask_secret,
    is_anybody_there,
    is_confirmed,
    stop_with,
)

PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Take the password from the first line of standard input."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking whether that is meant.")]


def confirm(terminal: Terminal, question: str, *, yes: bool) -> None:
    """Ask whether something is meant that nothing undoes; a script has to have said so."""
    if yes:
        return
    if not is_anybody_there():
        raise typer.BadParameter("there is nobody to ask whether that is meant: give --yes")
    if not is_confirmed(question):
        terminal.output.error("not confirmed: nothing was changed", code="not_confirmed")
        raise stop_with(ExitCode.ERROR)


def read_password(*, from_stdin: bool) -> str:
    """Return the password of somebody who has one: from standard input, or asked for."""
    if from_stdin:
        return _line()
    _require_terminal()
    return _as_text(ask_secret("Password").encode("utf-8", "surrogateescape"))


def read_new_password(*, from_stdin: bool) -> str:
    """Return a new password: from standard input, or asked for twice."""
    if from_stdin:
        return _line()
    _require_terminal()
    first, second = ask_secret("New password"), ask_secret("Once more")
    if first != second:
        raise Invalid("the two are not the same: nothing was changed", code="passwords_differ")
    return _as_text(first.encode("utf-8", "surrogateescape"))


def read_passwords(*, with_new: bool, from_stdin: bool) -> tuple[str, str | None]:
    """Return one's present password, and a new one if that is wanted.

    From standard input they are its first two lines.
    """
    if from_stdin:
        return _line(), _line() if with_new else None
    _require_terminal()
    present = _as_text(ask_secret("Present password").encode("utf-8", "surrogateescape"))
    return present, read_new_password(from_stdin=False) if with_new else None


def _require_terminal() -> None:
    if not is_anybody_there():
        raise typer.BadParameter("there is nobody to ask for a password: give --password-stdin")


def _line() -> str:
    line = sys.stdin.buffer.readline().removesuffix(b"\n").removesuffix(b"\r")
    if not line:
        raise Invalid(field="a line of standard input", got="nothing", wants="a password")
    return _as_text(line)


def _as_text(password: bytes) -> str:
    try:
        return password.decode()
    except UnicodeDecodeError:
        # Not chained: it quotes what nobody may see.
        raise Invalid(field="the password", got="bytes that are not UTF-8", wants="UTF-8") from None
