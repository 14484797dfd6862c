"""Imports the originals' configurations: valid afterwards, and nothing lost without a word."""

from collections.abc import Mapping
from typing import Any

import msgspec

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import ClientConfig, ItemError
from tenantry.clients.model.imported import Imported
from tenantry.clients.rules.importing import walk
from tenantry.clients.rules.importing.kinds import info_of
from tenantry.clients.rules.importing.plain import plain
from tenantry.clients.rules.importing.report import Node, Report
from tenantry.clients.rules.importing.wrapping import client_in, clients_in


def imported(raw: Mapping[str, Any]) -> Imported:
    """Return an original's configuration as a declaration, and all that it has otherwise.

    Raises `InvalidClient` where there is no client in it, or no name to make a key of.
    """
    report = Report()
    told = plain(Node("$", raw), report)
    node = client_in(Node("$", told), report)

    config = walk.item(info_of(ClientConfig), node, report)
    if "key" not in config:
        raise _invalid(
            "missing_fields", "got none, wants the key of the client", f"{node.path}.key"
        )
    _check(config)
    return Imported(config=config, changes=report.changes())


def originals_in(raw: Any) -> tuple[Mapping[str, Any], ...]:
    """Return the configurations in what a file holds: one, or several in a list or by their names.

    Each is as it is; `imported` takes them one by one.
    """
    return clients_in(raw)


def _check(config: Mapping[str, Any]) -> None:
    """Raise `InvalidClient` where an import has come to nothing that could be declared."""
    try:
        msgspec.convert(config, ClientConfig)
    except msgspec.ValidationError as error:
        raise _invalid("general_failure", str(error), "$") from error


def _invalid(error_type: Any, message: str, path: str) -> InvalidClient:
    return InvalidClient([ItemError(error_type=error_type, message=message, path=path)])
