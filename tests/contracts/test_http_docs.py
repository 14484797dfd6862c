"""The reference of HTTP and the served OpenAPI document say the same."""

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from tenantry.clients.api import DECLARATIONS as CLIENTS
from tenantry.collector.api import DECLARATIONS as COLLECTOR
from tenantry.configs.api import DECLARATIONS as CONFIGS
from tenantry.flags.api import DECLARATIONS as FLAGS
from tenantry.operations.api import DECLARATIONS as OPERATIONS
from tenantry.operations.model.drill import MAX_DELAY_SECONDS, MAX_LOST_CALLS
from tenantry.sync.api import DECLARATIONS as SYNC
from tenantry.tenants.api import DECLARATIONS as ACCESS
from tenantry.updater.api import DECLARATIONS as UPDATER
from tests.support.nodes import running_node
from tests.support.repository import ROOT

PAGE = ROOT / "docs/reference/http.md"
ROUTE = re.compile(r"^### `(?P<route>[A-Z]+ /\S*)`$", re.MULTILINE)
TWIN = "/v1/config"
# What needs nothing but this node, or tells of what is away, is never unavailable itself.
NEVER_UNAVAILABLE = {
    "GET /api/doctor",
    "GET /api/reliability/breakers",
    "GET /api/reliability/database",
    "GET /api/reliability/limits",
    "POST /api/drill/end",
}
STATUSES = {status.value for status in HTTPStatus}

Operation = dict[str, Any]


@pytest.fixture
async def operations(sqlite_url: str, tmp_path: Path) -> dict[str, Operation]:
    async with running_node(url=sqlite_url, folder=tmp_path) as node:
        document = (await node.http.get("/openapi.json")).json()
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


async def test_every_route_is_documented_and_every_documented_one_exists(
    operations: dict[str, Operation],
) -> None:
    own = [route for route in operations if f" {TWIN}" not in route]

    assert sorted(_sections()) == sorted(own)


def test_the_bounds_of_a_drill_are_those_that_hold() -> None:
    section = _sections()["POST /api/drill/read"]

    assert f"so many attempts lose their connection, 0 to {MAX_LOST_CALLS} " in section
    assert f"each begins so late, 0 to {MAX_DELAY_SECONDS:g} " in section


async def test_every_route_of_settings_has_its_twin(operations: dict[str, Operation]) -> None:
    plain = [route for route in operations if re.search(r" /config\b", route)]
    twins = [route for route in operations if f" {TWIN}" in route]

    assert sorted(route.replace(" /config", f" {TWIN}") for route in plain) == sorted(twins)


async def test_every_query_parameter_is_documented_and_nothing_else_is(
    operations: dict[str, Operation],
) -> None:
    served = {
        route: sorted(p["name"] for p in operations[route]["parameters"] if _is_query(p))
        for route in _sections()
    }

    assert {route: _documented_query(text) for route, text in _sections().items()} == served


async def test_every_status_of_a_route_is_documented_and_nothing_else_is(
    operations: dict[str, Operation],
) -> None:
    served = {route: {int(s) for s in operations[route]["responses"]} for route in _sections()}

    assert {
        route: _documented_statuses(text) | _statuses_of_every(route, operations[route])
        for route, text in _sections().items()
    } == served


async def test_every_route_is_declared_and_every_declared_one_exists(
    operations: dict[str, Operation],
) -> None:
    # A route that is not declared leaves no document at all.
    assert sorted(operations) == sorted(
        {
            **CONFIGS,
            **OPERATIONS,
            **ACCESS,
            **CLIENTS,
            **COLLECTOR,
            **FLAGS,
            **SYNC,
            **UPDATER,
        }
    )


def _documented_statuses(section: str) -> set[int]:
    prose = re.sub(r"^```.*?^```", "", section, flags=re.MULTILINE | re.DOTALL)
    return {int(n) for n in re.findall(r"(?<![\d,])[2-5]\d\d(?![\d,]*\d)", prose)} & STATUSES


def _statuses_of_every(route: str, operation: Operation) -> set[int]:
    if operation.get("security") == []:
        return {400, 413}
    statuses = {400, 401, 403, 413, 429}
    if " /api/" in route and "requestBody" in operation:
        statuses.add(415)
    return statuses if route in NEVER_UNAVAILABLE else statuses | {503}


def _sections() -> dict[str, str]:
    """Return the text of the page on each route."""
    page = PAGE.read_text(encoding="utf-8")
    found = list(ROUTE.finditer(page))
    ends = [*(match.start() for match in found[1:]), len(page)]
    return {match["route"]: page[match.end() : end] for match, end in zip(found, ends, strict=True)}


def _documented_query(section: str) -> list[str]:
    table = re.search(r"^\| query \|.*\n\|[-|]+\n(?P<rows>(?:\|.*\n)+)", section, re.MULTILINE)
    return sorted(re.findall(r"^\| `(\w+)` \|", table["rows"], re.MULTILINE)) if table else []


def _is_query(parameter: dict[str, Any]) -> bool:
    return parameter.get("in") == "query"
