"""The shape of a declaration: a JSON Schema made of the structs, and its findings in our words."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final

import jsonschema_rs
import msgspec

from tenantry.clients.model import ClientConfig
from tenantry.clients.rules.problem import Path, Problem, label_of, shown

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_MAX_NAME_CHARACTERS: Final = 100
_NOUNS: Final = {
    "array": "a list",
    "boolean": "true or false",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}
_THINGS: Final = {
    "ClientConfig": "a client",
    "Argument": "an argument",
    "Asset": "an asset",
    "AuthProvider": "a way to log in",
    "Component": "a component",
    "DeclaredUser": "a user",
    "FeatureFlag": "a feature flag",
    "Menu": "a menu",
    "MenuEntry": "a menu entry",
    "Part": "a part of a page",
    "Plugin": "a plugin",
    "Region": "a header or footer",
    "Resource": "a resource",
    "Route": "a route",
    "Setting": "a setting",
    "Theme": "a theme",
    "ThemeMode": "a mode of a theme",
}
# What the originals, or other tools, call a field of ours.
_KNOWN_AS: Final = {"properties": "options", "fqn": "componentFqn", "permissions": "roles"}


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a client; it is shared, so leave it as it is."""
    return {"$schema": _DRAFT, **_simplified(msgspec.json.schema(ClientConfig))}


def violations_of(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield every way in which a declaration does not have the shape of a client."""
    for error in _validator().iter_errors(raw):
        path: Path = tuple(error.instance_path)
        match error.kind:
            case jsonschema_rs.ValidationErrorKind.AdditionalProperties(unexpected=names):
                thing = str(error.schema_path[-2])
                yield from (_unknown((*path, name), thing) for name in names)
            case jsonschema_rs.ValidationErrorKind.Required(property=name):
                yield _missing((*path, name), str(error.schema_path[-2]))
            case jsonschema_rs.ValidationErrorKind.Type(types=types):
                yield _wrong_type(error, types)
            case _:
                yield Problem(path=path, message=f"{label_of(path)}: is wrong", code="wrong-value")


def fields_of(thing: str) -> tuple[str, ...]:
    """Return the names of the fields that a struct has in files: `Route` and others."""
    return tuple(json_schema()["$defs"][thing]["properties"])


@lru_cache(maxsize=4_096)
def suggestion_for(name: str, thing: str) -> str | None:
    """Return the field that an unknown one probably means."""
    fields = {_bare(field): field for field in fields_of(thing)}
    bare = _bare(name)
    if bare in fields:
        return fields[bare]
    if (known := _KNOWN_AS.get(bare)) in fields.values():
        return known
    near = difflib.get_close_matches(bare, fields, n=1)
    return fields[near[0]] if near else None


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json_schema(), offline=True)


def _simplified(schema: Any) -> Any:
    """Return a schema without alternatives, of which each would be an error of its own."""
    if isinstance(schema, list):
        return [_simplified(each) for each in schema]
    if not isinstance(schema, dict):
        return schema

    rest = {name: _simplified(value) for name, value in schema.items() if name != "anyOf"}
    match schema.get("anyOf"):
        case None:
            return rest
        case [*choices] if all(set(choice) == {"type"} for choice in choices):
            return {**rest, "type": [choice["type"] for choice in choices]}
        case [*choices]:
            (other,) = [choice for choice in choices if choice.get("type") != "null"]
            return {**rest, "if": {"type": "null"}, "else": _simplified(other)}
        case _:
            raise AssertionError("anyOf is a list")


def _unknown(path: Path, thing: str) -> Problem:
    name = str(path[-1])
    near = suggestion_for(name, thing) if len(name) <= _MAX_NAME_CHARACTERS else None
    hint = f"; did you mean {near}?" if near else f", wants one of {', '.join(fields_of(thing))}"
    told = label_of(path)[:_MAX_NAME_CHARACTERS]
    message = f"{told}: is no field of {_THINGS[thing]}{hint}"
    return Problem(path=path, message=message, code="unknown-field")


def _missing(path: Path, thing: str) -> Problem:
    return Problem(
        path=path,
        message=f"{path[-1]}: is missing, and {_THINGS[thing]} needs one",
        code="missing-field",
        error_type="missing_fields",
    )


def _wrong_type(error: jsonschema_rs.ValidationError, types: list[str]) -> Problem:
    path, value = tuple(error.instance_path), error.instance
    wants = " or ".join(_NOUNS[name] for name in types if name in _NOUNS)
    if value is None:
        return null_at(
            path, wants, is_list=types == ["array"], is_optional=_is_optional(error.schema_path)
        )
    is_scalar = {"array", "object"}.isdisjoint(types)
    got = shown(value, path, quoted=is_scalar)
    if types == ["string"] and isinstance(value, bool | int | float):
        wants = "text (in quotes)"
    return Problem(
        path=path, message=f"{label_of(path)}: got {got}, wants {wants}", code="wrong-type"
    )


def null_at(path: Path, wants: str, *, is_list: bool = False, is_optional: bool = True) -> Problem:
    """Return what is wrong with a null where nobody can say what it means."""
    hint = "; leave it out to keep what is stored" if len(path) == 1 else "; leave it out"
    hint = f"{hint}, [] for none" if is_list else hint
    told = f"{label_of(path)}: got null, wants {wants}{hint if is_optional else ''}"
    return Problem(path=path, message=told, code="null")


def _is_optional(schema_path: Sequence[str | int]) -> bool:
    """Whether a part of the schema is that of a field which may be left out."""
    match tuple(schema_path):
        case (*_, str(thing), "properties", str(name), _):
            return name not in json_schema()["$defs"][thing].get("required", ())
        case _:
            return False


def _bare(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
