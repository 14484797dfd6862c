"""Names and moments in URLs, and answers as commands use them."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from tenantry.terminal import Refused, segment

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
    return "/".join([CONFIGS, segment(name), *map(segment, rest)])


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
