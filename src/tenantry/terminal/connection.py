"""Where a command is answered: a server that was named, the one that runs here, or this process."""

import secrets
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import msgspec

from tenantry.base.errors import Conflict, Invalid
from tenantry.settings import Settings
from tenantry.terminal.errors import Unreachable
from tenantry.terminal.http import Http
from tenantry.terminal.in_process import running_in_process
from tenantry.terminal.lock import ServerLock, ServerRecord
from tenantry.terminal.served import ServedFactory

CONNECTIONS = 32

_TIMEOUT = httpx.Timeout(120.0, connect=5.0)
_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.05


@contextmanager
def connect_to(
    server: str, *, token: str | None, tenant: str | None, is_local: bool = False
) -> Iterator[Http]:
    """Yield the way to the server at the URL `server`."""
    address = server if "://" in server else f"http://{server}"
    try:
        client = httpx.Client(
            base_url=address,
            headers=_headers(token=token, tenant=tenant),
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            # A proxy stands between this machine and others, not between it and itself.
            trust_env=not is_local,
            # Without TLS nobody is verified, and to read all authorities would take 20 ms.
            verify=True if httpx.URL(address).scheme == "https" else _trusting_nobody(),
        )
    except (httpx.InvalidURL, ValueError) as error:
        raise Invalid(field="--server", got=server, wants=f"a URL: {error}") from error

    with client:
        yield Http(client=client)


@contextmanager
def connect_here(
    settings: Settings, *, build: ServedFactory, token: str | None, tenant: str | None
) -> Iterator[Http]:
    """Yield the way to whatever works on the data directory of `settings`.

    That is the server which holds its lock; where nobody does, this process takes the lock and is
    its own server meanwhile. Another command that holds it is waited for. Without a `token` its
    local one is shown, as in the functions below.
    """
    with connect_if_served(settings, token=token, tenant=tenant) as served:
        if served is not None:
            yield served
            return
        with _connect_in_process(settings, build=build, token=token, tenant=tenant) as http:
            yield http


@contextmanager
def connect_recorded(
    settings: Settings, *, token: str | None, tenant: str | None
) -> Iterator[Http]:
    """Yield the way to the server that has left its record; whether it is alive is to be seen.

    Raises `Unreachable` where there is no record.
    """
    record = ServerRecord.read(settings.data_dir)
    if record is None:
        raise Unreachable(f"no server runs on {settings.data_dir}")
    with _connect_to_recorded(record, token=token, tenant=tenant) as http:
        yield http


@contextmanager
def connect_if_served(
    settings: Settings, *, token: str | None, tenant: str | None
) -> Iterator[Http | None]:
    """Yield the way to the server of the data directory, or None: then its lock is ours."""
    lock = ServerLock(data_dir=settings.data_dir)
    record = _acquire_or_find(lock, settings.data_dir)
    if record is not None:
        with _connect_to_recorded(record, token=token, tenant=tenant) as http:
            yield http
        return

    try:
        yield None
    finally:
        lock.release()


def _acquire_or_find(lock: ServerLock, data_dir: Path) -> ServerRecord | None:
    """Take the lock and return None, or return the record of the server that holds it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        if lock.try_acquire():
            return None
        if (record := ServerRecord.read(data_dir)) is not None:
            return record
        if time.monotonic() >= deadline:
            raise Conflict(
                f"another process works on {data_dir} and answers no requests",
                code="data_dir_in_use",
            )
        time.sleep(_PAUSE_SECONDS)


def _connect_to_recorded(
    record: ServerRecord, *, token: str | None, tenant: str | None
) -> AbstractContextManager[Http]:
    return connect_to(record.address, token=token or record.token, tenant=tenant, is_local=True)


@contextmanager
def _connect_in_process(
    settings: Settings, *, build: ServedFactory, token: str | None, tenant: str | None
) -> Iterator[Http]:
    local_token = secrets.token_urlsafe(32)
    # Without a port nobody else can ask; with the token it does not matter which host is asked for.
    own = msgspec.structs.replace(settings, dev=False)
    with running_in_process(lambda: build(own, local_token)) as transport:
        client = httpx.Client(
            transport=transport,
            base_url="http://127.0.0.1",
            headers=_headers(token=token or local_token, tenant=tenant),
            timeout=None,  # noqa: S113 - it is this process that would have to hang
        )
        with client:
            yield Http(client=client, is_in_process=True)


def _trusting_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _headers(*, token: str | None, tenant: str | None) -> Mapping[str, str]:
    headers = {"User-Agent": "tenantry-cli"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if tenant is not None:
        if not (tenant.isascii() and tenant.isprintable()):
            raise Invalid(field="--tenant", got=ascii(tenant), wants="the id of a tenant")
        headers["X-Tenant-ID"] = tenant
    return headers
