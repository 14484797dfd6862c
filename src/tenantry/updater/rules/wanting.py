"""What a wrong value should have been, in words."""

import re
from collections.abc import Mapping
from typing import Final

_EXPECTED: Final = re.compile(r"Expected `([^`]+)`")
_MISSING: Final = re.compile(r"missing required field `([^`]+)`")
_WORDS: Final[Mapping[str, str]] = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "an object",
    "str": "a text",
}


def wanted(found: str) -> str:
    """Return what msgspec says that it expected, as people would say it."""
    expected = _EXPECTED.search(found)
    missing = _MISSING.search(found)
    if missing is not None:
        return f"{missing[1]} in it"
    if expected is None:
        return found[:1].lower() + found[1:]
    return " or ".join(_WORDS.get(each.strip(), each.strip()) for each in expected[1].split("|"))
