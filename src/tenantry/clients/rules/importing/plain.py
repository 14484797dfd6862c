"""From what a file holds to plain JSON: exports of a database, dates, and what JSON cannot say."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from msgspec import UNSET

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import ItemError
from tenantry.clients.rules.importing.report import Node, Report
from tenantry.clients.rules.importing.secrets import is_secret_name
from tenantry.clients.rules.problem import is_private

MAX_DEPTH: Final = 100
"""How deep values may be nested; nothing that somebody has written comes near it."""

_TEXTS: Final = frozenset({"$oid", "$uuid", "$symbol", "$date"})
_NUMBERS: Final = frozenset({"$numberInt", "$numberLong", "$numberDouble", "$numberDecimal"})
_MOST_INTEGER: Final = 2**63


def plain(node: Node, report: Report, *, depth: int = 0) -> Any:
    """Return a value as plain JSON, UNSET where it is nothing that JSON has."""
    if depth > MAX_DEPTH:
        message = f"got more than {MAX_DEPTH} levels, wants fewer"
        raise InvalidClient(
            [ItemError(error_type="validation_failed", message=message, path=node.path[:200])]
        )

    value = node.value
    if isinstance(value, Mapping):
        return _from_export(node, report, depth)
    if isinstance(value, list | tuple | set | frozenset):
        elements = enumerate(sorted(value, key=str) if isinstance(value, set) else value)
        told = (plain(node.element(i, e), report, depth=depth + 1) for i, e in elements)
        return [element for element in told if element is not UNSET]
    return _scalar(node, report)


def _from_export(node: Node, report: Report, depth: int) -> Any:
    """Return an object, or the value that one with a single `$` field stands for."""
    result = _object(node, report, depth)
    told = _exported(*next(iter(result.items()))) if len(result) == 1 else UNSET
    if told is UNSET:
        return result
    report.changed(node.holding(result), "the value itself, without its type in the database", told)
    return told


def _exported(name: str, value: Any) -> Any:
    if not isinstance(value, str | int | float):
        return UNSET
    if name in _TEXTS:
        return str(value)
    return _number(value) if name in _NUMBERS else UNSET


def _object(node: Node, report: Report, depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}

    for key, value in node.value.items():
        name = key if isinstance(key, str) else _text_of(key)
        member = node.member(name, value)
        if is_private((name,)) or is_secret_name(name):
            member = member.kept_private()
        if name in result:
            report.dropped(member, f"`{name}` is there already")
            continue
        told = plain(member, report, depth=depth + 1)
        if told is not UNSET:
            result[name] = told
        if not isinstance(key, str):
            report.changed(member, "named by a text", told)
    return result


def _scalar(node: Node, report: Report) -> Any:
    match node.value:
        case None | bool() | str():
            return node.value
        case int() if -_MOST_INTEGER <= node.value < 2 * _MOST_INTEGER:
            return node.value
        case float() if math.isfinite(node.value):
            return node.value
        case int() | float() | Decimal() | date() | datetime():
            after = node.value.isoformat() if isinstance(node.value, date) else str(node.value)
            report.changed(node.holding(after), "a text, since JSON has no such value", after)
            return after
        case _:
            kind = type(node.value).__name__
            report.dropped(node.holding(f"({kind})"), "JSON has no such value")
            return UNSET


def _number(value: str | float) -> Any:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return UNSET
    if not number.is_finite() or not math.isfinite(float(number)):
        return UNSET
    is_whole = abs(number) < _MOST_INTEGER and number == number.to_integral_value()
    return int(number) if is_whole else float(number)


def _text_of(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)
