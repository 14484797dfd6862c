"""Values from Python as what JSON can say."""

import math
from collections.abc import Mapping
from typing import Any, Final

from tenantry.base.codec import MAX_DEPTH
from tenantry.clients.errors import InvalidClient
from tenantry.clients.rules.problem import Path, Problem, errors_of, label_of

_INTEGERS: Final = range(-(2**63), 2**64)
_NOUNS: Final = {"date": "a date", "datetime": "a date", "time": "a time", "function": "a function"}


def as_json(value: Any, *, origin: str = "") -> Any:
    """Return `value` with a dict for each mapping and a list for each tuple, as JSON would have it.

    Raises `InvalidClient` with all that JSON cannot say: dates, sets, functions, infinity.
    """
    problems: list[Problem] = []
    plain = _plain(value, (), problems)
    if problems:
        raise InvalidClient(errors_of(problems, {}, origin), origin=origin)
    return plain


def _plain(value: Any, path: Path, problems: list[Problem]) -> Any:
    if _is_scalar(value):
        return value
    is_mapping = isinstance(value, Mapping) and all(isinstance(name, str) for name in value)
    if not is_mapping and not isinstance(value, list | tuple):
        kind = type(value).__name__
        told = f"got {_NOUNS.get(kind, f'a {kind}')} that JSON cannot say, wants what it can"
        return _refused(path, told, problems)
    if len(path) >= MAX_DEPTH:
        return _refused(path, f"is nested too deep, wants at most {MAX_DEPTH} levels", problems)

    if is_mapping:
        return {name: _plain(item, (*path, name), problems) for name, item in value.items()}
    return [_plain(item, (*path, index), problems) for index, item in enumerate(value)]


def _is_scalar(value: Any) -> bool:
    """Whether JSON says it as it is; of a subclass it would say something else."""
    if value is None or type(value) is bool:
        return True
    if type(value) is str:
        return _is_unicode(value)
    if type(value) is int:
        return value in _INTEGERS
    return type(value) is float and math.isfinite(value)


def _refused(path: Path, told: str, problems: list[Problem]) -> None:
    problems.append(Problem(path=path, message=f"{label_of(path)}: {told}", code="not-json"))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
