"""A declaration as it was found in files."""

from typing import Any

import msgspec

from tenantry.clients.model.result import ItemError


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A client that was read, and nothing more: `raw` is what its files say.

    `variables` are what its placeholders stand for, as far as they were read from the environment.
    `origin` is the file or folder, `tenant` the one that its folder or itself names, if any.
    """

    raw: dict[str, Any]
    variables: dict[str, str]
    origin: str
    tenant: str | None = None

    @property
    def key(self) -> str:
        """The client's key, "" where it has none."""
        key = self.raw.get("key")
        return key.lower() if isinstance(key, str) else ""

    def __repr__(self) -> str:
        return f"Loaded({self.key!r}, {self.origin!r})"


class LoadFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A client that could not be read, and why; `key` is what it is called, as far as is known."""

    origin: str
    errors: tuple[ItemError, ...]
    key: str = ""
    tenant: str | None = None
