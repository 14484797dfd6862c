"""What the peer takes for the very same rows: `dlt`, into the same kind of database.

It is asked to do what a sync does, to merge by the same keys, and given what makes it quickest
here: no child tables, pages and not rows handed on, as many rows a request as we ask for. What it
takes to import it, and to make its pipeline, is not counted.
"""

import os
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
import psycopg

from bench.start_upstream import PAGE_ROWS

WARM_UP: Final = "small-0"
"""A tenant whose rows are loaded first, and not counted."""

_KEYS: Final = {
    "organizations": "orgCode",
    "roles": "roleId",
    "users": "userId",
    "roleAssignments": "assignmentId",
}
_PATHS: Final = {"roleAssignments": "role-assignments"}


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The seconds that a tenant's rows took when they were new, and when they were not."""

    first: float
    again: float


def loaded(url: str, folder: str, base_url: str, tenant: str) -> Loaded:
    """Load a tenant's rows, and once more, after those of another one to warm up."""
    warnings.simplefilter("ignore")
    os.environ |= {
        "DLT_DATA_DIR": folder,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
    }
    _seconds(*_pipeline(url, folder, base_url, WARM_UP))
    load = _pipeline(url, folder, base_url, tenant)
    return Loaded(first=_seconds(*load), again=_seconds(*load))


def _seconds(pipeline: Any, resources: Sequence[Any]) -> float:
    started_at = time.perf_counter()
    info = pipeline.run(resources)
    seconds = time.perf_counter() - started_at
    assert not info.has_failed_jobs, info
    return seconds


def _pipeline(url: str, folder: str, base_url: str, tenant: str) -> tuple[Any, Sequence[Any]]:
    """Return a pipeline into a schema of the tenant's own, and what it is to load."""
    import dlt  # noqa: PLC0415 - slow to import, and not by us

    destination: Any
    if url.startswith("sqlite"):
        # It makes one file for each schema, and its own workers would wait for each other's locks.
        os.environ["LOAD__WORKERS"] = "1"
        destination = dlt.destinations.sqlalchemy(f"sqlite:///{Path(folder) / tenant}.db")
    else:
        destination = dlt.destinations.postgres(_credentials(url))
    pipeline = dlt.pipeline(
        f"bench_{tenant}",
        pipelines_dir=str(Path(folder) / "pipelines"),
        destination=destination,
        dataset_name=tenant.replace("-", "_"),
    )
    resources = [
        dlt.resource(
            _pages(f"{base_url}/tenants/{tenant}/{_PATHS.get(name, name)}"),
            name=name,
            primary_key=key,
            write_disposition="merge",
            max_table_nesting=0,
        )
        for name, key in _KEYS.items()
    ]
    return pipeline, resources


def _credentials(url: str) -> dict[str, Any]:
    """Return what the peer wants to be told one by one; a socket's folder can be a host."""
    known = psycopg.conninfo.conninfo_to_dict(url)
    return {
        "drivername": "postgresql",
        "username": known["user"],
        "password": known.get("password") or "none",
        "host": quote(str(known["host"]), safe=""),
        "port": int(known.get("port") or 5432),
        "database": known["dbname"],
    }


def _pages(url: str) -> Any:
    def pages() -> Iterator[list[dict[str, Any]]]:
        from dlt.sources.helpers import requests  # noqa: PLC0415 - as above

        page, page_count = 1, 1
        while page <= page_count:
            answer = requests.get(url, params={"page": page, "limit": PAGE_ROWS}).json()
            page_count = answer["pagination"]["totalPages"]
            yield answer["data"]
            page += 1

    return pages
