"""Opening a source, whatever kind it is."""

from typing import TYPE_CHECKING, Final

from tenantry.base import Clock, SystemClock
from tenantry.sync.errors import ValidationError
from tenantry.sync.model import FilesSource, HttpSource, Source, SqlSource
from tenantry.sync.remote.files import FilesReader
from tenantry.sync.remote.port import OpenSource, SecretReader
from tenantry.sync.remote.reach import Reach

if TYPE_CHECKING:
    from tenantry.sync.remote.http import HttpPool

_SYSTEM_CLOCK: Final = SystemClock()


async def open_source(
    source: Source,
    *,
    tenant_id: str,
    correlation_id: str,
    secret: SecretReader,
    pool: "HttpPool",
    reach: Reach,
    clock: Clock = _SYSTEM_CLOCK,
) -> OpenSource:
    """Open `source` for one run of a tenant; whoever opens it closes it.

    Raises a `SyncError` where it cannot be opened: out of reach, a secret or a driver missing.
    """
    match source:
        case HttpSource():
            from tenantry.sync.remote.http import HttpReader  # noqa: PLC0415 - aiohttp is slow

            return HttpReader(
                source=source,
                tenant_id=tenant_id,
                correlation_id=correlation_id,
                secret=secret,
                pool=pool,
                clock=clock,
            )
        case FilesSource():
            return FilesReader(source=source, tenant_id=tenant_id, reach=reach)
        case SqlSource():
            return await _open_sql(source, tenant_id=tenant_id, secret=secret, reach=reach)


async def _open_sql(
    source: SqlSource, *, tenant_id: str, secret: SecretReader, reach: Reach
) -> OpenSource:
    try:
        from tenantry.sync.remote.sql import SqlReader  # noqa: PLC0415 - optional, and slow
    except ImportError:
        told = "reading databases needs SQLAlchemy: install tenantry[sources]"
        raise ValidationError(f"source: {told}") from None
    return await SqlReader.open(source, tenant_id=tenant_id, secret=secret, reach=reach)
