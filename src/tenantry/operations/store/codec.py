"""What operators did, on the wire of the log."""

from tenantry.base import Principal
from tenantry.base.codec import encode_json
from tenantry.eventlog import EventTypes, NewEvent
from tenantry.operations.model import OperatorActed
from tenantry.telemetry import current

OPERATOR_ACTED = "operations.operator_acted.v1"
EVENT_TYPES = EventTypes(present=(OPERATOR_ACTED,))


def encode_acted(acted: OperatorActed, principal: Principal) -> NewEvent:
    """Return the event that says what `principal` did, with where the request came from."""
    context = current()
    metadata = {
        "aggregate_id": acted.subject,
        "aggregate_type": "Operation",
        "actor": principal.id,
        "correlation_id": context.correlation_id,
        "causation_id": context.causation_id,
        "source": principal.source,
    }
    return NewEvent(type=OPERATOR_ACTED, data=encode_json(acted), metadata=encode_json(metadata))
