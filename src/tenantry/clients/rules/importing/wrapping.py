"""Finds the client in what a file holds: a module's default export, a list, or one by its name."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import ClientConfig, ItemError
from tenantry.clients.rules.importing.kinds import info_of, takes
from tenantry.clients.rules.importing.names import targets_of
from tenantry.clients.rules.importing.report import Node, Report

_WRAPPERS: Final = frozenset(
    {"client", "clients", "config", "configs", "default", "exports", "module"}
)
_TELLING: Final = frozenset(
    {"applicationRoles", "authConfig", "auth_config", "menus", "routes", "siteUrl", "whitelist"}
)
_MAX_DEPTH: Final = 4


def clients_in(raw: Any) -> tuple[Mapping[str, Any], ...]:
    """Return the clients in what a file holds; what has none is returned as it is, if an object."""
    found = tuple(node.value for node in _found(Node("$", raw), depth=0))
    if not found and isinstance(raw, Mapping):
        return (raw,)
    return found


def client_in(node: Node, report: Report) -> Node:
    """Return the one client in it, and tell what stands beside; raises `InvalidClient`."""
    found = list(_found(node, depth=0))
    if len(found) != 1:
        message = (
            f"got {len(found)} clients in one, wants each by itself"
            if found
            else "got nothing of what a client has, wants its key, name, routes, menus and so on"
        )
        raise InvalidClient([ItemError(error_type="validation_failed", message=message, path="$")])

    _tell_beside(node, found[0], report)
    return found[0]


def _found(node: Node, *, depth: int) -> Iterator[Node]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(node.value, list):
        for index, value in enumerate(node.value):
            yield from _found(node.element(index, value), depth=depth + 1)
    elif isinstance(node.value, Mapping):
        within = [] if "key" in node.value else list(_found_within(node, depth))
        if within:
            yield from within
        elif _fields_in(node.value):
            yield node


def _found_within(node: Node, depth: int) -> Iterator[Node]:
    """Yield the clients that an object holds, rather than is."""
    wants_key = bool(_TELLING & node.value.keys())
    for name, value in node.value.items():
        member = node.member(str(name), value)
        if name in _WRAPPERS:
            found = _found(member, depth=depth + 1)
            yield from (each for each in found if "key" in each.value or not wants_key)
        elif isinstance(value, Mapping) and "key" in value and _TELLING & value.keys():
            yield member


def _fields_in(value: Mapping[str, Any]) -> set[str]:
    """Return the fields of a client that an object has."""
    info = info_of(ClientConfig)
    types = {field.encode_name: field.type for field in info.fields}
    return {
        target
        for name, each in value.items()
        for target in targets_of(info, str(name))
        if each is not None and takes(types[target], each)
    }


def _tell_beside(node: Node, chosen: Node, report: Report) -> None:
    """Tell of what is left out since the client is only a part of it."""
    if node.path == chosen.path:
        return
    if isinstance(node.value, list):
        parts = [node.element(i, e) for i, e in enumerate(node.value)]
    else:
        parts = [node.member(name, value) for name, value in node.value.items()]

    for part in parts:
        if f"{chosen.path}.".startswith((f"{part.path}.", f"{part.path}[")):
            report.noted(part, "the client is what stands in it")
            _tell_beside(part, chosen, report)
        else:
            report.dropped(part, "it stands beside the client")
