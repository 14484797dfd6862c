"""Many files: each client in them by itself, so that one that is wrong stops no other."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tenantry.base.errors import Invalid
from tenantry.clients.errors import InvalidClient
from tenantry.clients.model import Loaded, LoadFailure
from tenantry.clients.remote.enabled import Enabled, is_list_of_enabled, only
from tenantry.clients.remote.failing import each_once, failure, name_of, owned, tenant_in
from tenantry.clients.remote.folder import config_in, part_of, read_folder
from tenantry.clients.remote.module import SUFFIX, read_module
from tenantry.clients.remote.reading import is_read, read_file
from tenantry.clients.rules import resolve

_MAX_LEVELS: Final = 4


def load(
    paths: Sequence[Path],
    *,
    client_vars: Collection[str],
    environ: Mapping[str, str],
    allow_python: bool = False,
    enabled: Collection[str] | None = None,
) -> list[Loaded | LoadFailure]:
    """Return the clients that files and folders declare, in the order of their names.

    Placeholders are looked up in `environ`, as far as `client_vars` names them, and stay in what is
    returned. `enabled` are the keys of those that are wanted, None for all. A Python module is run
    only where `allow_python` says so.
    """
    loading = _Loading(client_vars, environ, allow_python=allow_python)
    found = [each for path in paths for each in loading.of_path(path)]
    return each_once(list(only(enabled, found)))


def read(paths: Sequence[Path], *, allow_python: bool = False) -> list[Loaded | LoadFailure]:
    """Return what files and folders declare as it stands there: nothing is looked up or compared.

    Two of them may declare the same client.
    """
    loading = _Loading(allow_python=allow_python)
    return [each for path in paths for each in loading.of_path(path)]


def load_tenants(
    folder: Path,
    *,
    client_vars: Collection[str],
    environ: Mapping[str, str],
    allow_python: bool = False,
    enabled: Collection[str] | None = None,
) -> list[Loaded | LoadFailure]:
    """Return the clients in a folder that has one folder for each tenant, named by its id.

    What lies beside these folders belongs to the tenant that it names itself, if any.
    """
    loading = _Loading(client_vars, environ, allow_python=allow_python)
    found: list[Loaded | LoadFailure] = []
    entries = _entries(folder) if folder.is_dir() else []
    for path in entries:
        if path.is_dir():
            found += (owned(each, path.name) for each in loading.of_path(path))
        elif loading.is_wanted(path):
            found += loading.of_file(path)
    return each_once(list(only(enabled, _enabled_in(entries, found))))


class _Loading:
    """One load: where variables come from, if they are wanted, and whether modules may run."""

    def __init__(
        self,
        client_vars: Collection[str] = (),
        environ: Mapping[str, str] | None = None,
        *,
        allow_python: bool,
    ) -> None:
        self._client_vars = frozenset(client_vars)
        self._environ = environ
        self._allow_python = allow_python

    def of_path(self, path: Path, above: tuple[Path, ...] = ()) -> list[Loaded | LoadFailure]:
        """Return the clients of a file, of a client's folder, or of a folder of both."""
        if not path.is_dir():
            return self.of_file(path)
        if configs := config_in(path, allow_python=self._allow_python):
            return [self._of_client_folder(path, configs)]
        return self._of_folder(path, above)

    def of_file(self, path: Path) -> list[Loaded | LoadFailure]:
        """Return the client of a file, or the clients."""
        try:
            content = self._read(path)
        except Invalid as error:
            return [failure(path, error)]
        if isinstance(content, dict) and list(content) == ["clients"]:
            content = content["clients"]
        declared = content if isinstance(content, list) else [content]
        return [self._loaded(raw, path) for raw in declared]

    def is_wanted(self, path: Path) -> bool:
        """Whether a file in a folder is one of a client."""
        is_module = path.suffix == SUFFIX and not path.name.startswith("_")
        if is_list_of_enabled(path):
            return False
        # A link that leads nowhere is an error, and not nothing.
        is_there = path.is_file() or not path.exists()
        return is_there and (is_read(path) or (is_module and self._allow_python))

    def _of_client_folder(self, folder: Path, configs: list[Path]) -> Loaded | LoadFailure:
        if len(configs) > 1:
            names = " and ".join(path.name for path in configs)
            return failure(folder, Invalid(f"{folder.name}: has {names}, wants one of them"))
        try:
            raw = read_folder(folder, configs[0], self._read)
        except Invalid as error:
            return failure(folder, error)
        return self._loaded(raw, folder)

    def _of_folder(self, folder: Path, above: tuple[Path, ...]) -> list[Loaded | LoadFailure]:
        here = folder.resolve()
        if here in above:
            # A link that leads back has nothing in it that was not seen.
            return []
        if len(above) >= _MAX_LEVELS:
            told = f"{folder.name}: is nested too deep, wants at most {_MAX_LEVELS} levels"
            return [failure(folder, Invalid(told))]
        try:
            entries = _entries(folder)
        except OSError as error:
            return [failure(folder, Invalid(f"{folder.name}: {error.strerror}"))]
        parts = [path for path in entries if self.is_wanted(path) and part_of(path)]
        if parts:
            told = f"{folder.name}: has {parts[0].name} and no config.yaml, wants one beside it"
            return [failure(folder, Invalid(told))]

        found: list[Loaded | LoadFailure] = []
        for path in entries:
            if path.is_dir():
                found += self.of_path(path, (*above, here))
            elif self.is_wanted(path):
                found += self.of_file(path)
        return _enabled_in(entries, found)

    def _read(self, path: Path) -> Any:
        if not path.exists():
            raise Invalid(f"{path.name}: there is no such file or folder", field=path.name)
        if is_read(path):
            return read_file(path)
        if path.suffix != SUFFIX:
            wants = "a folder, or a file that ends in .yaml, .yml, .json or .toml"
            raise Invalid(f"{path.name}: wants {wants}", field=path.name, wants=wants)
        if not self._allow_python:
            told = f"{path.name}: is a Python module, which is not run here, wants a file of data"
            raise Invalid(told, field=path.name)
        return read_module(path)

    def _loaded(self, raw: Any, path: Path) -> Loaded | LoadFailure:
        if not isinstance(raw, dict):
            got = "nothing" if raw is None else "what is no mapping"
            return failure(path, Invalid(f"{path.name}: got {got}, wants a mapping of fields"))
        try:
            variables = self._variables_of(raw, path)
        except InvalidClient as error:
            key, tenant = error.key or name_of(path), tenant_in(raw)
            return LoadFailure(origin=str(path), errors=error.errors, key=key, tenant=tenant)
        return Loaded(raw=raw, variables=variables, origin=str(path), tenant=tenant_in(raw))

    def _variables_of(self, raw: Mapping[str, Any], path: Path) -> dict[str, str]:
        if self._environ is None:
            return {}
        return resolve(raw, listed=self._client_vars, environ=self._environ, origin=str(path))


def _enabled_in(
    entries: Sequence[Path], found: list[Loaded | LoadFailure]
) -> list[Loaded | LoadFailure]:
    """Return the clients of a folder that its own list of them names, all where it has none."""
    lists = [path for path in entries if is_list_of_enabled(path)]
    if not lists:
        return found
    try:
        enabled = Enabled.read(lists)
    except Invalid as error:
        # Who is wanted is not known then, and nobody is better than everybody.
        return [failure(lists[0], error, key="")]
    missing = [
        failure(lists[0], Invalid(f"{key}: is enabled, and nothing here declares it"), key=key)
        for key in enabled.missing(found)
    ]
    return [*only(enabled.keys, found), *missing]


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
