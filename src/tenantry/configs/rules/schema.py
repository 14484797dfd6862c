"""Checking values against schemas; the one door to `jsonschema_rs`."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, Literal

import jsonschema_rs
import msgspec

from tenantry.base.codec import decode_json
from tenantry.configs.errors import ConfigSchemaInvalid
from tenantry.configs.model import MAX_SCHEMA_BYTES, Schema, Violation

MAX_VIOLATIONS: Final = 100
"""Of one value and one schema; a value that is all wrong is not told so a million times."""

_SHOWN_CHARACTERS: Final = 300
# Patterns are a way to keep a processor busy: https://owasp.org/www-community/attacks/ReDoS
_PATTERNS: Final = jsonschema_rs.FancyRegexOptions(
    backtrack_limit=100_000, size_limit=1024 * 1024, dfa_size_limit=1024 * 1024
)
_COMPILED: Final = 1_024


def check_schema(schema: bytes) -> None:
    """Raise `ConfigSchemaInvalid` unless `schema` is a JSON Schema (2020-12) we can check against.

    It may refer to its own parts and to nothing elsewhere.
    """
    if len(schema) > MAX_SCHEMA_BYTES:
        raise ConfigSchemaInvalid(
            field="schema", got=f"{len(schema)} bytes", wants=f"at most {MAX_SCHEMA_BYTES} bytes"
        )
    decode_json(schema, field="schema")
    try:
        _compiled(schema)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        reason = str(getattr(error, "message", error)).split("\n", 1)[0][:_SHOWN_CHARACTERS]
        raise ConfigSchemaInvalid(
            f"schema: {reason}; wants a JSON Schema (2020-12) that refers to nothing outside",
            field="schema",
            wants="a JSON Schema",
        ) from error


def violations_of(
    name: str,
    value: bytes,
    schemas: Iterable[tuple[Literal["own", "global"], Schema]],
    *,
    is_secret: bool,
) -> list[Violation]:
    """Return every way in which `value` fails the schemas that cover `name`, by layer."""
    covering = [(layer, each) for layer, each in schemas if each.target.covers(name)]
    if not covering:
        return []

    instance = msgspec.json.decode(value)
    return [
        Violation(
            name,
            _pointer(error.instance_path),
            _told(error, is_secret=is_secret),
            layer,
            each.target,
        )
        for layer, each in covering
        for error in islice(_compiled(each.schema).iter_errors(instance), MAX_VIOLATIONS)
    ]


def checker_of(schema: Any) -> Callable[[Any], str | None]:
    """Return what says how a value fails `schema`, or None; it quotes nothing of the value.

    Raises `ConfigSchemaInvalid`.
    """
    written = msgspec.json.encode(schema)
    check_schema(written)
    validator = _compiled(written)

    def check(value: Any) -> str | None:
        if validator.is_valid(value):
            return None
        error = next(validator.iter_errors(value))
        return f"{_pointer(error.instance_path) or '/'}: {_told(error, is_secret=True)}"

    return check


@lru_cache(maxsize=_COMPILED)
def _compiled(schema: bytes) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        msgspec.json.decode(schema), pattern_options=_PATTERNS, offline=True
    )


def _told(error: jsonschema_rs.ValidationError, *, is_secret: bool) -> str:
    # The library's own messages quote the value, and the names of its parts.
    if is_secret:
        return f"fails {error.kind.name!r}"
    return error.message[:_SHOWN_CHARACTERS]


def _pointer(path: Sequence[str | int]) -> str:
    """Write a path as RFC 6901 has it."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
