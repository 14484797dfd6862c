"""Goes through an original as the structs of the model are built, from field to field."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import UNSET, inspect

from tenantry.clients.model import ClientConfig, Component
from tenantry.clients.rules.importing import values, words
from tenantry.clients.rules.importing.finishing import finish
from tenantry.clients.rules.importing.items import elements_of
from tenantry.clients.rules.importing.kinds import without_null
from tenantry.clients.rules.importing.looks import put_theme_in_its_place
from tenantry.clients.rules.importing.names import fields_of
from tenantry.clients.rules.importing.report import Node, Report
from tenantry.clients.rules.importing.unique import unique


def item(info: inspect.StructType, node: Node, report: Report) -> Any:
    """Return an item as it is declared, UNSET where it lacks what it cannot be without."""
    if not isinstance(node.value, Mapping):
        told = _from_short(info, node)
        if told is None:
            report.dropped(node, "not an object")
            return UNSET
        report.changed(node, "an item, which a text stands for", told)
        node = node.holding(told)

    fields = fields_of(info, node, report)
    if info.cls is ClientConfig:
        put_theme_in_its_place(fields, report)
    result: dict[str, Any] = {}
    for field in info.fields:
        if field.encode_name in fields:
            told = _value(field.type, fields[field.encode_name], report)
            if told is not UNSET:
                result[field.encode_name] = told
    return finish(info, result, fields, node, report)


def _value(kind: inspect.Type, node: Node, report: Report) -> Any:
    """Return the value of a field, UNSET where it has none that could be carried."""
    kind = without_null(kind)
    if isinstance(kind, inspect.VarTupleType):
        return _collection(kind.item_type, node, report)
    if isinstance(kind, inspect.StructType):
        return item(kind, node, report)
    return _SIMPLE.get(type(kind), values.with_defaults)(node, report)


def _collection(kind: inspect.Type, node: Node, report: Report) -> Any:
    if isinstance(kind, inspect.StructType):
        return _items(kind, node, report)
    told = values.texts if isinstance(kind, inspect.StrType) else _list
    return told(node, report)


def _items(info: inspect.StructType, node: Node, report: Report) -> Any:
    """Return the items of a collection, UNSET where there were some and none could be carried."""
    elements = elements_of(info, node, report)
    if elements is None:
        return UNSET

    told = [(element, item(info, element, report)) for element in elements]
    pairs = [(element, result) for element, result in told if result is not UNSET]
    if elements and not pairs:
        whole = node.kept_private() if info.cls in words.SECRETIVE else node
        report.dropped(whole, "nothing in it could be carried; so it is not managed, and not none")
        return UNSET
    return unique(info.cls, pairs, report)


def _list(node: Node, report: Report) -> Any:
    """Return a list of any values; a single value is a list of one."""
    if isinstance(node.value, list):
        return values.with_defaults(node, report)
    report.changed(node, "a list of one", [node.value])
    return [values.with_defaults(node, report)]


def _options(node: Node, report: Report) -> Any:
    """Return an object that may also be one secret, as a text."""
    if isinstance(node.value, str) and node.value:
        return values.with_defaults(node, report)
    return values.mapping(node, report)


def _from_short(info: inspect.StructType, node: Node) -> dict[str, Any] | None:
    """Return the item that a bare value stands for."""
    value = node.value
    if isinstance(value, bool) and any(field.encode_name == "show" for field in info.fields):
        return {"show": value}
    if not isinstance(value, str) or not value:
        return None
    if info.cls is Component:
        return {"name": value}
    name = words.SHORT.get(info.cls)
    return None if name is None else {name: value}


_SIMPLE: Final[Mapping[type[inspect.Type], Callable[[Node, Report], Any]]] = {
    inspect.StrType: values.text,
    inspect.BoolType: values.boolean,
    inspect.FloatType: values.number,
    inspect.DictType: values.mapping,
    inspect.UnionType: _options,
}
