"""Use cases of clients."""

from tenantry.clients.service.applying import Applying, Manner
from tenantry.clients.service.clients import AT_ONCE, ClientContext, Clients
from tenantry.clients.service.declaring import READ, Declaring
from tenantry.clients.service.drifting import ClientDrift
from tenantry.clients.service.folder import ClientFolder
from tenantry.clients.service.front_ends import FrontEnds, Served
from tenantry.clients.service.ledger import ClientLedger
from tenantry.clients.service.narration import ClientNarration
from tenantry.clients.service.planning import Planning
from tenantry.clients.service.request_size import refuse_too_many
from tenantry.clients.service.views import DEFAULT_LIMIT, MAX_LIMIT, ClientPage, ClientViews

__all__ = [
    "AT_ONCE",
    "DEFAULT_LIMIT",
    "MAX_LIMIT",
    "READ",
    "Applying",
    "ClientContext",
    "ClientDrift",
    "ClientFolder",
    "ClientLedger",
    "ClientNarration",
    "ClientPage",
    "ClientViews",
    "Clients",
    "Declaring",
    "FrontEnds",
    "Manner",
    "Planning",
    "Served",
    "refuse_too_many",
]
