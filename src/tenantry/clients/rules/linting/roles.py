"""Roles that nobody can have, and roles that a public page does not need."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from tenantry.clients.model import ANON, EVERYBODY
from tenantry.clients.rules.linting.document import Document
from tenantry.clients.rules.linting.node import told
from tenantry.clients.rules.linting.rule import Found

_NEW_USERS: Final = "new_user_roles"
_CLOSE: Final = 0.85
_LONGEST: Final = 100


def undeclared_roles(document: Document) -> Iterator[Found]:
    """Yield each place where a role is used that `applicationRoles` does not have.

    Where there is no such list, it is not managed, and nothing can be said.
    """
    if not document.root.has("applicationRoles"):
        return

    declared = {role for _, role in document.root.texts("applicationRoles")} | {EVERYBODY}
    for node, index, role in document.roles:
        if role not in declared:
            yield _undeclared(node.at("roles", index), role, declared)
    for setting in document.root.nodes("settings"):
        given = setting.texts("data") if setting.text("name") == _NEW_USERS else ()
        for index, role in given:
            if role not in declared:
                yield _undeclared(setting.at("data", index), role, declared)


def public_contradictions(document: Document) -> Iterator[Found]:
    """Yield each public route that names roles, but neither `ANON` nor all."""
    for page in document.routes:
        roles = page.roles() if page.is_true("public") else ()
        if roles and {ANON, EVERYBODY}.isdisjoint(roles):
            yield Found(
                code="public-roles-contradiction",
                path=page.at("roles"),
                message=f"it is public, so everybody may open it, not {', '.join(roles)} alone",
                fix='"public": false',
            )


def _undeclared(path: str, role: str, declared: set[str]) -> Found:
    return Found(
        code="undeclared-role",
        path=path,
        message=f"applicationRoles does not have the role {role}",
        fix=_fix(role, declared),
    )


def _fix(role: str, declared: set[str]) -> str:
    """Return the role that was meant, or what declares this one."""
    if len(role) > _LONGEST:
        return ""
    cases = {known.lower(): known for known in sorted(declared)}
    close = get_close_matches(role.lower(), cases, n=1, cutoff=_CLOSE)
    return cases[close[0]] if close else f"add {told(role)} to $.applicationRoles"
