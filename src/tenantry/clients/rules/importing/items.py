"""The elements of a collection, whichever way an original lists them."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import inspect

from tenantry.clients.model import Route
from tenantry.clients.rules.importing import words
from tenantry.clients.rules.importing.kinds import takes
from tenantry.clients.rules.importing.names import targets_of
from tenantry.clients.rules.importing.report import Node, Report


def elements_of(info: inspect.StructType, node: Node, report: Report) -> list[Node] | None:
    """Return the elements of a collection; None, and a report, where it is none."""
    value = node.value
    whole = node.kept_private() if info.cls in words.SECRETIVE else node
    if isinstance(value, list):
        return list(_flat(info, node, report))
    if isinstance(value, Mapping):
        return _from_object(info, node, report)
    if isinstance(value, str) and value and info.cls in words.SHORT:
        report.changed(whole, "a list of one", [value])
        return [node]
    report.dropped(whole, "not a list")
    return None


def _flat(info: inspect.StructType, node: Node, report: Report) -> Iterator[Node]:
    """Yield the elements of a list, those of lists within it too."""
    for index, value in enumerate(node.value):
        element = node.element(index, value)
        if value is None:
            report.dropped(element, "null, which is no item")
        elif isinstance(value, list):
            whole = element.kept_private() if info.cls in words.SECRETIVE else element
            report.changed(whole, "its elements, in the place of the list", value)
            yield from _flat(info, element, report)
        elif info.cls is Route and isinstance(value, Mapping):
            yield from _routes(element, report)
        else:
            yield element


def _routes(node: Node, report: Report) -> Iterator[Node]:
    """Yield one route for each path of a route that has several."""
    paths = node.value.get("path")
    if not isinstance(paths, list) or not paths:
        yield node
        return
    member = node.member("path", paths)
    report.changed(member, "a route of its own for each path", paths)
    yield from (node.holding({**node.value, "path": path}) for path in paths)


def _from_object(info: inspect.StructType, node: Node, report: Report) -> list[Node] | None:
    """Return what is in an object: it is the only item, or has items by their names."""
    whole = node.kept_private() if info.cls in words.SECRETIVE else node
    if _is_item(info, node.value):
        report.changed(whole, "a list of one", [node.value])
        return [node]
    if node.value and all(name.isdecimal() for name in node.value):
        report.changed(whole, "a list", list(node.value.values()))
        return [node.member(name, value) for name, value in node.value.items()]
    if node.value and _has_items(info, node.value):
        after = [_by_name(info, name, value) for name, value in node.value.items()]
        report.changed(whole, "a list, in which each has its name", after)
        return [
            node.member(name, value)
            for name, value in zip(node.value, after, strict=True)
            if value is not None
        ]
    report.dropped(whole, "neither a list nor an item")
    return None


def _is_item(info: inspect.StructType, value: Mapping[str, Any]) -> bool:
    """Whether an object is one item: it has what one needs, or at least something of it."""
    needed = [field.encode_name for field in info.fields if field.required]
    if any(_takes(info, name, each, within=needed) for name, each in value.items()):
        return True
    if info.cls in words.CONTENTS:
        return False
    return any(
        _takes(info, name, each, within=None)
        for name, each in value.items()
        if not isinstance(each, Mapping)
    )


def _has_items(info: inspect.StructType, value: Mapping[str, Any]) -> bool:
    return info.cls in words.CONTENTS or all(isinstance(e, Mapping) for e in value.values())


def _takes(info: inspect.StructType, name: str, value: Any, *, within: list[str] | None) -> bool:
    types = {field.encode_name: field.type for field in info.fields}
    return any(
        takes(types[target], value)
        for target in targets_of(info, name)
        if within is None or target in within
    )


def _by_name(info: inspect.StructType, name: str, value: Any) -> Any:
    """Return an item that stands under a name as one that has it."""
    content = words.CONTENTS.get(info.cls)
    if isinstance(value, Mapping) and (content is None or _is_item_of_its_own(info, value)):
        identity = words.IDENTITIES[info.cls]
        return value if identity in value else {identity: name, **value}
    return value if content is None else {words.IDENTITIES[info.cls]: name, content: value}


def _is_item_of_its_own(info: inspect.StructType, value: Mapping[str, Any]) -> bool:
    """Whether an object is an item, but for its name, rather than the content of one."""
    known = {field.encode_name for field in info.fields}
    return bool(value) and any(name in known for name in value)
