"""Which clients of a folder are wanted: the list in `enabled-clients.json`, or in the settings."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from tenantry.base.errors import Invalid
from tenantry.clients.model import Loaded, LoadFailure
from tenantry.clients.remote.reading import is_read, read_file


class Enabled(msgspec.Struct, frozen=True):
    """The keys of the clients that are wanted."""

    keys: tuple[str, ...]

    @classmethod
    def read(cls, paths: Sequence[Path]) -> "Enabled":
        """Return what files list; raises `Invalid`."""
        return cls(tuple(dict.fromkeys(key for path in paths for key in _keys_in(path))))

    def missing(self, found: Iterable[Loaded | LoadFailure]) -> list[str]:
        """Return the keys that nothing has."""
        known = {each.key for each in found}
        return [key for key in self.keys if key not in known]


def is_list_of_enabled(path: Path) -> bool:
    """Whether a file is such a list: `enabled-clients.json`, or `enabled-clients.NAME.json`."""
    name = path.name.lower().replace("_", "-")
    return name.startswith("enabled-clients.") and is_read(path) and path.is_file()


def only(
    enabled: Collection[str] | None, found: Iterable[Loaded | LoadFailure]
) -> Iterator[Loaded | LoadFailure]:
    """Yield those that are enabled, and failures that belong to nobody."""
    keys = None if enabled is None else {key.lower() for key in enabled}
    return (each for each in found if keys is None or not each.key or each.key in keys)


def _keys_in(path: Path) -> list[str]:
    content = read_file(path)
    # TOML has no list at its top, and others put it under a name too.
    if isinstance(content, dict) and len(content) == 1:
        (content,) = content.values()
    if isinstance(content, list) and all(isinstance(key, str) for key in content):
        return [key.lower() for key in content]
    raise Invalid(f"{path.name}: wants a list of keys of clients", field=path.name)
