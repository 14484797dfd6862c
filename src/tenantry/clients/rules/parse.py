"""From what a file says to a client, or to all that is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import (
    ClientConfig,
    ItemError,
    ItemFailure,
    Menu,
)
from tenantry.clients.rules import checks, schema
from tenantry.clients.rules.problem import Problem, errors_of, identity_in


def parse(raw: Mapping[str, Any], *, origin: str = "") -> ClientConfig:
    """Return the client that a declaration is; its key, and those of its menus, in lower case.

    Raises `InvalidClient` with everything that is wrong with it; `origin` is the file it came from.
    """
    config, problems = _parsed(_as_mapping(raw, origin))
    if config is None or problems:
        raise _invalid(problems, raw, origin)
    return _lowered(config)


def parse_leniently(
    raw: Mapping[str, Any], *, origin: str = ""
) -> tuple[ClientConfig, tuple[ItemFailure, ...], tuple[ItemError, ...]]:
    """Return a client without what is wrong with it, the items left out, and all errors.

    An item of a collection is left out alone; of anything else, the whole field of the client,
    which so keeps what is stored. Raises `InvalidClient` where nobody knows which client it is.
    """
    declared = _as_mapping(raw, origin)
    config, problems = _parsed(declared)
    errors = errors_of(problems, declared, origin)
    if config is not None and not problems:
        return _lowered(config), (), ()

    rest, failures = _without(declared, problems)
    config, remaining = _parsed(rest)
    if config is None or remaining:
        raise _invalid(problems or remaining, declared, origin)
    return _lowered(config), failures, errors


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a client."""
    return schema.json_schema()


def key_of(raw: Any) -> str:
    """Return the key of a declaration that may be wrong, "" where it has none."""
    key = raw.get("key") if isinstance(raw, Mapping) else None
    return key.lower() if isinstance(key, str) else ""


def _parsed(raw: dict[str, Any]) -> tuple[ClientConfig | None, list[Problem]]:
    # Asking the structs is many times faster than asking the schema, which finds everything.
    problems = checks.problems_of(raw)
    try:
        return msgspec.convert(raw, ClientConfig), problems
    except (msgspec.ValidationError, RecursionError):
        return None, [*_violations(raw, problems), *problems]


def _violations(raw: dict[str, Any], problems: Sequence[Problem]) -> list[Problem]:
    """Return what is wrong with the shape of a declaration, as far as it can be looked at."""
    unreadable = [problem for problem in problems if problem.code in ("too-deep", "not-json")]
    rest, _ = _without(raw, unreadable)
    told = {problem.path for problem in problems}
    return [problem for problem in schema.violations_of(rest) if problem.path not in told]


def _without(
    raw: dict[str, Any], problems: Sequence[Problem]
) -> tuple[dict[str, Any], tuple[ItemFailure, ...]]:
    """Return a declaration without what there are problems with, and the items left out of it."""
    broken: dict[str, set[int]] = {}
    fields: set[str] = set()
    for problem in problems:
        if problem.item is not None:
            broken.setdefault(problem.item[0], set()).add(problem.item[1])
        elif problem.path:
            fields.add(str(problem.path[0]))

    rest = {name: value for name, value in raw.items() if name not in fields or name == "key"}
    failures: list[ItemFailure] = []
    for kind, places in broken.items():
        if kind not in rest:
            continue
        items = rest[kind]
        rest[kind] = [item for index, item in enumerate(items) if index not in places]
        failures += (
            ItemFailure(kind=kind, identity=identity_in(kind, items[index]), index=index)
            for index in sorted(places)
        )
    return rest, tuple(failures)


def _as_mapping(raw: Any, origin: str) -> dict[str, Any]:
    if isinstance(raw, Mapping) and all(isinstance(name, str) for name in raw):
        return dict(raw)
    problem = Problem(
        path=(), message="the client: wants a mapping of its fields", code="no-client"
    )
    raise _invalid([problem], {}, origin)


def _invalid(problems: Sequence[Problem], raw: Mapping[str, Any], origin: str) -> InvalidClient:
    return InvalidClient(errors_of(problems, raw, origin), key=key_of(raw), origin=origin)


def _lowered(config: ClientConfig) -> ClientConfig:
    changes: dict[str, Any] = {}
    if config.key != config.key.lower():
        changes["key"] = config.key.lower()
    if config.menus and any(menu.key != menu.key.lower() for menu in config.menus):
        changes["menus"] = tuple(_lowered_menu(menu) for menu in config.menus)
    return msgspec.structs.replace(config, **changes) if changes else config


def _lowered_menu(menu: Menu) -> Menu:
    return msgspec.structs.replace(menu, key=menu.key.lower())
