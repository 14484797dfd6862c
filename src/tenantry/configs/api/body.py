"""The body of a PUT: `{"value": …}`, or a form's `value=…`."""

from urllib.parse import parse_qs

import msgspec

from tenantry.base.codec import check_depth, encode_json
from tenantry.base.errors import Invalid
from tenantry.configs.errors import ConfigValueInvalid
from tenantry.configs.model import MAX_VALUE_CHARACTERS

MAX_BODY_BYTES = 12 * MAX_VALUE_CHARACTERS + 4096
"""The longest body that may hold a value of the allowed characters, each as two `\\uXXXX`."""

_FORM = b"application/x-www-form-urlencoded"
_WANTS = 'a JSON object with "value", e.g. {"value": "on"}'


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    value: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    secret: bool = False
    force: bool = False


class SentValue(msgspec.Struct, frozen=True):
    """The JSON of a value, whether it is a secret, and whether that goes for any history."""

    value: bytes
    is_secret: bool = False
    is_forced: bool = False


_DECODER = msgspec.json.Decoder(_Body)
_TRUTHS = {"true": True, "false": False}


def read_value(body: bytes, content_type: bytes | None) -> SentValue:
    """Return the value in `body`; raises `Invalid` where the body is malformed or has none."""
    if content_type is not None and content_type.lower().startswith(_FORM):
        return _read_form(body)

    check_depth(body)
    try:
        decoded = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"body: {error}; wants {_WANTS}", field="body", wants=_WANTS) from error

    if isinstance(decoded.value, msgspec.UnsetType):
        raise ConfigValueInvalid(field="value", got="nothing", wants=_WANTS)
    return SentValue(bytes(decoded.value), decoded.secret, decoded.force)


def _read_form(body: bytes) -> SentValue:
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=10)
    except ValueError as error:
        raise Invalid(field="body", got="a malformed form", wants="value=… in UTF-8") from error

    values = fields.pop("value", [])
    secret, force = (_read_truth(fields, name) for name in ("secret", "force"))
    if len(values) != 1 or fields:
        # A value with an `&` that was not encoded looks like this, and would be stored cut off.
        raise ConfigValueInvalid(
            field="value",
            got=f"a form with {len(values)} of it and {len(fields)} other fields",
            wants=f"one value=… alone, or Content-Type: application/json and {_WANTS}",
        )
    return SentValue(encode_json(values[0]), secret, force)


def _read_truth(fields: dict[str, list[str]], name: str) -> bool:
    given = fields.pop(name, ["false"])[-1]
    if given not in _TRUTHS:
        raise Invalid(field=name, got=given[:64], wants="true or false")
    return _TRUTHS[given]
