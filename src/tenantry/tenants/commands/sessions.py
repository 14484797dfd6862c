"""`login`, `logout` and `whoami`."""

from typing import Annotated

import msgspec
import typer

from tenantry.tenants.commands.address import ME, encoded, given
from tenantry.tenants.commands.asking import PasswordStdin, read_password
from tenantry.tenants.commands.showing import show_answer, tell, tell_done
from tenantry.terminal import Terminal, command


class _User(msgspec.Struct):
    email: str


class _Tenant(msgspec.Struct):
    id: str


class _Session(msgspec.Struct):
    token: str
    expires_at: str
    user: _User
    tenant: _Tenant | None = None


def add_sessions(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "login", shows=("tenant",))(_login)
    command(app, "logout")(_logout)
    command(app, "whoami")(_whoami)


def _login(
    terminal: Terminal,
    *,
    email: Annotated[
        str | None,
        typer.Option(help="E-mail address of the user.", metavar="EMAIL", show_default=False),
    ] = None,
    username: Annotated[
        str | None,
        typer.Option(help="Name of the user, in its place.", metavar="NAME", show_default=False),
    ] = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Print a token in exchange for a password, for TENANTRY_TOKEN or --token."""
    if (email is None) == (username is None):
        raise typer.BadParameter("give --email or --username, one of them")
    password = read_password(from_stdin=password_stdin)

    fields = given(
        email=email, username=username, password=password, tenant=terminal.options.tenant
    )
    body = encoded(fields)
    with terminal.http() as http:
        # Once: a failure counts, and whoever waits for nothing wants to know.
        answer = http.send("POST", "/api/auth/login", body=body, attempts=1)

    tell(terminal, answer, _Session, lambda session: session.token)
    session = answer.data(_Session)
    where = session.tenant.id if session.tenant is not None else "every tenant"
    terminal.output.message(
        f"{session.user.email} is logged in to {where} until {session.expires_at}"
    )


def _logout(terminal: Terminal) -> None:
    """End the session whose token is given: it is refused from now on."""
    with terminal.http() as http:
        http.send("POST", "/api/auth/logout")
    tell_done(terminal, "logged out", logged_out=True)


def _whoami(terminal: Terminal) -> None:
    """Print who one is to the server, and what one may do there."""
    with terminal.http() as http:
        answer = http.send("GET", ME)
    show_answer(terminal, answer)
