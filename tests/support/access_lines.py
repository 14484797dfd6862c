"""Tenants and users at the command line, for the tests of more than one file."""

from collections.abc import Callable

from tests.support.command_line import CommandLine

ADA = "ada@acme.example"
PASSWORD = "corréct hörse"
ANOTHER = "bättery staple"

TypeIn = Callable[[str], None]


def act_as(line: CommandLine, token: str | None) -> None:
    """Let what follows be done with `token`; without one by whoever may read the directory."""
    line.environ.pop("TENANTRY_TOKEN", None)
    if token is not None:
        line.environ["TENANTRY_TOKEN"] = token


def create_acme(line: CommandLine, type_in: TypeIn, *, role: str = "admin") -> None:
    """Create a tenant, and somebody in it."""
    assert line("tenants", "create", "acme", "--name", "Acme") == 0, line.err
    type_in(f"{PASSWORD}\n")
    create = ["users", "create", ADA, "--tenant", "acme", "--role", role, "--first-name", "Ada"]
    assert line(*create, "--password-stdin") == 0, line.err


def login(line: CommandLine, type_in: TypeIn, password: str, *options: str) -> str:
    """Log in as ada, and return the token; empty where that is refused."""
    type_in(f"{password}\n")
    line("login", "--email", ADA, "--password-stdin", *options)
    assert password not in line.out + line.err
    return line.out.rstrip("\n")
