"""The routes of access that a server describes are those that the SDK asks."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.client import OwnRequests
from tenantry.sdk.access.keys import KeyRequests
from tenantry.sdk.access.tenants import TenantRequests
from tenantry.sdk.access.users import UserRequests
from tenantry.sdk.request import Request
from tests.support.server import ServerProcess


def test_every_route_of_access_has_a_method(tmp_path: Path) -> None:
    acting = Acting(token=None, tenant="{tenant}")
    own, tenants = OwnRequests(acting), TenantRequests(acting)
    users, keys = UserRequests(acting), KeyRequests(acting)
    asked = routes_of(
        own.login(email="", password=""),
        own.refresh(),
        own.logout(),
        own.me(),
        own.change_me(),
        own.audit(),
        tenants.create(""),
        tenants.list(),
        tenants.get("{tenant}"),
        tenants.change("{tenant}"),
        tenants.suspend("{tenant}"),
        tenants.activate("{tenant}"),
        tenants.export("{tenant}"),
        tenants.erase("{tenant}", confirm="{tenant}"),
        users.add(""),
        users.list(),
        users.get("{user}"),
        users.change("{user}"),
        users.remove("{user}"),
        keys.create("", role=""),
        keys.list(),
        keys.get("{key}"),
        keys.revoke("{key}"),
    )

    with ServerProcess(tmp_path) as server, server.client() as http:
        paths = http.get("/openapi.json").json()["paths"]
    there = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if path.startswith(("/api/auth", "/api/tenants", "/api/audit"))
    }
    assert asked == there


def routes_of(*requests: Request[Any]) -> set[tuple[str, str]]:
    return {(each.method, unquote(each.target.partition("?")[0])) for each in requests}
