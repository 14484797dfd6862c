"""What the routes declare, pages of a tenant's origins can send and read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenantry.web.cors import ALLOWED_HEADERS, ALLOWED_METHODS, EXPOSED_HEADERS
from tests.support.nodes import running_node

# The Fetch standard's own (section 2.2.2), and what only a browser and its cache act on.
SHOWN_ANYWAY = {
    "Cache-Control",
    "Content-Language",
    "Content-Length",
    "Content-Type",
    "Expires",
    "Last-Modified",
    "Pragma",
}
FOR_CACHES = {"Vary"}

Document = dict[str, Any]


@pytest.fixture
async def document(sqlite_url: str, tmp_path: Path) -> Document:
    async with running_node(url=sqlite_url, folder=tmp_path) as node:
        document: Document = (await node.http.get("/openapi.json")).json()
    return document


async def test_every_method_of_a_route_is_allowed(document: Document) -> None:
    methods = {method.upper() for item in document["paths"].values() for method in item}

    assert methods <= set(ALLOWED_METHODS)


async def test_every_header_that_a_route_reads_is_allowed(document: Document) -> None:
    declared = {field["name"] for field in _dicts(document) if field.get("in") == "header"}

    assert "X-Tenant-ID" in declared
    assert declared <= set(ALLOWED_HEADERS)


async def test_every_header_that_a_route_sends_is_exposed(document: Document) -> None:
    sent = {
        name
        for response in _dicts(document)
        if "description" in response
        for name in response.get("headers", {})
    }

    assert {"ETag", "Retry-After", "X-Request-ID"} <= sent
    assert sent <= {*EXPOSED_HEADERS, *SHOWN_ANYWAY, *FOR_CACHES}


def _dicts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _dicts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _dicts(value)
