"""`login`, `refresh`, `logout`, `whoami` and `profile`."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from tenantry.tenants.commands.address import ME, encoded, given
from tenantry.tenants.commands.asking import PasswordStdin, read_password, read_passwords
from tenantry.tenants.commands.naming import Email, FirstName, LastName, Username
from tenantry.tenants.commands.showing import show_answer, tell, tell_done
from tenantry.terminal import Terminal, command

if TYPE_CHECKING:
    from tenantry.terminal.http import Answer


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
    command(app, "refresh", shows=("tenant",))(_refresh)
    command(app, "whoami")(_whoami)
    command(app, "profile")(_profile)


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
    _tell_session(terminal, answer)


def _refresh(terminal: Terminal) -> None:
    """Print the token of a new session in the place of the present one.

    With --tenant it is in another tenant that one belongs to.
    """
    with terminal.http() as http:
        body = encoded(given(tenant=terminal.options.tenant))
        # Once: the token that is given is good for one.
        answer = http.send("POST", "/api/auth/refresh", body=body, attempts=1)
    _tell_session(terminal, answer)


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


def _profile(
    terminal: Terminal,
    *,
    email: Email = None,
    username: Username = None,
    first_name: FirstName = None,
    last_name: LastName = None,
    new_password: Annotated[
        bool,
        typer.Option("--password", help="A new password, which ends one's other sessions."),
    ] = False,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help="Take the present password, and a new one, from the lines of standard input.",
        ),
    ] = False,
) -> None:
    """Change one's own names, e-mail address or password; the last two ask for the present one."""
    fields = given(email=email, username=username, first_name=first_name, last_name=last_name)
    if not fields and not new_password:
        raise typer.BadParameter("say what is to be otherwise: a name, --email or --password")
    if email is not None or new_password:
        present, new = read_passwords(with_new=new_password, from_stdin=password_stdin)
        fields |= given(current_password=present, password=new)

    with terminal.http() as http:
        # Once: a wrong password counts.
        answer = http.send("PATCH", ME, body=encoded(fields), attempts=1)
    tell(terminal, answer, _User, lambda user: f"{user.email} is changed")


def _tell_session(terminal: Terminal, answer: "Answer") -> None:
    tell(terminal, answer, _Session, lambda session: session.token)
    session = answer.data(_Session)
    where = session.tenant.id if session.tenant is not None else "every tenant"
    terminal.output.message(
        f"{session.user.email} is logged in to {where} until {session.expires_at}"
    )
