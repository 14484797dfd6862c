"""The routes of what runs behind the settings, for the OpenAPI document."""

from typing import Final

from tenantry.base.errors import Unavailable
from tenantry.configs.api.document.piece import JSON
from tenantry.configs.model import WorkerStats
from tenantry.configs.service.runtime import ProjectionReport
from tenantry.eventlog import RebuildReport
from tenantry.web import Declaration, Declarations, Envelope, Reply


def _figures(meaning: str, data: type) -> Declaration:
    return Declaration(
        replies={200: Reply(meaning=meaning, content={JSON: data})}, errors=(Unavailable,)
    )


RUNTIME: Final[Declarations] = {
    "GET /api/config/worker": _figures("Its figures.", Envelope[WorkerStats]),
    "POST /api/config/worker/restart": _figures("Its figures.", Envelope[WorkerStats]),
    "POST /api/config/worker/test": _figures("Its figures.", Envelope[WorkerStats]),
    "GET /api/config/projection": _figures("Where it stands.", Envelope[ProjectionReport]),
    "POST /api/config/projection/rebuild": _figures("What was built.", Envelope[RebuildReport]),
    "POST /api/config/projection/reconnect": _figures(
        "Where it stands.", Envelope[ProjectionReport]
    ),
}
