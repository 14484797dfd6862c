"""Who caused an event, where, and what it is about: the metadata of every event."""

from typing import Final

import msgspec

from tenantry.base import Principal
from tenantry.telemetry import current

_ENCODER: Final = msgspec.json.Encoder()


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What the metadata of an event say; of an event that says less, less is known.

    `aggregate_id` names what it is about within the kind `aggregate_type`, `actor` the principal,
    `source` where that came in; the ids are of the request and of what caused that.
    """

    aggregate_id: str = ""
    aggregate_type: str = ""
    actor: str = ""
    correlation_id: str | None = None
    causation_id: str | None = None
    source: str | None = None

    def encode(self) -> bytes:
        """Return it as metadata."""
        return _ENCODER.encode(self)


_DECODER: Final = msgspec.json.Decoder(Cause)


def cause_by(principal: Principal, *, subject: str, kind: str) -> Cause:
    """Return what `principal` causes in the work under way, about `subject`."""
    context = current()
    return Cause(
        aggregate_id=subject,
        aggregate_type=kind,
        actor=principal.id,
        correlation_id=context.correlation_id,
        causation_id=context.causation_id,
        source=principal.source,
    )


def cause_of(metadata: bytes) -> Cause:
    """Return what an event's metadata say."""
    return _DECODER.decode(metadata)
