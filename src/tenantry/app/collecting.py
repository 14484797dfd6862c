"""What collects, built from the settings; the process that it runs in is the server's business."""

from tenantry import collector, operations
from tenantry.app.node import name_of_this_node
from tenantry.base import SystemClock
from tenantry.base.errors import Invalid
from tenantry.db import Database, open_database
from tenantry.settings import Settings

COLLECTED_FILE = "collector.sqlite"


def collected_database(settings: Settings) -> Database:
    """Return the database that what is collected is in, not opened yet.

    On SQLite it is a file of its own, which several processes may open.
    """
    if settings.database_url.startswith("sqlite:"):
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return open_database(
            f"sqlite:///{settings.data_dir / COLLECTED_FILE}",
            readers=settings.db_readers,
            queue_max=settings.db_queue_max,
            query_timeout_seconds=settings.db_query_timeout_ms / 1000,
            is_shared=True,
        )
    return operations.database_of(settings)


def collecting_tenant(settings: Settings) -> str:
    """Return the tenant that what is collected belongs to."""
    return settings.collector_tenant


def build_collector(settings: Settings, database: Database) -> collector.Collector:
    """Return what collects, not started yet; raises `Invalid` where the dictionary is none."""
    clock, node, tenant_id = SystemClock(), name_of_this_node(), collecting_tenant(settings)
    wanted = collector.Wanted(
        endpoints=settings.jetstream_endpoint,
        collections=collector.wanted_collections(settings.jetstream_collection),
        dids=settings.jetstream_dids or (),
    )
    connector = collector.Connector(
        wire=None if settings.jetstream_wire == "auto" else settings.jetstream_wire,
        is_compressed=settings.jetstream_compress,
        dictionary=_dictionary(settings),
    )
    return collector.Collector(
        tenant_id=tenant_id,
        wanted=wanted,
        database=database,
        connector=connector,
        claim=collector.Claim(tenant_id=tenant_id, database=database, node=node, clock=clock),
        pulsing=collector.Pulsing(tenant_id=tenant_id, database=database, node=node, clock=clock),
        clock=clock,
    )


def _dictionary(settings: Settings) -> bytes | None:
    file = settings.jetstream_zstd_dictionary
    if file is None:
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(
            field="JETSTREAM_ZSTD_DICTIONARY", got=f"{file} ({error.strerror})", wants="a file"
        ) from error
