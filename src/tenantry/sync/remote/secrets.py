"""Reading a secret that a source refers to."""

from typing import Final

from tenantry.base.errors import Denied, Invalid, NotFound
from tenantry.sync.errors import AuthError
from tenantry.sync.remote.port import SecretReader

MAX_SECRET_CHARACTERS: Final = 16_384


async def read_secret(secret: SecretReader, name: str) -> str:
    """Return the value of a secret; raises `AuthError` where there is none that can be sent."""
    try:
        value = await secret(name)
    except (NotFound, Invalid, Denied):
        told = "is not stored as a secret where the source is configured"
        raise AuthError(f"secret:{name}: {told}") from None
    return sendable(value, f"secret:{name}")


def sendable(value: object, where: str) -> str:
    """Return a value that may stand in a header; raises `AuthError`, which does not tell it."""
    # A line break in it would be another header.
    if (
        isinstance(value, str)
        and 1 <= len(value) <= MAX_SECRET_CHARACTERS
        and value.isascii()
        and value.isprintable()
    ):
        return value
    wants = f"text of 1 to {MAX_SECRET_CHARACTERS} printable ASCII characters"
    raise AuthError(f"{where}: is nothing that can be sent, wants {wants}")
