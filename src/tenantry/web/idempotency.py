"""`Idempotency-Key`: a client's own name for its request, which makes it repeatable.

The field of the IETF draft `draft-ietf-httpapi-idempotency-key-header`. A bare token is taken as
well as the quoted string that the draft asks for; the two are different keys.
"""

import re
from typing import Final

from tenantry.base.errors import Invalid
from tenantry.web.declaration import HeaderField
from tenantry.web.headers import Headers

IDEMPOTENCY_KEY: Final = HeaderField(
    name="Idempotency-Key",
    meaning="The same request again, with the same key, gets the first result.",
    schema={"type": "string", "pattern": "^[!-~]{1,255}$"},
)

_VISIBLE = re.compile(rb"[\x21-\x7e]{1,255}")


def idempotency_key_of(headers: Headers) -> str | None:
    """Return the key of a request, None where it has none; raises `Invalid`."""
    key = headers.get(b"idempotency-key")
    if key is None:
        return None
    if not _VISIBLE.fullmatch(key):
        raise Invalid(
            field="Idempotency-Key",
            got=key.decode("latin-1")[:1024],
            wants="1 to 255 visible ASCII characters",
        )
    return key.decode()
