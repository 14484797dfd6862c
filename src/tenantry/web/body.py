"""A JSON body as a value: read strictly, where the framework takes `"5"` for 5 and 0 for false."""

from typing import TypeVar

import msgspec

from tenantry.base.codec import check_depth
from tenantry.base.errors import Invalid

T = TypeVar("T", bound=msgspec.Struct)


def body_as(body: bytes, kind: type[T]) -> T:
    """Return `body` as a `kind`; one that is empty or null as a `kind` without anything given.

    Raises `Invalid` where it is malformed, has a field too many, or lacks one.
    """
    check_depth(body)
    try:
        return msgspec.json.decode(_or_nothing(body), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        wants = f"a JSON object with {_fields_of(kind)}"
        raise Invalid(f"body: {error}; wants {wants}", field="body", wants=wants) from error


def _or_nothing(body: bytes) -> bytes:
    return body if body.strip() not in (b"", b"null") else b"{}"


def _fields_of(kind: type[msgspec.Struct]) -> str:
    return ", ".join(field.encode_name for field in msgspec.structs.fields(kind))
