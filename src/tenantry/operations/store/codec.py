"""What operators did, on the wire of the log."""

from tenantry.base import Principal
from tenantry.base.codec import encode_json
from tenantry.eventlog import EventTypes, NewEvent, cause_by
from tenantry.operations.model import OperatorActed

OPERATOR_ACTED = "operations.operator_acted.v1"
EVENT_TYPES = EventTypes(present=(OPERATOR_ACTED,))


def encode_acted(acted: OperatorActed, principal: Principal) -> NewEvent:
    """Return the event that says what `principal` did, with where the request came from."""
    cause = cause_by(principal, subject=acted.subject, kind="Operation")
    return NewEvent(type=OPERATOR_ACTED, data=encode_json(acted), metadata=cause.encode())
