"""What a command is handed: its options, its settings, its output and the way to a server."""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tenantry.base.errors import Conflict, Invalid
from tenantry.settings import Settings, load_settings
from tenantry.terminal.output import Format, Output
from tenantry.terminal.served import ServedFactory

if TYPE_CHECKING:
    from tenantry.terminal.http import Http

_TOKEN = re.compile("[!-~]+")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options that every command takes."""

    output: Format | None = None
    server: str | None = None
    token: str | None = None
    tenant: str | None = None
    data: Path | None = None
    database: str | None = None
    debug: bool = False


class Terminal:
    """One run of the command line; `build` makes the application where no server runs.

    `environ` and `cwd` are the process's own, except in tests. `output` is where to print.
    """

    def __init__(self, *, build: ServedFactory, environ: Mapping[str, str], cwd: Path) -> None:
        self._build = build
        self._environ = environ
        self._cwd = cwd
        self._options = Options()
        self.output = Output(form=None)

    @property
    def options(self) -> Options:
        """What was said so far."""
        return self._options

    def take(self, options: Options) -> None:
        """Let what `options` say win over what was said before."""
        said = {
            field: value
            for field in Options.__struct_fields__
            if (value := getattr(options, field)) not in (None, False)
        }
        self._options = msgspec.structs.replace(self._options, **said)
        self.output.form = self._options.output

    def settings(self, **overrides: Any) -> Settings:
        """Load the settings; `overrides` are those of the command, by variable.

        Raises `SettingsError` with everything that is wrong.
        """
        options = self._options
        return load_settings(
            self._environ,
            cwd=self._cwd,
            overrides={"DATA_DIR": options.data, "DATABASE_URL": options.database, **overrides},
        )

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables of the environment: a command's input, where its files name them."""
        return self._environ

    def path(self, path: Path) -> Path:
        """Return `path` as seen from the working directory."""
        return self._cwd / path.expanduser()

    @property
    def server(self) -> str | None:
        """The server that was named; what the command line says wins over the environment."""
        options = self._options
        is_local = options.data is not None or options.database is not None
        if options.server is not None and is_local:
            raise Invalid(
                field="--server", got="--data or --database beside it", wants="one or the other"
            )
        if is_local:
            return None
        return options.server or self._environ.get("TENANTRY_SERVER")

    @property
    def token(self) -> str | None:
        """The token that was given; without one, whoever may read the data directory is root."""
        if self._options.token is not None:
            return _checked_token(self._options.token, field="--token")
        if self.server is None and "TENANTRY_SERVER" in self._environ:
            # It goes with that server, in whose place the command line has named another.
            return None
        token = self._environ.get("TENANTRY_TOKEN")
        return None if token is None else _checked_token(token, field="TENANTRY_TOKEN")

    @contextmanager
    def http(self) -> Iterator["Http"]:
        """Yield the way to the server that was named, runs here, or is started in this process."""
        # httpx takes a while to import, and help and local commands need none of it.
        from tenantry.terminal.connection import connect_here  # noqa: PLC0415

        if self.server is not None:
            with self._named_server(self.server) as http:
                yield http
            return

        settings = self.settings()
        if not settings.data_dir.exists() and str(settings.data_dir) in settings.database_url:
            # Somebody in the wrong folder would wonder where everything has gone.
            self.output.message(f"{settings.data_dir} is new: nothing is stored there yet")
        connection = connect_here(
            settings, build=self._build, token=self.token, tenant=self._options.tenant
        )
        with connection as http:
            self._require_own_database(http)
            yield http

    @contextmanager
    def http_of_server(self) -> Iterator["Http"]:
        """Yield the way to the server that was named, or that the data directory has a record of.

        Nothing is locked or started meanwhile; raises `Unreachable` where there is no record.
        """
        from tenantry.terminal.connection import connect_recorded  # noqa: PLC0415 - as in `http`

        if self.server is not None:
            with self._named_server(self.server) as http:
                yield http
            return
        connection = connect_recorded(
            self.settings(), token=self.token, tenant=self._options.tenant
        )
        with connection as http:
            yield http

    @contextmanager
    def http_if_served(self) -> Iterator["Http | None"]:
        """Yield the way to the server that was named or runs here; else None.

        With None the data directory's lock is held, so that no server starts meanwhile.
        """
        from tenantry.terminal.connection import connect_if_served  # noqa: PLC0415 - as in `http`

        if self.server is not None:
            with self._named_server(self.server) as http:
                yield http
            return

        connection = connect_if_served(
            self.settings(), token=self.token, tenant=self._options.tenant
        )
        with connection as served:
            if served is not None:
                self._require_own_database(served)
            yield served

    def _require_own_database(self, http: "Http") -> None:
        if self._options.database is not None and not http.is_in_process:
            raise Conflict(
                f"the server at {http.address} has its own database: "
                "name another --data beside --database",
                code="data_dir_in_use",
            )

    def _named_server(self, server: str) -> AbstractContextManager["Http"]:
        from tenantry.terminal.connection import connect_to  # noqa: PLC0415 - as in `http`

        return connect_to(server, token=self.token, tenant=self._options.tenant)


def _checked_token(token: str, *, field: str) -> str:
    """Return a token that a header can carry: what is told of another one has nothing of it."""
    if _TOKEN.fullmatch(token) is None:
        # Nobody is made root by a variable that a failed command has left empty.
        got = "something else" if token else "nothing"
        raise Invalid(field=field, got=got, wants="visible ASCII characters")
    return token
