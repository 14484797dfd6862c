"""Placeholders, `${NAME}` and `${NAME:default}`: found, looked up where a file is, filled in last.

What stands for a variable stays a placeholder in files, plans and history. Whatever else begins
with `${` is the front end's own.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import ItemError
from tenantry.clients.rules.problem import Path, Problem, errors_of, label_of

_Use: TypeAlias = tuple[Path, str, str | None]

_PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?\}", re.ASCII)
_HOLDERS: Final = (dict, list, tuple)
_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)


def names_in(raw: Any, *, listed: Collection[str] = ()) -> dict[str, bool]:
    """Return the names of all placeholders, and whether every use of each has a default."""
    names: dict[str, bool] = {}
    for _, name, default in _uses(raw, listed):
        names[name] = names.get(name, True) and default is not None
    return names


def resolve(
    raw: Any, *, listed: Collection[str], environ: Mapping[str, str], origin: str = ""
) -> dict[str, str]:
    """Return what the placeholders stand for: those that are `listed` and set.

    One that is not listed, or not set, is its default. Raises `InvalidClient` with each that has
    none.
    """
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for path, name, default in _uses(raw, listed):
        if name in listed and name in environ:
            values[name] = environ[name]
        elif default is not None and not _NAME.fullmatch(name):
            # Where it is filled in, only its being there tells that it is a placeholder of ours.
            values.setdefault(name, default)
        elif default is None:
            reason = "which is not set" if name in listed else "which is not in CLIENT_VARS"
            problems.append(_unset(path, name, reason))
    if problems:
        told = raw if isinstance(raw, Mapping) else {}
        key = told.get("key", "")
        raise InvalidClient(errors_of(problems, told, origin), key=str(key).lower(), origin=origin)
    return values


def check_given(raw: Any, variables: Mapping[str, str]) -> tuple[ItemError, ...]:
    """Return an error for each placeholder that neither `variables` nor a default stands for."""
    problems = [
        _unset(path, name, "which the variables do not have")
        for path, name, default in _uses(raw, variables)
        if default is None and name not in variables
    ]
    return errors_of(problems, raw if isinstance(raw, Mapping) else {}, "")


def fill(value: Any, variables: Mapping[str, str]) -> Any:
    """Return a JSON value with what its placeholders stand for; one that stands for nothing stays.

    What nothing changes in is returned as it is.
    """
    match value:
        case str():
            return _filled(value, variables) if "${" in value else value
        case dict():
            filled = {name: fill(item, variables) for name, item in value.items()}
            return filled if any(filled[name] is not value[name] for name in value) else value
        case list() | tuple():
            items = [fill(item, variables) for item in value]
            is_same = all(one is other for one, other in zip(items, value, strict=True))
            return value if is_same else type(value)(items)
        case _:
            return value


def is_placeholder(text: str) -> bool:
    """Whether a text is one placeholder and nothing else, with no default or an empty one."""
    match = _PLACEHOLDER.fullmatch(text)
    return match is not None and not match[2]


def _filled(text: str, variables: Mapping[str, str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        if name in variables:
            return variables[name]
        return default if default is not None and _NAME.fullmatch(name) else match[0]

    return _PLACEHOLDER.sub(replaced, text)


def _uses(raw: Any, listed: Collection[str]) -> list[_Use]:
    """Return where each placeholder stands, its name and its default."""
    found: list[_Use] = []
    if isinstance(raw, str):
        _note(raw, (), listed, found)
    elif not _may_have_any(raw):
        return found
    elif isinstance(raw, Mapping | list | tuple):
        _collect(raw, (), listed, found)
    return found


def _may_have_any(raw: Any) -> bool:
    """Whether a text within `raw` may hold a placeholder: most have none, which JSON tells soon."""
    try:
        return b"${" in msgspec.json.encode(raw)
    except (TypeError, ValueError, RecursionError):
        return True


def _collect(raw: Any, path: Path, listed: Collection[str], found: list[_Use]) -> None:
    # This runs over all that is declared; a `Mapping` that is no dict takes long to tell.
    is_list = isinstance(raw, list | tuple)
    for step, value in enumerate(raw) if is_list else raw.items():
        if isinstance(value, str):
            if "${" in value:
                _note(value, (*path, step), listed, found)
        elif isinstance(value, _HOLDERS):
            _collect(value, (*path, step), listed, found)


def _note(text: str, path: Path, listed: Collection[str], found: list[_Use]) -> None:
    found.extend(
        (path, match[1], match[2])
        for match in _PLACEHOLDER.finditer(text)
        if _NAME.fullmatch(match[1]) or match[1] in listed
    )


def _unset(path: Path, name: str, reason: str) -> Problem:
    return Problem(
        path=path,
        message=f"{label_of(path)}: got ${{{name}}}, {reason}, wants a value or a default for it",
        code="unset-variable",
    )
