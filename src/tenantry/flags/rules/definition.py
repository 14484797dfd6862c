"""From the value of a setting to a flag, or to what is wrong with it."""

from collections.abc import Mapping
from typing import Any, Final, NoReturn

from tenantry.base.codec import decode_json
from tenantry.flags.errors import FlagDefinitionInvalid, FlagKeyInvalid
from tenantry.flags.model import FLAG_PREFIX, MAX_DEFINITION_BYTES, FlagDefinition, Kind
from tenantry.flags.rules.targeting import TargetingCheck

MAX_VARIANTS: Final = 1_000

_FIELDS: Final = frozenset({"state", "variants", "defaultVariant", "targeting", "metadata"})
_STATES: Final = ("ENABLED", "DISABLED")
_MAX_SHOWN: Final = 200


def check_setting(name: str, value: bytes) -> None:
    """Raise `Invalid`, naming setting and field, unless `name` may hold `value` as a flag."""
    key = key_of(name)
    try:
        read_definition(key, value)
    except FlagDefinitionInvalid as error:
        # It may be one of many that are stored together.
        raise FlagDefinitionInvalid(
            f"{name}: {error.message}", details={"name": name, **(error.details or {})}
        ) from error


def key_of(name: str) -> str:
    """Return the key of the flag that the setting `name` is; raises `FlagKeyInvalid`."""
    key = name.removeprefix(FLAG_PREFIX)
    if not key or key.startswith("$"):
        raise FlagKeyInvalid(
            field="name", got=name, wants=f"{FLAG_PREFIX} and a key that does not start with $"
        )
    return key


def read_definition(key: str, value: bytes) -> FlagDefinition:
    """Return the flag that `value` defines; raises `FlagDefinitionInvalid`, naming the field."""
    if len(value) > MAX_DEFINITION_BYTES:
        raise FlagDefinitionInvalid(
            field="value", got=f"{len(value)} bytes", wants=f"at most {MAX_DEFINITION_BYTES} bytes"
        )
    given = decode_json(value, field="value")
    if not isinstance(given, dict):
        _refuse("value", given, "a flag: an object with state, variants and defaultVariant")
    for unknown in sorted(given.keys() - _FIELDS):
        _refuse("value", unknown, f"only {', '.join(sorted(_FIELDS))}")

    state = given.get("state")
    if state not in _STATES:
        _refuse("value.state", state, " or ".join(_STATES))
    kind, variants = _read_variants(given.get("variants"))
    _check_default(given.get("defaultVariant"), variants)
    targeting, is_timed = _read_targeting(given.get("targeting", {}), variants)
    return FlagDefinition(
        key=key,
        kind=kind,
        json=value,
        is_disabled=state == "DISABLED",
        variants=variants,
        targeting=targeting,
        metadata=_read_metadata(given.get("metadata", {})),
        is_timed=is_timed,
    )


def _read_variants(given: Any) -> tuple[Kind, dict[str, Any]]:
    field = "value.variants"
    if not isinstance(given, dict) or not given:
        _refuse(field, given, "an object with a value for each variant, of which there is one")
    if len(given) > MAX_VARIANTS:
        _refuse(field, f"{len(given)} variants", f"at most {MAX_VARIANTS}")
    if "" in given:
        _refuse(field, "", "names of variants that are not empty")

    kinds = {name: _kind_of(value, f"{field}.{name}") for name, value in given.items()}
    found = set(kinds.values())
    if found == {"integer", "float"}:
        # JSON writes a number without a fraction either way, so some of these may look whole.
        return "float", {name: float(value) for name, value in given.items()}
    if len(found) > 1:
        seen = ", ".join(f"{name} is a {kind}" for name, kind in list(kinds.items())[:5])
        _refuse(field, seen, "values of one type")
    (kind,) = found
    return kind, given


def _kind_of(value: Any, field: str) -> Kind:
    # Every bool is an int.
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "float"
    if value is None:
        _refuse(field, value, "a value")
    return "object"


def _check_default(given: Any, variants: Mapping[str, Any]) -> None:
    if given is not None and (not isinstance(given, str) or given not in variants):
        shown = ", ".join(sorted(variants)[:20])
        _refuse("value.defaultVariant", given, f"the name of a variant ({shown}), or null")


def _read_targeting(given: Any, variants: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    field = "value.targeting"
    if not isinstance(given, dict):
        _refuse(field, given, "an object with one operator, or with none")
    if not given:
        return given, False
    check = TargetingCheck(variants, field=field)
    check.run(given)
    return given, check.is_timed


def _read_metadata(given: Any) -> dict[str, str | float | bool]:
    field = "value.metadata"
    if not isinstance(given, dict):
        _refuse(field, given, "an object")
    for name, value in given.items():
        if not name or not isinstance(value, str | int | float | bool):
            _refuse(f"{field}.{name}", value, "a text, a number, true or false")
    return given


def _refuse(field: str, got: Any, wants: str) -> NoReturn:
    shown = got if isinstance(got, int | float | bool) else str(got)[:_MAX_SHOWN]
    raise FlagDefinitionInvalid(field=field, got=shown, wants=wants)
