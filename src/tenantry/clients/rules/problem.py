"""Something that is wrong with a declaration, and where; secrets are never told."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from tenantry.clients.model import KINDS, ErrorType, ItemError

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value: names of fields and places in lists."""

_SHOWN_CHARACTERS: Final = 60
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_KINDS: Final[dict[type, str]] = {
    type(None): "null",
    dict: "a mapping",
    list: "a list",
    tuple: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}
_PRIVATE: Final = frozenset({"author", "data", "emailApiKey", "options", "password", "salt"})


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong: what stands at `path` within a client's raw declaration."""

    path: Path
    message: str
    code: str
    error_type: ErrorType = "validation_failed"

    @property
    def item(self) -> tuple[str, int] | None:
        """The collection and the place of the item that it is about, None where it is another."""
        match self.path:
            case (str(kind), int(index), *_) if kind in KINDS:
                return kind, index
            case _:
                return None


def errors_of(
    problems: Iterable[Problem], raw: Mapping[str, Any], origin: str
) -> tuple[ItemError, ...]:
    """Return problems as they are told, in the order of the declaration's own paths."""
    return tuple(
        ItemError(
            error_type=problem.error_type,
            message=problem.message,
            path=json_path(problem.path),
            item_key=_item_key(problem, raw),
            code=problem.code,
            file=origin,
        )
        for problem in sorted(problems, key=_order)
    )


def json_path(path: Path) -> str:
    """Write a path as `$.routes[3].roles`."""
    return "$" + "".join(_step(part) for part in path)


def label_of(path: Path) -> str:
    """Return what a message calls the value at `path`: `roles`, or `roles[1]` within a list."""
    match path:
        case ():
            return "the client"
        case (*_, str(name), int(index)):
            return f"{name}[{index}]"
        case _:
            return str(path[-1])


def shown(value: Any, path: Path, *, quoted: bool = True) -> str:
    """Return what may be told of a value: a short one as it is, a private one never."""
    kind = _KINDS.get(type(value), f"a {type(value).__name__}")
    is_scalar = isinstance(value, str | int | float)
    return _short(value) if is_scalar and quoted and not is_private(path) else kind


def is_private(path: Path) -> bool:
    """Whether what stands at `path` is a secret, or somebody's personal data."""
    return path[:1] == ("users",) or not _PRIVATE.isdisjoint(path)


def identity_in(kind: str, item: Any) -> str:
    """Return what a raw item is known by, "" where that is missing, or personal."""
    if not isinstance(item, Mapping):
        return ""
    match kind:
        case "routes":
            return _text(item, "key") or _text(item, "path")
        case "menus":
            return _text(item, "key").lower()
        case "components":
            parts = [_text(item, part) for part in ("nameSpace", "name", "version")]
            return "{}.{}@{}".format(*parts) if all(parts) else ""
        case _:
            return ""


def _item_key(problem: Problem, raw: Mapping[str, Any]) -> str:
    if problem.item is None:
        return ""
    kind, index = problem.item
    items = raw.get(kind)
    known = isinstance(items, list | tuple) and index < len(items)
    return identity_in(kind, items[index])[: 4 * _SHOWN_CHARACTERS] if items and known else ""


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode() if not isinstance(value, str) else _quoted(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _quoted(text: str) -> str:
    cut = text[: _SHOWN_CHARACTERS + 1].encode("utf-8", "backslashreplace").decode()
    return msgspec.json.encode(cut).decode()


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _WORD.fullmatch(part) else f"[{_quoted(part)}]"


def _order(problem: Problem) -> tuple[Any, ...]:
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in problem.path)
