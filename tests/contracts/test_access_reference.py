"""The reference of access has the roles, the routes and the commands as they are."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from tenantry.cli import app
from tenantry.tenants import PERMISSIONS, permissions_of
from tests.support.access_matrix import ANYBODY, PUBLIC, read_table
from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/reference/access.md").read_text(encoding="utf-8")
CODE = re.compile(r"`([^`]+)`")
EVERYTHING = "*"


def test_the_roles_are_documented_with_their_permissions() -> None:
    (head, *rows) = _table("permission")
    roles = head[2:]
    documented = {
        role: {_code(row[0]) for row in rows if row[2 + column] == "yes"}
        for column, role in enumerate(roles)
    }

    assert list(documented) == list(PERMISSIONS)
    everything = {_code(row[0]) for row in rows}
    for role in PERMISSIONS:
        permissions = permissions_of(role)
        assert documented[role] == (everything if EVERYTHING in permissions else permissions), role


def test_every_role_is_explained() -> None:
    assert [row[0] for row in _table("role")[1:]] == list(PERMISSIONS)


def test_every_route_is_documented_with_its_permission() -> None:
    documented = [(_code(row[0]), _plain(row[1])) for row in _table("route")[1:]]

    assert documented == [
        (row.route, row.permission) for row in read_table() if " /v1/config" not in row.route
    ]


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    assert [_code(row[0]) for row in _table("command")[1:]] == sorted(_commands())


def test_a_command_is_documented_with_what_its_routes_ask_for() -> None:
    permission_of = {row.route: row.permission for row in read_table()}

    for name, routes, permissions in _table("command")[1:]:
        asked = {permission_of[route] for route in CODE.findall(routes)} - {PUBLIC, ANYBODY}
        assert CODE.findall(permissions) == sorted(asked), name


def _table(first: str) -> list[list[str]]:
    """Return the cells of the table whose first column is called so, its head first."""
    found = re.search(rf"^\| {first} \|.*\n\|[-|]+\n(?:\|.*\n)+", PAGE + "\n", re.MULTILINE)
    assert found, first
    lines = [line.strip("|\n") for line in found[0].splitlines()]
    return [[cell.strip() for cell in line.split("|")] for line in lines if set(line) - set("-|")]


def _code(cell: str) -> str:
    (name,) = CODE.findall(cell)
    return str(name)


def _plain(cell: str) -> str:
    return cell.strip("`")


def _commands(group: Any = None, *path: str) -> Iterator[str]:
    group = group or typer.main.get_command(app)
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from _commands(command, *path, name)
        else:
            yield " ".join((*path, name))
