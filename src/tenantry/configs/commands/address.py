"""Names and moments in URLs, and answers as commands use them."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import msgspec

from tenantry.base.errors import Invalid
from tenantry.terminal import Refused

CONFIGS = "/v1/config"


class Item(msgspec.Struct):
    """A setting in the list."""

    name: str
    value: msgspec.Raw

    @property
    def json(self) -> bytes:
        """Its value."""
        return bytes(self.value)


def path_of(name: str, *rest: str) -> str:
    """Return the path of the setting `name`, and what belongs to it."""
    return "/".join([CONFIGS, _segment(name), *map(_segment, rest)])


@contextmanager
def about(name: str) -> Iterator[None]:
    """Put `name` in front of what the server says of it."""
    try:
        yield
    except Refused as error:
        if name in error.message:
            raise
        raise Refused(
            f"{name}: {error.message}",
            status=error.status,
            code=error.code,
            details=error.details,
            retry_after_seconds=error.retry_after_seconds,
        ) from error


def shown_value(value: bytes) -> str:
    """Return a JSON value for people: text without its quotes, anything else as it is."""
    return msgspec.json.decode(value, type=str) if value[:1] == b'"' else value.decode()


def _segment(text: str) -> str:
    try:
        encoded = quote(text, safe="")
    except UnicodeEncodeError as error:
        raise Invalid(field="name", got=ascii(text), wants="UTF-8") from error
    # A segment of dots means another folder to whoever tidies up a URL, so they are encoded too.
    return encoded.replace(".", "%2E") if text in (".", "..") else encoded
