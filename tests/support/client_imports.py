"""Imports of small clients."""

from typing import Any

import msgspec

from tenantry.clients.model import ClientConfig, Imported
from tenantry.clients.rules import imported


def of(**fields: Any) -> Imported:
    """Return the import of a client with these fields, which is valid and stays as it is."""
    result = imported({"key": "acme", **fields})
    msgspec.convert(result.config, ClientConfig)
    assert imported(result.config) == Imported(config=result.config)
    return result


def of_route(**fields: Any) -> tuple[dict[str, Any], Imported]:
    """Return what becomes of a route, and the import."""
    result = of(routes=[{"path": "/", **fields}])
    return result.config["routes"][0], result


def paths(result: Imported) -> list[str]:
    """Return where something has changed."""
    return [change.path for change in result.changes]
