"""The page about access has the roles as they are."""

import re

import pytest

from tenantry.base.principal import ALL
from tenantry.tenants.rules import PERMISSIONS, ROOT_PERMISSIONS
from tests.support.repository import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/howto/manage-access.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<role>[a-z]+)` \| (?P<permissions>.+) \|$", re.MULTILINE)
ROWS = {row["role"]: re.findall(r"`([^`]+)`", row["permissions"]) for row in ROW.finditer(PAGE)}


def documented(role: str) -> frozenset[str]:
    """Return the permissions of a role; where the page names another role, also those of that."""
    found: set[str] = set()
    for name in ROWS[role]:
        found |= documented(name) if name in ROWS else {name}
    return frozenset(found)


def test_every_role_is_documented_and_every_documented_one_exists() -> None:
    assert list(ROWS) == list(PERMISSIONS)


@pytest.mark.parametrize("role", [role for role in PERMISSIONS if role != "root"])
def test_a_role_is_documented_with_its_permissions(role: str) -> None:
    assert documented(role) == PERMISSIONS[role]  # type: ignore[index]


def test_what_only_root_has_is_documented() -> None:
    assert PERMISSIONS["root"] == {ALL}
    named = documented("root")

    assert {name for name in named if not name.endswith("…")} < ROOT_PERMISSIONS
    begun = tuple(name.removesuffix("…") for name in named)
    assert all(permission.startswith(begun) for permission in ROOT_PERMISSIONS)
