"""What a body may be, and a JSON body as a value.

It is read strictly, where the framework takes `"5"` for 5 and 0 for false.
"""

from collections.abc import Collection
from typing import Final, TypeVar

import msgspec

from tenantry.base.codec import check_depth
from tenantry.base.errors import Invalid, UnsupportedMediaType

T = TypeVar("T", bound=msgspec.Struct)

JSON: Final = "application/json"
_JSON_SUFFIX: Final = "+json"


def check_media_type(content_type: bytes | None, accepted: Collection[str]) -> None:
    """Raise `UnsupportedMediaType` for a body of another type than `accepted`.

    Where JSON is, so is every type that ends in `+json`; a body that says nothing of its type is
    taken for what it should be.
    """
    if content_type is None or content_type.lower() == b"application/json":
        return
    named = content_type.decode("latin-1").partition(";")[0].strip().lower()
    if named in accepted or (JSON in accepted and named.endswith(_JSON_SUFFIX)):
        return
    raise UnsupportedMediaType(
        field="Content-Type", got=named[:128], wants=" or ".join(sorted(accepted))
    )


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
