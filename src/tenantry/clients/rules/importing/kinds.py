"""What values a field takes, and the kinds of values there are."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)
_BOOLEANS: Final = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


@cache
def info_of(cls: type[msgspec.Struct]) -> inspect.StructType:
    """Return the fields of a struct."""
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)  # noqa: S101  # what else
    return info


def without_null(kind: inspect.Type) -> inspect.Type:
    """Return a type without the null that it takes as well."""
    if not isinstance(kind, inspect.UnionType):
        return kind
    types = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
    return types[0] if len(types) == 1 else inspect.UnionType(tuple(types))


def takes(kind: inspect.Type, value: Any) -> bool:
    """Whether a value becomes one of this type, and loses nothing."""
    kind = without_null(kind)
    if isinstance(kind, inspect.UnionType):
        return any(takes(each, value) for each in kind.types)
    if isinstance(kind, inspect.VarTupleType):
        wanted = str if isinstance(kind.item_type, inspect.StrType) else Mapping
        elements = value if isinstance(value, list) else [value]
        return all(isinstance(element, wanted) for element in elements)
    check = _CHECKS.get(type(kind))
    return check is None or check(value)


def boolean_of(value: Any) -> bool | None:
    """Return what a value means as yes or no, None where it means neither."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str | int):
        return _BOOLEANS.get(str(value).strip().lower())
    return None


def number_of(value: Any) -> float | None:
    """Return what a value means as a number, None where it means none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = float(value)
        return int(number) if number.is_integer() else number
    return None


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


_CHECKS: Final[Mapping[type[inspect.Type], Callable[[Any], bool]]] = {
    inspect.StrType: lambda value: isinstance(value, str) or number_of(value) is not None,
    inspect.BoolType: lambda value: boolean_of(value) is not None,
    inspect.FloatType: lambda value: number_of(value) is not None,
    inspect.DictType: _is_mapping,
    inspect.StructType: _is_mapping,
}
