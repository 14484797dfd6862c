"""What can be a setting's value."""

import json
from typing import Any

from tenantry.base.codec import check_depth, decode_json, encode_json
from tenantry.configs.errors import ConfigValueInvalid, ConfigValueTooLarge
from tenantry.configs.model import MAX_VALUE_CHARACTERS, PLACEHOLDER


def check_value(value: bytes) -> None:
    """Raise `ConfigValueInvalid` or `ConfigValueTooLarge` unless `value` is JSON we can keep.

    A string is measured by its characters, anything else by those of its JSON.
    """
    if len(value) <= MAX_VALUE_CHARACTERS:
        decode_json(value, field="value")
        check_not_placeholder(value)
        return

    check_depth(value, field="value")
    decoded = decode_json(value, field="value")
    characters = len(decoded) if isinstance(decoded, str) else len(value.decode())
    if characters > MAX_VALUE_CHARACTERS:
        raise ConfigValueTooLarge(
            field="value",
            got=f"{characters} characters",
            wants=f"at most {MAX_VALUE_CHARACTERS} characters",
        )


def check_not_placeholder(value: bytes) -> None:
    """Raise `ConfigValueInvalid` for what only stands for a sealed value.

    Who reads a list and writes it back would otherwise put it in the secret's place.
    """
    if value == PLACEHOLDER:
        raise ConfigValueInvalid(
            field="value",
            got=PLACEHOLDER.decode(),
            wants="the value itself: this text is what is shown in the place of a secret",
        )


def encode_value(value: Any) -> bytes:
    """Return the JSON of `value`; raises `ConfigValueInvalid` for what JSON cannot say."""
    try:
        # The strict encoder judges: the quick one would write NaN as null and bytes as text.
        json.dumps(value, allow_nan=False)
        return encode_json(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ConfigValueInvalid(f"value: {error}", field="value", wants="JSON") from error
