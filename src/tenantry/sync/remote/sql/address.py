"""From the URL of a database to its engine: as far as its address may be reached."""

import socket
import sqlite3
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from tenantry.sync.errors import NetworkError, ValidationError
from tenantry.sync.remote.folder import path_within
from tenantry.sync.remote.reach import OutOfReach, Reach

CONNECTIONS: Final = 4
"""To one source, by one run."""

_CONNECT_SECONDS: Final = 10
_LIBPQ: Final = frozenset({"psycopg", "psycopg2"})
# A driver that opens a file, or asks something other than an address, would be a way around.
_SERVERS: Final = frozenset(
    {"cockroachdb", "mariadb", "mssql", "mysql", "oracle", "postgresql", "redshift"}
)
_SOCKETS: Final = frozenset({"host", "unix_socket"})
_PARAMETERS: Final = frozenset(
    {"application_name", "charset", "service_name", "sslmode", "ssl_disabled", *_SOCKETS}
)


def engine_at(text: str, *, reach: Reach, tenant_id: str, timeout_seconds: float) -> Engine:
    """Return the engine of a database; raises a `SyncError`, which tells none of the URL.

    The host is looked up here, once, and it is that very address that is connected to.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValidationError("url: is no URL of a database") from None

    backend = url.get_backend_name()
    if backend == "sqlite":
        return _sqlite(url, reach=reach, tenant_id=tenant_id)
    if backend not in _SERVERS:
        known = ", ".join(sorted({"sqlite", *_SERVERS}))
        raise ValidationError(f"url: databases of this kind are not read, wants one of {known}")
    return _server(url, reach=reach, timeout_seconds=timeout_seconds)


def _server(url: URL, *, reach: Reach, timeout_seconds: float) -> Engine:
    unknown = sorted(set(url.query) - _PARAMETERS)
    if unknown:
        wants = ", ".join(sorted(_PARAMETERS))
        raise ValidationError(f"url: got the parameter {unknown[0][:60]}, wants one of {wants}")

    unix = [value for name in sorted(_SOCKETS) if (value := url.query.get(name))]
    if unix:
        _check_socket(unix[0], reach)
        address = ""
    else:
        address = _address_of(url.host, reach)
    arguments = _arguments(url, address, timeout_seconds)
    # The name stays where the driver takes the address beside it, as TLS checks the name.
    pinned = url if unix or "hostaddr" in arguments else url.set(host=address)
    return _engine(pinned, connect_args=arguments)


def _engine(url: URL, **options: Any) -> Engine:
    try:
        if url.get_dialect().is_async:
            raise ValidationError(f"url: the driver {_driver(url)} is asynchronous, wants another")
        engine = create_engine(
            url,
            hide_parameters=True,
            poolclass=QueuePool,
            pool_size=CONNECTIONS,
            max_overflow=0,
            **options,
        )
    except (ImportError, NoSuchModuleError):
        told = f"the driver {_driver(url)} is not installed here"
        hint = "install it beside tenantry[sources], or name another, as in mysql+pymysql://"
        raise ValidationError(f"url: {told}; {hint}") from None
    except (ArgumentError, TypeError, ValueError):
        raise ValidationError("url: is no URL that this driver takes") from None

    if url.get_backend_name() in ("mysql", "mariadb"):
        event.listen(engine, "connect", _keep_read_only)
    return engine.execution_options(postgresql_readonly=True) if _is_postgres(url) else engine


def _sqlite(url: URL, *, reach: Reach, tenant_id: str) -> Engine:
    if url.get_driver_name() != "pysqlite" or url.host or url.query:
        raise ValidationError("url: wants sqlite:///PATH, within SYNC_FILES_ROOT")
    path = path_within(reach, tenant_id, url.database or "")
    return _engine(URL.create("sqlite"), creator=lambda: _open_sqlite(path))


def _open_sqlite(path: Path) -> sqlite3.Connection:
    name = f"file:{quote(str(path))}?mode=ro"
    connection = sqlite3.connect(name, uri=True, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _check_socket(path: str | tuple[str, ...], reach: Reach) -> None:
    if not isinstance(path, str) or not path.startswith("/"):
        raise ValidationError("url: the host belongs before the database, wants one")
    if not reach.allows_loopback:
        raise ValidationError("url: is a socket of this machine, which sources may not reach")


def _address_of(host: str | None, reach: Reach) -> str:
    """Return the address of a host that may be connected to."""
    # Without one a driver asks its environment, and some take several.
    if not host or "," in host or host.startswith("/"):
        raise ValidationError("url: wants one host")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        reach.check(addresses)
    except OutOfReach:
        told = "is no public address, and in none of SYNC_ALLOWED_NETWORKS"
        raise ValidationError(f"url: {host} {told}") from None
    except (OSError, UnicodeError):
        raise NetworkError(f"url: {host} has no address") from None
    return addresses[0]


def _arguments(url: URL, address: str, timeout_seconds: float) -> dict[str, Any]:
    """Return what the driver is told besides the URL."""
    if not _is_postgres(url) or url.get_driver_name() not in _LIBPQ:
        return {}
    milliseconds = max(1, round(timeout_seconds * 1000))
    arguments: dict[str, Any] = {
        "hostaddr": address,
        "connect_timeout": _CONNECT_SECONDS,
        "options": f"-c statement_timeout={milliseconds}",
        # Neither of the passwords that this machine may have for itself.
        "passfile": "/dev/null",
    }
    if url.password is None:
        arguments["password"] = ""
    return arguments


def _keep_read_only(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET SESSION TRANSACTION READ ONLY")
    cursor.close()


def _is_postgres(url: URL) -> bool:
    return url.get_backend_name() in ("postgresql", "cockroachdb", "redshift")


def _driver(url: URL) -> str:
    return url.drivername[:60]
