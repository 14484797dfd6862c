"""`users …`: the people of a tenant, and what they may do."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from tenantry.tenants.commands.address import ROOT, Root, encoded, given, of_tenant, path_of
from tenantry.tenants.commands.asking import PasswordStdin, Yes, confirm, read_new_password
from tenantry.tenants.commands.naming import (
    Applications,
    Email,
    FirstName,
    LastName,
    Username,
    read_applications,
)
from tenantry.tenants.commands.showing import show_answer, tell, tell_done
from tenantry.terminal import (
    Column,
    Refused,
    Terminal,
    command,
    group,
    is_anybody_there,
    read_all,
    show_list,
)

if TYPE_CHECKING:
    from tenantry.terminal.http import Http

_USERS = "users"
_NO_ROLE = "none"

_User = Annotated[
    str,
    typer.Argument(metavar="USER", help="Id or e-mail address of the user.", show_default=False),
]


class _Member(msgspec.Struct):
    id: str
    email: str
    role: str | None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None

    @property
    def name(self) -> str:
        """What is known of how the person is called."""
        return " ".join(filter(None, (self.first_name, self.last_name)))

    @property
    def shown_role(self) -> str:
        """The role, or that there is none."""
        return self.role or _NO_ROLE


def add_users(app: typer.Typer) -> None:
    """Add the group."""
    users = group("users", help="Say who belongs to a tenant, and what they may do there.")
    command(users, "create", shows=("tenant",))(_create)
    command(users, "list", shows=("tenant",))(_list)
    command(users, "show", shows=("tenant",))(_show)
    command(users, "role", shows=("tenant",))(_role)
    command(users, "change", shows=("tenant",))(_change)
    command(users, "passwd", shows=("tenant",))(_passwd)
    command(users, "remove", shows=("tenant",))(_remove)
    app.add_typer(users)


def _create(
    terminal: Terminal,
    email: Annotated[
        str, typer.Argument(help="E-mail address, by which they log in.", show_default=False)
    ],
    *,
    username: Username = None,
    first_name: FirstName = None,
    last_name: LastName = None,
    role: Annotated[
        str | None,
        typer.Option(
            help="viewer, editor, operator or admin; without one they may do nothing here.",
            metavar="ROLE",
            show_default=False,
        ),
    ] = None,
    applications: Applications = None,
    password_stdin: PasswordStdin = False,
    no_password: Annotated[
        bool,
        typer.Option(
            "--no-password", help="Ask for none: they have one already, or get one later."
        ),
    ] = False,
    root: Root = False,
) -> None:
    """Let somebody belong to a tenant; at a terminal their password is asked for.

    Who has the address already in another tenant keeps their password and names: give
    --no-password.
    """
    if password_stdin and no_password:
        raise typer.BadParameter("--password-stdin and --no-password exclude each other")
    if root and role not in (None, ROOT):
        raise typer.BadParameter("--root gives the role root: leave --role out")
    password = None
    if password_stdin or (is_anybody_there() and not no_password):
        password = read_new_password(from_stdin=password_stdin)

    body = encoded(
        given(
            email=email,
            username=username,
            first_name=first_name,
            last_name=last_name,
            password=password,
            role=ROOT if root else role,
            applications=read_applications(applications),
        )
    )
    with of_tenant(terminal, root=root) as (http, tenant_id):
        answer = http.send("POST", path_of(tenant_id, _USERS), body=body)
    tell(terminal, answer, _Member, lambda member: _sentence(member, tenant_id))


def _list(terminal: Terminal, *, root: Root = False) -> None:
    """Print everybody who belongs to a tenant."""
    with of_tenant(terminal, root=root) as (http, tenant_id):
        page = read_all(http, path_of(tenant_id, _USERS))

    columns = [
        Column("EMAIL"),
        Column("ROLE"),
        Column("USERNAME"),
        Column("NAME", is_wide=True),
        Column("ID"),
    ]
    show_list(
        terminal,
        page,
        _Member,
        columns,
        lambda member: (
            member.email,
            member.shown_role,
            member.username or "",
            member.name,
            member.id,
        ),
    )


def _show(terminal: Terminal, user: _User, *, root: Root = False) -> None:
    """Print somebody who belongs to a tenant."""
    with of_tenant(terminal, root=root) as (http, tenant_id):
        answer = http.send("GET", _path(http, tenant_id, user))
    show_answer(terminal, answer)


def _role(
    terminal: Terminal,
    user: _User,
    role: Annotated[
        str,
        typer.Argument(
            help="viewer, editor, operator or admin; none takes it away.", show_default=False
        ),
    ],
    *,
    root: Root = False,
) -> None:
    """Give a user another role in a tenant."""
    body = encoded({"role": None if role == _NO_ROLE else role})
    with of_tenant(terminal, root=root) as (http, tenant_id):
        answer = http.send("PATCH", _path(http, tenant_id, user), body=body)
    tell(terminal, answer, _Member, lambda member: _sentence(member, tenant_id))


def _change(
    terminal: Terminal,
    user: _User,
    *,
    email: Email = None,
    username: Username = None,
    first_name: FirstName = None,
    last_name: LastName = None,
    applications: Applications = None,
    no_applications: Annotated[
        bool, typer.Option("--no-applications", help="Take all roles in front ends away.")
    ] = False,
    root: Root = False,
) -> None:
    """Change what a user is called, or their roles in front ends."""
    if applications and no_applications:
        raise typer.BadParameter("--application and --no-applications exclude each other")
    fields = given(
        email=email,
        username=username,
        first_name=first_name,
        last_name=last_name,
        applications=[] if no_applications else read_applications(applications),
    )
    if not fields:
        raise typer.BadParameter("say what is to be otherwise: a name, --email or --application")
    with of_tenant(terminal, root=root) as (http, tenant_id):
        answer = http.send("PATCH", _path(http, tenant_id, user), body=encoded(fields))
    tell(terminal, answer, _Member, lambda member: f"{member.email} is changed")


def _passwd(
    terminal: Terminal, user: _User, *, password_stdin: PasswordStdin = False, root: Root = False
) -> None:
    """Give a user another password, and end their sessions."""
    body = encoded({"password": read_new_password(from_stdin=password_stdin)})
    with of_tenant(terminal, root=root) as (http, tenant_id):
        answer = http.send("PATCH", _path(http, tenant_id, user), body=body)
    tell(terminal, answer, _Member, lambda member: f"{member.email} has a new password")


def _remove(terminal: Terminal, user: _User, *, yes: Yes = False, root: Root = False) -> None:
    """Let a user no longer belong to a tenant; who belongs to none any more is erased."""
    confirm(terminal, f"Remove {user}, and erase them if this is all they belong to?", yes=yes)

    with of_tenant(terminal, root=root) as (http, tenant_id):
        user_id = _id_of(http, tenant_id, user)
        http.send("DELETE", path_of(tenant_id, _USERS, user_id))
    tell_done(terminal, f"{user} is removed from {tenant_id}", id=user_id, removed=True)


def _path(http: "Http", tenant_id: str, user: str) -> str:
    return path_of(tenant_id, _USERS, _id_of(http, tenant_id, user))


def _id_of(http: "Http", tenant_id: str, user: str) -> str:
    """Return the id of a user who may be named by their e-mail address: an id has no @."""
    if "@" not in user:
        return user
    # In the query, since paths stand in the server's log.
    found = read_all(http, path_of(tenant_id, _USERS), email=user).items_as(_Member)
    if not found:
        raise Refused(f"tenant {tenant_id} has no user {user}", status=404, code="unknown_user")
    return found[0].id


def _sentence(member: _Member, tenant_id: str) -> str:
    if member.role is None:
        return f"{member.email} belongs to {tenant_id} without a role, id {member.id}"
    where = "every tenant" if member.role == ROOT else tenant_id
    return f"{member.email} is {member.role} of {where}, id {member.id}"
