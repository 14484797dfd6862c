"""Fields that no part of a client has; `tenantry.clients.model.config` says which there are."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import inspect

from tenantry.clients.model import ClientConfig
from tenantry.clients.rules.linting.document import Document
from tenantry.clients.rules.linting.node import Node
from tenantry.clients.rules.linting.rule import Found
from tenantry.clients.rules.schema import suggestion_for

_LONGEST: Final = 100
_BOOKKEEPING: Final = ("id", "_id", "__v", "createdAt", "updatedAt")
_LEAVE_OUT: Final = "leave it out"


class _Field(msgspec.Struct, frozen=True):
    """A field: `part` is of what kind the objects in it are, None where they are anything."""

    part: type[msgspec.Struct] | None
    is_list: bool


class _Step(msgspec.Struct, frozen=True):
    """An object that is to be looked at, what kind it is of, and the values that it stands in."""

    node: Node
    part: type[msgspec.Struct]
    above: tuple[object, ...] = ()


def unknown_fields(document: Document) -> Iterator[Found]:
    """Yield each field that is unknown, with the known one that was probably meant."""
    todo = [_Step(document.root, ClientConfig)]
    while todo:
        step = todo.pop()
        known = _fields_of(step.part)
        for name in step.node.value:
            if name not in known:
                yield _unknown(step.node, name, step.part)
        todo += _below(step, known)


def _below(step: _Step, known: Mapping[str, _Field]) -> Iterator[_Step]:
    for name, value in step.node.value.items():
        part = known[name].part if name in known else None
        # Where a file refers to itself, it has no end.
        if part and value and not any(value is each for each in step.above):
            for node in _objects(step.node, name, known[name]):
                yield _Step(node, part, (*step.above, value))


def _unknown(node: Node, name: object, part: type[msgspec.Struct]) -> Found:
    told = str(name)
    is_short = len(told) <= _LONGEST
    meant = suggestion_for(told, part.__name__) if is_short else None
    return Found(
        code="unknown-field",
        path=node.at(name),
        message=f"{part.__name__} does not have the field {name}",
        fix=_LEAVE_OUT if name in _BOOKKEEPING else meant or "",
    )


def _objects(node: Node, name: str, field: _Field) -> list[Node]:
    if field.is_list:
        return node.nodes(name)
    value = node.value[name]
    return [Node(value, node, name)] if isinstance(value, Mapping) else []


@lru_cache
def _fields_of(part: type[msgspec.Struct]) -> Mapping[str, _Field]:
    kind = inspect.type_info(part)
    fields = kind.fields if isinstance(kind, inspect.StructType) else ()
    return {field.encode_name: _field(field.type) for field in fields}


def _field(kind: inspect.Type) -> _Field:
    """Return what a field holds: objects of a kind, alone or in a list, or anything."""
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    for each in kinds:
        item = each.item_type if isinstance(each, inspect.VarTupleType) else each
        if isinstance(item, inspect.StructType):
            return _Field(item.cls, is_list=item is not each)
    return _Field(None, is_list=False)
