"""Where updaters work: in this process, or in the server that works on the data directory."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Final

import msgspec

from tenantry.app import Application, build_application
from tenantry.base.errors import Conflict
from tenantry.sdk.access.acting import Acting
from tenantry.sdk.access.sender import Sender
from tenantry.sdk.connection import Connection
from tenantry.sdk.http import Http
from tenantry.sdk.reply import Reply
from tenantry.sdk.request import Request
from tenantry.sdk.retry import Retry
from tenantry.sdk.updater.nouns import Updaters
from tenantry.sdk.updater.requests import UpdaterRequests
from tenantry.settings import Settings
from tenantry.terminal import ServerLock, ServerRecord
from tenantry.terminal.in_process import running_in_process
from tenantry.updater import BaseUpdater

_PATIENCE_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.05
_TIMEOUT_SECONDS: Final = 30.0
_OWN_ADDRESS: Final = "http://127.0.0.1"
_REFUSALS: Final = frozenset(range(300, 600))


class Place:
    """The way to the updaters of one tenant; safe to share between threads."""

    def __init__(self, http: Http, acting: Acting, *, is_own: bool) -> None:
        self.is_own = is_own
        self.acting = acting
        self._http = http
        self.sender = Sender(http, acting)
        self.updaters = Updaters(self.sender, UpdaterRequests(acting))

    def forward(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """Send somebody else's request as it is, by their own token, and return any answer."""
        request = Request(
            method=method,
            target=target,
            headers=tuple(headers.items()),
            body=body,
            is_repeatable=False,
            accepts=_REFUSALS,
            wait_seconds=_TIMEOUT_SECONDS,
            read=lambda reply: reply,
        )
        return self._http.send(request)


@contextmanager
def opened_place(
    settings: Settings, *, tenant_id: str, has_worker: bool, updaters: Sequence[BaseUpdater]
) -> Iterator[Place]:
    """Yield the way to updaters; where no server has the data directory, this process takes it.

    `has_worker` says that schedules are carried out here; `updaters` are the program's own, which
    a server has to know by itself: raises `Conflict` where there is one. Also where another process
    works on the data directory that answers nobody.
    """
    with ExitStack() as stack:
        lock = ServerLock(data_dir=settings.data_dir)
        record = _acquire_or_find(lock, settings)
        if record is not None:
            yield stack.enter_context(_server(record, tenant_id=tenant_id))
            return
        stack.callback(lock.release)
        token = secrets.token_urlsafe(32)
        build = _builder(settings, token, has_worker=has_worker, updaters=updaters)
        transport = stack.enter_context(running_in_process(build))
        connection = Connection(server=_OWN_ADDRESS, tenant=tenant_id, transport=transport)
        yield stack.enter_context(_connected(connection, token, tenant_id, is_own=True))


def recorded_place(settings: Settings, *, tenant_id: str) -> AbstractContextManager[Place] | None:
    """Return the way to the server that has left its record; None where there is none."""
    record = ServerRecord.read(settings.data_dir)
    return None if record is None else _server(record, tenant_id=tenant_id)


def _builder(
    settings: Settings, token: str, *, has_worker: bool, updaters: Sequence[BaseUpdater]
) -> Callable[[], Application]:
    roles = ("web", "worker") if has_worker else ("web",)
    own = msgspec.structs.replace(
        settings,
        roles=roles,
        # Who asks through another program's port shows a key: that port may be anybody's.
        dev=False,
        metrics_port=None,
        # The program that asks is this one.
        api_rate_limit=0,
    )

    def build() -> Application:
        application = build_application(own, local_token=token)
        for updater in updaters:
            application.updater_parts.registry.register(updater)
        return application

    return build


def _server(record: ServerRecord, *, tenant_id: str) -> AbstractContextManager[Place]:
    connection = Connection(server=record.address, tenant=tenant_id)
    return _connected(connection, record.token, tenant_id, is_own=False)


@contextmanager
def _connected(
    connection: Connection, token: str, tenant_id: str, *, is_own: bool
) -> Iterator[Place]:
    http = Http(connection, timeout_seconds=_TIMEOUT_SECONDS, retry=Retry())
    try:
        yield Place(http, Acting(token=token, tenant=tenant_id), is_own=is_own)
    finally:
        http.close()


def _acquire_or_find(lock: ServerLock, settings: Settings) -> ServerRecord | None:
    """Take the lock and return None, or return the record of the server that holds it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not lock.try_acquire():
        record = ServerRecord.read(settings.data_dir)
        if record is not None:
            return record
        if time.monotonic() >= deadline:
            raise Conflict(
                f"another process works on {settings.data_dir} and answers no requests",
                code="data_dir_in_use",
            )
        time.sleep(_PAUSE_SECONDS)
    return None
