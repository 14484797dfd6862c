"""The routes of whoever runs Tenantry: probes, metrics, database, log, backup and master key."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Body
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from tenantry.base import Clock
from tenantry.base.codec import encode_json
from tenantry.base.errors import Invalid, TenantryError, Unauthenticated
from tenantry.base.instant import format_instant
from tenantry.base.principal import ALL
from tenantry.eventlog import VerifyReport
from tenantry.operations.api.document import NDJSON, OCTETS
from tenantry.operations.api.moment import NO_STORE, moment_headers
from tenantry.operations.model import (
    DatabaseStatus,
    KeyStatus,
    LogHead,
    NodeHealthReport,
    ReadinessReport,
    RotationReport,
    VerifyProgress,
)
from tenantry.operations.service import READ, Backup, Health, Keys, Operations
from tenantry.telemetry import CONTENT_TYPE, Metrics
from tenantry.vault import MasterKey
from tenantry.web import (
    PUBLIC,
    ActingPrincipal,
    Authenticator,
    Envelope,
    client_address_of,
    enveloped,
    headers_of,
    is_from_this_machine,
    negotiate,
)

T = TypeVar("T")

TAG: Final = "operations"


class VerifyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to verify the log against besides itself: `POSITION:HASH`, written down earlier."""

    expect: str | None = None


class RotateRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key that is to take the place of the setting `MASTER_KEY`: base64 of 32 bytes."""

    new_master_key: str | None = None

    def key(self) -> MasterKey | None:
        """Return the key; raises `Invalid`, which does not repeat what came."""
        if self.new_master_key is None:
            return None
        try:
            return MasterKey.from_base64(self.new_master_key)
        except ValueError:
            raise Invalid("new_master_key: wants base64 of 32 bytes") from None

    def __repr__(self) -> str:
        return "RotateRequest()"


RotateBody = Annotated[
    RotateRequest | None,
    Body(description="`new_master_key` where `MASTER_KEY` is set; a file gets a random one."),
]
VerifyBody = Annotated[VerifyRequest | None, Body()]


def probe_handlers(health: Health) -> list[ControllerRouterHandler]:
    """Return the routes that say whether this node lives, is ready and works."""

    @get("/livez", opt=PUBLIC, tags=[TAG], sync_to_thread=False)
    def livez() -> Response[dict[str, str]]:
        """Answer while the process can answer at all."""
        return Response({"status": "live"}, headers=NO_STORE)

    @get("/readyz", opt=PUBLIC, tags=[TAG])
    async def readyz() -> Response[ReadinessReport]:
        """Say whether this node may be sent requests: 200, or 503 with the reason."""
        report = await health.readiness()
        return _probed(report, is_good=report.is_ready)

    @get("/v1/health", opt=PUBLIC, tags=[TAG])
    async def health_report() -> Response[NodeHealthReport]:
        """Say whether what this node needs works: 200, or 503 naming what does not."""
        report = await health.report()
        return _probed(report, is_good=report.is_healthy)

    return [livez, readyz, health_report]


def metrics_handlers(
    metrics: Metrics, *, authenticator: Authenticator
) -> list[ControllerRouterHandler]:
    """Return the route that Prometheus scrapes: from this machine, or with credentials."""

    @get("/metrics", opt=PUBLIC, tags=[TAG])
    async def scrape(request: Request[Any, Any, Any]) -> Response[Any]:
        """Return every metric in the text format of Prometheus."""
        scope: Any = request.scope
        headers, address = headers_of(scope), client_address_of(scope)
        try:
            principal = await authenticator.authenticate(headers, address)
        except Unauthenticated:
            if not is_from_this_machine(headers, address):
                raise
        else:
            # They are of all tenants together.
            principal.authorise(ALL, READ)
        shown = await asyncio.to_thread(metrics.render)
        return Response(shown, headers={"content-type": CONTENT_TYPE, **NO_STORE})

    return [scrape]


def operations_handlers(operations: Operations, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the routes of the database, the log and its backup."""

    @get("/api/db/status", tags=[TAG])
    async def database_status(principal: ActingPrincipal) -> Envelope[DatabaseStatus]:
        """Say which migrations are applied and pending and where the log ends."""
        return enveloped(await operations.database_status(principal), clock=clock)

    @get("/api/log/head", tags=[TAG])
    async def log_head(principal: ActingPrincipal) -> Envelope[LogHead]:
        """Return the end of the log; keep `expect` elsewhere, for a later verification."""
        return enveloped(await operations.head(principal), clock=clock)

    @post("/api/log/verify", tags=[TAG], status_code=200)
    async def log_verify(
        request: Request[Any, Any, Any], principal: ActingPrincipal, data: VerifyBody = None
    ) -> Response[Any]:
        """Verify the whole log, its head, checkpoints and snapshots.

        The answer is a line of JSON for each step, `{"progress": {"done", "total"}}`, and a last
        one `{"report": …}`, or `{"error": …}` where it broke off. With `Accept: application/json`
        it is one envelope, sent when all is done.
        """
        steps = operations.verify(principal, expect=data.expect if data else None)
        # The first step is taken here, so that a refusal is still an answer of its own.
        first = await anext(steps)

        accept = headers_of(request.scope).get(b"accept")
        if negotiate(accept, default="plain") != "envelope":
            return Stream(_verify_lines(first, steps), media_type=NDJSON, headers=NO_STORE)

        async for step in steps:
            first = step
        return Response(enveloped(first, clock=clock))

    @get("/api/backup", tags=[TAG])
    async def take_backup(principal: ActingPrincipal) -> Stream:
        """Return a backup of everything up to now, taken while the server works.

        `X-Position` is the last position in it. The file ends with a digest: one that was cut off
        is refused by `tenantry restore`.
        """
        backup = await operations.backup(principal)
        headers = {
            "content-disposition": f'attachment; filename="{_file_name(backup)}"',
            "x-position": str(backup.header.position),
            **NO_STORE,
        }
        return Stream(backup.stream(), media_type=OCTETS, headers=headers)

    return [database_status, log_head, log_verify, take_backup]


def key_handlers(keys: Keys, *, clock: Clock) -> list[ControllerRouterHandler]:
    """Return the routes of the master key."""

    @get("/api/keys/status", tags=[TAG])
    async def key_status(principal: ActingPrincipal) -> Envelope[KeyStatus]:
        """Say how many data keys there are, and under which master key; nothing secret."""
        return enveloped(await keys.status(principal), clock=clock)

    @post("/api/keys/rotate-master", tags=[TAG], status_code=200)
    async def rotate_master_key(
        principal: ActingPrincipal, data: RotateBody = None
    ) -> Envelope[RotationReport]:
        """Wrap all data keys under a new master key, which takes the place of the present one."""
        return enveloped(await keys.rotate(principal, data.key() if data else None), clock=clock)

    return [key_status, rotate_master_key]


async def _verify_lines(
    first: VerifyProgress | VerifyReport, rest: AsyncIterator[VerifyProgress | VerifyReport]
) -> AsyncIterator[bytes]:
    yield _line(first)
    try:
        async for step in rest:
            yield _line(step)
    except TenantryError as error:
        # The status is out already; the last line is what tells.
        yield encode_json({"error": {"code": error.code, "message": error.message}}) + b"\n"


def _line(step: VerifyProgress | VerifyReport) -> bytes:
    key = "progress" if isinstance(step, VerifyProgress) else "report"
    return encode_json({key: step}) + b"\n"


def _probed(report: T, *, is_good: bool) -> Response[T]:
    status = 200 if is_good else 503
    return Response(report, status_code=status, headers=moment_headers(status))


def _file_name(backup: Backup) -> str:
    created = format_instant(backup.header.created_at).partition(".")[0]
    stamp = created.replace("-", "").replace(":", "")
    return f"tenantry-{stamp}Z-{backup.header.position}.backup"
