"""Values of a field, each as its type wants it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import UNSET

from tenantry.clients.rules.importing.kinds import boolean_of, number_of
from tenantry.clients.rules.importing.report import Node, Report

_VARIABLE: Final = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}", re.ASCII)
_SEPARATOR: Final = re.compile(r"[,;]")
_NAMES: Final = ("email", "name", "key", "id", "url", "uri", "value")


def text(node: Node, report: Report) -> Any:
    """Return a text, UNSET where it is none."""
    value = node.value
    if isinstance(value, str):
        return with_defaults(node, report)
    if isinstance(value, bool | int | float):
        after = str(value).lower() if isinstance(value, bool) else str(value)
        report.changed(node, "a text", after)
        return after
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        report.changed(node, "a text instead of a list of one", value[0])
        return with_defaults(node.element(0, value[0]), report)
    told = _named(value)
    if told is None:
        report.dropped(node, "not a text")
        return UNSET
    report.changed(node, "the text that the object is known by", told)
    return with_defaults(node.holding(told), report)


def boolean(node: Node, report: Report) -> Any:
    """Return true or false, UNSET where it is neither."""
    return _meant(node, boolean_of(node.value), report, "true or false")


def number(node: Node, report: Report) -> Any:
    """Return a number, UNSET where it is none."""
    return _meant(node, number_of(node.value), report, "a number")


def texts(node: Node, report: Report) -> Any:
    """Return a list of texts; one with commas is several, an object those that are true in it."""
    value = node.value
    if isinstance(value, Mapping) and value:
        elements = _listed(value)
    elif isinstance(value, str):
        elements = _SEPARATOR.split(value)
    else:
        elements = value if isinstance(value, list) else None
    if elements is None:
        report.dropped(node, "not a list of texts")
        return UNSET

    known = [_word(element) for element in elements]
    after = [word for word in known if word]
    if after != value:
        report.changed(node, "a list of texts, and nothing else in it", after)
    return [with_defaults(node.element(i, word), report) for i, word in enumerate(after)]


def mapping(node: Node, report: Report) -> Any:
    """Return an object; a list of names with their values is one too."""
    if isinstance(node.value, Mapping):
        return with_defaults(node, report)

    after = _by_name(node.value)
    if after is None:
        report.dropped(node, "not an object")
        return UNSET
    report.changed(node, "an object", after)
    return with_defaults(node.holding(after), report)


def with_defaults(node: Node, report: Report) -> Any:
    """Return any JSON value with a default for each placeholder that has none."""
    value = node.value
    if isinstance(value, str):
        for name in _VARIABLE.findall(value):
            report.variable(node, name)
        return _VARIABLE.sub(r"${\1:}", value)
    if isinstance(value, Mapping):
        return {k: with_defaults(node.member(k, v), report) for k, v in value.items()}
    if isinstance(value, list):
        return [with_defaults(node.element(i, e), report) for i, e in enumerate(value)]
    return value


def _meant(node: Node, meant: float | None, report: Report, wanted: str) -> Any:
    if meant is None:
        report.dropped(node, f"not {wanted}")
        return UNSET
    if type(meant) is not type(node.value):
        report.changed(node, wanted, meant)
    return meant


def _listed(value: Mapping[str, Any]) -> list[Any] | None:
    """Return what an object lists: what is true in it, or its values where they are numbered."""
    if all(isinstance(each, bool) for each in value.values()):
        return [name for name, is_there in value.items() if is_there]
    if all(name.isdecimal() for name in value):
        return list(value.values())
    told = _named(value)
    return None if told is None else [told]


def _word(element: Any) -> str:
    if isinstance(element, str):
        return element.strip()
    if isinstance(element, int | float) and not isinstance(element, bool):
        return str(element)
    return (_named(element) or "").strip()


def _named(value: Any) -> str | None:
    """Return the text that an object is known by, if it has one."""
    if not isinstance(value, Mapping):
        return None
    if all(isinstance(value.get(part), str) for part in ("nameSpace", "name", "version")):
        return f"{value['nameSpace']}.{value['name']}@{value['version']}"
    texts = (value.get(name) for name in _NAMES)
    return next((each for each in texts if isinstance(each, str) and each), None)


def _by_name(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, list):
        return None
    pairs = [each for each in value if isinstance(each, Mapping) and "key" in each]
    names = [each["key"] for each in pairs if isinstance(each["key"], str)]
    if not pairs or len(set(names)) < len(value):
        return None
    return {each["key"]: each.get("value") for each in pairs}
