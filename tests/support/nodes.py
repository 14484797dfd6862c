"""A node for tests: everything composed as in production, asked over HTTP without a port."""

import io
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import structlog

from tenantry.app import MAX_BODY_BYTES, Application, build_application
from tenantry.base import Principal, root_principal
from tenantry.configs import (
    ConfigRuntime,
    ConfigStateProjection,
    ConfigStore,
    ConfigUpdateWorker,
    ConfigWatches,
)
from tenantry.configs.api import ConfigDoor, config_handlers, runtime_handlers
from tenantry.db import Transaction, open_database
from tenantry.eventlog import EventLog, ProjectionRunner
from tenantry.settings import load_settings
from tenantry.telemetry import LogSink, configure_logging
from tenantry.tenants import Passwords
from tenantry.testing import FakeClock
from tenantry.web import (
    AsgiApp,
    Authenticator,
    Cors,
    DevelopmentAuthenticator,
    Frame,
    Headers,
    LoopbackOrigins,
    Tenancy,
    WebApp,
)

ROOT = root_principal(source="test")
JSON = {"Accept": "application/json"}

_BASE_URL = "http://127.0.0.1"
# Of those that the product has, one would take as long as the rest of most tests.
_CHEAP_HASH_KIB = 64


class Node:
    """One node on a database, with a clock of its own.

    `http` asks it as a client does; that, and whatever else belongs to a running node, is new
    after a `restart`. With `DEV=False` everybody has to prove who they are, and who shows
    `local_token` is root. Passwords have cheap hashes unless it `has_real_hashes`.
    """

    def __init__(
        self,
        *,
        url: str,
        folder: Path,
        clock: FakeClock | None = None,
        local_token: str | None = None,
        has_real_hashes: bool = False,
        **settings: object,
    ) -> None:
        self.clock = clock or FakeClock()
        self._local_token = local_token
        self._has_real_hashes = has_real_hashes
        named = {"DEFAULT_TENANT": "default", **settings}
        overrides = {"DATABASE_URL": url, "DEV": True, "API_PORT": 0, **named}
        self._settings = load_settings({}, cwd=folder, overrides=overrides, is_terminal=False)
        self._clients = AsyncExitStack()
        self._compose()

    @property
    def store(self) -> ConfigStore:
        """The settings, without HTTP."""
        return self.app.config_store

    @property
    def worker(self) -> ConfigUpdateWorker:
        """The update worker."""
        return self.app.config_worker

    @property
    def runner(self) -> ProjectionRunner:
        """What keeps the tree at the end of the log."""
        return self.app.config_runner

    @property
    def projection(self) -> ConfigStateProjection:
        """The tree."""
        projection = self.runner.projection
        assert isinstance(projection, ConfigStateProjection)
        return projection

    @property
    def log(self) -> EventLog:
        """The event log."""
        return self.app.log

    async def start(self) -> None:
        """Start it; returns when it is ready."""
        await self.app.start()

    async def stop(self) -> None:
        """Stop it."""
        await self._clients.aclose()
        await self.app.stop()

    async def restart(self, *, with_snapshot: bool = True) -> None:
        """Stop it and start what a new process would; without a snapshot it replays everything."""
        await self.stop()
        if not with_snapshot:
            await self.forget_snapshots()
        self.renew()
        await self.start()

    def renew(self) -> None:
        """Compose what a new process would, after a stop."""
        self._compose()

    async def forget_snapshots(self) -> None:
        """Delete what a stop has stored, so that the next start replays everything."""
        database = open_database(self._settings.database_url)
        await database.start()
        try:
            await database.administer(_delete_snapshots)
        finally:
            await database.stop()

    def configs(self, tenant_id: str = "default") -> "ConfigClient":
        """Return a client of one tenant's settings."""
        return ConfigClient(self.http, tenant_id=tenant_id)

    def around_the_door(self) -> httpx.AsyncClient:
        """Return a client of the same settings, without the hot door in front of the routes."""
        routes = self._routes(DevelopmentAuthenticator(), self.app.config_watches)
        return self._client(self._framed(routes))

    def asked_from(self, address: str) -> httpx.AsyncClient:
        """Return a client whose requests seem to come from `address`."""
        return self._client(self.app.asgi, address)

    def asked_by(self, principal: Principal) -> httpx.AsyncClient:
        """Return a client of the settings that is this principal, whatever it sends."""
        return self._client(self.served_to(principal))

    def served_to(self, principal: Principal, watches: ConfigWatches | None = None) -> AsgiApp:
        """Return the application, with all about settings, to which everybody is `principal`."""
        authenticator = _Known(principal)
        door = ConfigDoor(
            self._routes(authenticator, watches or self.app.config_watches),
            store=self.store,
            authenticator=authenticator,
            tenancy=Tenancy(default_tenant=self._settings.default_tenant),
            clock=self.clock,
        )
        return self._framed(door)

    def _routes(self, authenticator: Authenticator, watches: ConfigWatches) -> WebApp:
        runtime = ConfigRuntime(log=self.log, runner=self.runner, worker=self.worker)
        return WebApp(
            handlers=[
                *config_handlers(self.store, watches),
                *runtime_handlers(runtime, clock=self.clock),
            ],
            authenticator=authenticator,
            clock=self.clock,
            tenancy=Tenancy(default_tenant=self._settings.default_tenant),
            tags={},
            declarations={},
        )

    def _framed(self, app: AsgiApp) -> Frame:
        return Frame(
            app,
            accounts=self.app.accounts,
            clock=self.clock,
            cors=Cors(origins=LoopbackOrigins()),
            max_body_bytes=MAX_BODY_BYTES,
        )

    def _compose(self) -> None:
        self._clients = AsyncExitStack()
        self.app: Application = build_application(
            self._settings,
            clock=self.clock,
            local_token=self._local_token,
            passwords=None if self._has_real_hashes else Passwords(memory_kib=_CHEAP_HASH_KIB),
        )
        self.http = self._client(self.app.asgi)

    def _client(self, app: Any, address: str = "127.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=app, client=(address, 1))
        client = httpx.AsyncClient(transport=transport, base_url=_BASE_URL)
        self._clients.push_async_callback(client.aclose)
        return client


class _Known:
    """Knows everybody to be one principal."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal

    def recognise(self, headers: Headers, client_address: str) -> Principal:  # noqa: ARG002 - the port's
        """Return it."""
        return self._principal

    async def authenticate(self, headers: Headers, client_address: str) -> Principal:  # noqa: ARG002 - the port's
        """Return it."""
        return self._principal


class ConfigClient:
    """The routes of settings, for one tenant, under one of their two prefixes."""

    def __init__(self, http: httpx.AsyncClient, *, tenant_id: str, prefix: str = "/config") -> None:
        self.tenant_id = tenant_id
        self._http = http
        self._prefix = prefix

    def under(self, prefix: str) -> "ConfigClient":
        """Return the same client under another prefix."""
        return ConfigClient(self._http, tenant_id=self.tenant_id, prefix=prefix)

    async def ask(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        """Send any request below the prefix."""
        headers = {"X-Tenant-ID": self.tenant_id, **options.pop("headers", {})}
        return await self._http.request(method, self._prefix + path, headers=headers, **options)

    async def put(self, name: str, value: object, **headers: str) -> httpx.Response:
        """Store a JSON value."""
        body = msgspec.json.encode({"value": value})
        return await self.put_raw(name, body, **headers)

    async def put_raw(self, name: str, body: bytes, **headers: str) -> httpx.Response:
        """Send `body` as it is; a header `if_match` is `If-Match`."""
        return await self.ask("PUT", path_of(name), content=body, headers=_headers(headers))

    async def get(self, name: str, **headers: str) -> httpx.Response:
        """Read a value."""
        return await self.ask("GET", path_of(name), headers=_headers(headers))

    async def show(self, name: str) -> dict[str, Any]:
        """Read the JSON form of what is there."""
        found: dict[str, Any] = (await self.get(name, **JSON)).json()
        return found

    async def delete(self, name: str, **headers: str) -> httpx.Response:
        """Delete a value."""
        return await self.ask("DELETE", path_of(name), headers=_headers(headers))

    async def at(self, name: str, timestamp: str) -> httpx.Response:
        """Read a value as it was."""
        return await self.ask("GET", f"{path_of(name)}/at/{quote(timestamp)}")

    async def items(self, **query: object) -> list[dict[str, Any]]:
        """List what is there."""
        params = {name: str(value) for name, value in query.items()}
        answer = await self.ask("GET", params=params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()
        return items

    async def tree(self, **query: object) -> dict[str, Any]:
        """List what is there, by name."""
        return {item["name"]: item["value"] for item in await self.items(**query)}

    async def history(self, name: str) -> list[dict[str, Any]]:
        """Read all that ever happened to a name."""
        answer = await self.ask("GET", f"{path_of(name)}/history")
        assert answer.status_code == 200, answer.text
        records: list[dict[str, Any]] = answer.json()
        return records


class Journal:
    """The log lines of this process, while it is recorded."""

    def __init__(self, sink: LogSink, stream: io.BytesIO) -> None:
        self._sink = sink
        self._stream = stream

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line so far, but for what the client of the tests says itself."""
        self._sink.flush()
        lines = [msgspec.json.decode(line) for line in self._stream.getvalue().splitlines()]
        return [line for line in lines if line.get("logger") != "httpx"]

    @property
    def text(self) -> str:
        """All that was written so far."""
        self._sink.flush()
        return self._stream.getvalue().decode()

    def events(self, *, after: int = 0) -> list[str]:
        """Every line behind the first `after`, as `[level] message`."""
        return [f"[{line['level']}] {line['event']}" for line in self.lines[after:]]


@asynccontextmanager
async def running_node(
    *,
    url: str,
    folder: Path,
    clock: FakeClock | None = None,
    local_token: str | None = None,
    has_real_hashes: bool = False,
    **settings: object,
) -> AsyncIterator[Node]:
    """Start a node on the database of `url`, and stop it in the end."""
    node = Node(
        url=url,
        folder=folder,
        clock=clock,
        local_token=local_token,
        has_real_hashes=has_real_hashes,
        **settings,
    )
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


@contextmanager
def recorded_journal() -> Iterator[Journal]:
    """Record what this process logs, and leave logging as it was found."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    stream = io.BytesIO()
    sink = configure_logging(level="info", format="json", stream=stream)
    try:
        yield Journal(sink, stream)
    finally:
        sink.stop()
        root.setLevel(level)
        root.handlers[:] = handlers
        structlog.reset_defaults()


def principal(tenant_id: str, *permissions: str, name: str = "somebody") -> Principal:
    """Return somebody who may do just that."""
    return Principal(
        id=name, tenant_id=tenant_id, permissions=frozenset(permissions), source="test"
    )


def path_of(name: str) -> str:
    """Return the path of a name below the prefix."""
    return "/" + quote(name, safe="")


def _headers(named: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in named.items()}


def _delete_snapshots(tx: Transaction) -> None:
    tx.connection.execute("DELETE FROM snapshots")
