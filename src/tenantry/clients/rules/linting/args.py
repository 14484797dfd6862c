"""The props that a page passes to its component."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tenantry.clients.rules.linting.document import Document
from tenantry.clients.rules.linting.node import Node, told
from tenantry.clients.rules.linting.rule import Found

_TYPE: Final = "type"
_WANTED: Final = "wants [{key, value: {type, KEY: …}}]"


def check_args(document: Document) -> Iterator[Found]:
    """Yield the `args` that front ends would pass by: they take `value[key]` from a list."""
    for route in document.routes:
        if "args" not in route.value:
            continue

        args = route.value["args"]
        if not isinstance(args, (list, tuple)):
            yield _found(route.at("args"), f"got {_kind(args)}", told(_listed(args)))
            continue
        for index, argument in enumerate(args):
            yield from _check_argument(route, index, argument)


def _check_argument(route: Node, index: int, argument: Any) -> Iterator[Found]:
    if not isinstance(argument, Mapping):
        yield _found(route.at("args", index), f"got {_kind(argument)} in the list")
        return

    key, value = Node(argument).text("key"), argument.get("value")
    if key and isinstance(value, Mapping) and key in value:
        return
    yield _wrong(route.at("args", index), key, argument)


def _wrong(at: str, key: str, argument: Mapping[Any, Any]) -> Found:
    value = argument.get("value")
    if not key:
        return _found(at, "the argument has no key")
    if isinstance(value, Mapping):
        return _found(f"{at}.value", f"the value does not have {key} in it", _keyed(key, value))
    fix = told(_wrapped(key, value)) if "value" in argument else ""
    return _found(f"{at}.value", f"the value of {key} is {_kind(value)}", fix)


def _found(path: str, message: str, fix: str = "") -> Found:
    return Found(code="args-shape", path=path, message=f"{message}; {_WANTED}", fix=fix)


def _listed(args: Any) -> Any:
    """Return what was meant by args that are no list."""
    if not isinstance(args, Mapping):
        return []
    if isinstance(args.get("key"), str):
        return [args]
    return [{"key": key, "value": {key: value}} for key, value in args.items()]


def _wrapped(key: str, value: Any) -> dict[str, Any]:
    kinds = {bool: "bool", str: "string", int: "number", float: "number", list: "array"}
    kind = kinds.get(type(value))
    return {_TYPE: kind, key: value} if kind else {key: value}


def _keyed(key: str, value: Mapping[Any, Any]) -> str:
    """Return the value with its only prop called by its key, nothing where that is not sure."""
    others = [name for name in value if name != _TYPE]
    if len(others) != 1:
        return ""
    return told({key if name == others[0] else name: each for name, each in value.items()})


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return "an object" if isinstance(value, Mapping) else f"a {type(value).__name__}"
