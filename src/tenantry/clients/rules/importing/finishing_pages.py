"""What routes, menus and their entries need besides."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any, Final

from tenantry.clients.rules.importing.draft import Draft

_BLANKS: Final = re.compile(r"\s+")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_NEAR: Final = 0.7
_ABSOLUTE: Final = "its path from the root: relative ones depend on where one stands"
_WHOLE: Final = "each has its value under its own key, where the front end looks for it"


def route(draft: Draft) -> None:
    """Give a route its path from the root, and each argument its value where it is looked for."""
    draft.adapt("path", lambda path: _absolute(path) or "/", _ABSOLUTE)
    draft.adapt("key", _without_blanks, "a key has no blanks")
    if "args" in draft.item:
        draft.replace("args", [_argument(each) for each in draft.item["args"]], _WHOLE)


def menu(draft: Draft) -> None:
    """Give a menu a key in lower case, made from what it has if it has none."""
    draft.adapt("key", str.lower, "menu keys are in lower case")
    draft.adapt("key", _without_blanks, "a key has no blanks")
    if "key" in draft.item:
        return
    made = _without_blanks((draft.text("target") or draft.text("name")).lower().strip())
    if made:
        draft.add("key", made, "made from its target or its name, since it had none")


def entry(draft: Draft) -> None:
    """Give an entry a link from the root, and a title where it has none."""
    if not draft.item.get("external"):
        draft.adapt("link", _absolute, _ABSOLUTE)
    made = draft.text("key") or draft.text("link") or draft.text("icon")
    if "title" not in draft.item and made:
        draft.add("title", made, "made from its key, link or icon, since it had none")


def _absolute(path: str) -> str:
    """Return a path from the root; what is no relative path stays as it is."""
    if path == "" or path.startswith(("/", "*", "#", "?", "${")) or _SCHEME.match(path):
        return path
    return f"/{path.removeprefix('./')}"


def _without_blanks(key: str) -> str:
    return _BLANKS.sub("-", key)


def _argument(argument: Mapping[str, Any]) -> dict[str, Any]:
    if "value" not in argument:
        return dict(argument)
    return {**argument, "value": _value_of(argument["key"], argument["value"])}


def _value_of(key: str, value: Any) -> Any:
    """Return the value of an argument, in which the front end reads what is under its key."""
    if not isinstance(value, Mapping):
        return {key: value}
    if key in value:
        return value
    others = [name for name in value if name != "type"]
    if len(others) == 1 and (others[0] == "value" or _is_near(others[0], key)):
        return {key if name == others[0] else name: each for name, each in value.items()}
    return {key: value}


def _is_near(name: str, key: str) -> bool:
    return SequenceMatcher(None, name.lower(), key.lower(), autojunk=False).ratio() > _NEAR
