"""What the linter says of parts of a client."""

from collections.abc import Collection
from typing import Any

from tenantry.clients.model import Finding
from tenantry.clients.rules.lint import lint

LOGIN = {"key": "login", "path": "/login", "public": True}
NOT_FOUND = {"key": "not-found", "path": "*", "public": True}


def found(code: str, *, registered: Collection[str] = (), **raw: Any) -> list[Finding]:
    """Return the findings of one code in a client that is this."""
    findings = lint({"key": "acme", **raw}, client="acme", registered=registered)
    return [finding for finding in findings if finding.code == code]


def paths(code: str, *, registered: Collection[str] = (), **raw: Any) -> list[str]:
    """Return where there are findings of one code."""
    return [finding.path for finding in found(code, registered=registered, **raw)]


def linked(*entries: Any, roles: Collection[str] = ("*",)) -> list[dict[str, Any]]:
    """Return menus with these entries; a text is one that leads there."""
    whole = [{"title": each, "link": each} if isinstance(each, str) else each for each in entries]
    return [{"key": "main", "roles": list(roles), "entries": whole}]
