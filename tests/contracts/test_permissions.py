"""Permissions are the same in the roles, in the source, and in the table of who may do what."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenantry.tenants import PERMISSIONS, ROOT_PERMISSIONS, permissions_of
from tests.support.access_matrix import ANYBODY, PUBLIC, Row, read_table
from tests.support.personas import PERSONAS
from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

SOURCE = ROOT / "src"
ASKING = {"authorise", "may", "_may"}
EVERYTHING = "*"
GRANTED = frozenset[str]().union(*PERMISSIONS.values(), ROOT_PERMISSIONS) - {EVERYTHING}
# They ask on behalf of somebody who has said which permission it is about.
PASSING_ON = {
    "tenantry.base.principal",
    "tenantry.clients.service.declaring",
    "tenantry.configs.service.reservations",
    "tenantry.tenants.service.access",
}
# They go through all permissions of a role.
GOING_THROUGH = {"tenantry.tenants.rules.roles"}
# What they answer is about whoever asks, of whichever tenant they are.
ABOUT_ONESELF = {"GET /api/tenants"}
# They are asked for by what a request is about, and not by a route.
ASKED_BY_NO_ROUTE = {"clients:publish", "configs:reveal", "flags:write", "sync:configure"}


def test_every_permission_that_is_asked_for_is_granted_to_somebody_and_no_other_is() -> None:
    asked = {name for path in SOURCE.rglob("*.py") for name in _asked_in(path)}

    assert sorted(asked) == sorted(GRANTED)


def test_what_only_root_may_is_in_no_role_of_a_tenant() -> None:
    for role, permissions in PERMISSIONS.items():
        assert not permissions & ROOT_PERMISSIONS, role


def test_only_root_has_them_all() -> None:
    assert [role for role in PERMISSIONS if EVERYTHING in PERMISSIONS[role]] == ["root"]


def test_every_role_of_a_tenant_may_do_what_a_viewer_may_and_an_admin_what_all_may() -> None:
    for role in PERMISSIONS:
        if role != "root":
            assert permissions_of("viewer") <= permissions_of(role) <= permissions_of("admin")


def test_the_table_is_what_the_roles_make_of_the_permissions() -> None:
    for row in read_table():
        expected = tuple(_expected(row, persona) for persona in PERSONAS)
        assert row.cells == expected, row.route


def test_every_permission_is_asked_for_by_a_route() -> None:
    asked = {row.permission for row in read_table()} - {PUBLIC, ANYBODY}

    assert sorted(asked | ASKED_BY_NO_ROUTE) == sorted(GRANTED)


def test_the_two_paths_of_settings_ask_for_the_same() -> None:
    rows = {row.route: row for row in read_table()}
    twins = [route for route in rows if " /v1/config" in route]

    assert twins
    for route in twins:
        twin, plain = rows[route], rows[route.replace(" /v1", " ")]
        assert (twin.permission, twin.cells) == (plain.permission, plain.cells)


def _expected(row: Row, persona: str) -> str:
    if persona == "anonymous":
        return "yes" if row.permission == PUBLIC else "401"
    if row.permission in (PUBLIC, ANYBODY) or persona == "root":
        return "yes"
    if persona == "stranger":
        return "yes" if row.route in ABOUT_ONESELF else "403"
    role = next(role for role in PERMISSIONS if role == persona)
    return "yes" if row.permission in permissions_of(role) else "403"


def _asked_in(path: Path) -> Iterator[str]:
    """Yield the value of what stands as the permission in each question that a module asks."""
    module = ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
    if module in PASSING_ON | GOING_THROUGH:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and (_is_question(node) or _is_reservation(node)):
            permission = _named_in(node)
            assert isinstance(permission, ast.Name), f"{path}:{node.lineno}"
            yield getattr(importlib.import_module(module), permission.id)


def _named_in(call: ast.Call) -> ast.expr:
    named = [each.value for each in call.keywords if each.arg == "permission"]
    return named[0] if named else call.args[-1]


def _is_reservation(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "ReservedNames"


def _is_question(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ASKING
