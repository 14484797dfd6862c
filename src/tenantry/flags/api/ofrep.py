"""The bodies of OFREP, the OpenFeature Remote Evaluation Protocol, version 0.3.0."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tenantry.base.codec import decode_json, encode_json
from tenantry.base.errors import Invalid
from tenantry.flags.errors import FlagContextInvalid
from tenantry.flags.model import MAX_CONTEXT_BYTES, Context, Evaluation, FlagSet

EVALUATE_PATH: Final = "/ofrep/v1/evaluate/flags"
EVENTS_PATH: Final = "/ofrep/v1/events"
INACTIVITY_SECONDS: Final = 120
"""How long an application may lie idle before its client gives up the stream of events."""

SPLIT_BY: Final = "murmur3-cbor"
"""How shares are dealt: another way would deal all of them anew."""

_EVENT_STREAMS: Final = [
    {
        "type": "sse",
        # Without an origin it is the one that the client asks already.
        "endpoint": {"requestUri": EVENTS_PATH},
        "inactivityDelaySec": INACTIVITY_SECONDS,
    }
]


class EvaluatedJson(msgspec.Struct, omit_defaults=True):
    """A flag that was evaluated; without `value` whoever asks takes their own default."""

    key: str
    reason: str
    # Clients want it even where there is none.
    variant: str
    value: Any = msgspec.UNSET
    metadata: Mapping[str, Any] = {}


class FailedJson(msgspec.Struct, omit_defaults=True, rename="camel"):
    """A flag, or a request, that failed: clients want the details even of what is obvious."""

    error_code: str
    error_details: str
    key: str | None = None
    metadata: Mapping[str, Any] = {}


def key_in(path: str) -> str | None:
    """Return the flag that a path is about, with its slashes; None where it is about all."""
    _, separator, key = path.partition(f"{EVALUATE_PATH}/")
    return key if separator and key else None


def read_context(body: bytes) -> Context:
    """Return the context in the body of a request, empty where there is none; raises `Invalid`."""
    if not body.strip():
        return {}
    given = decode_json(body, max_bytes=MAX_CONTEXT_BYTES)
    if not isinstance(given, dict):
        raise Invalid(field="body", got=str(given)[:64], wants='an object with "context"')
    context = given.get("context")
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise FlagContextInvalid(field="context", got=str(context)[:64], wants="an object")
    return context


def told(found: Evaluation) -> EvaluatedJson | FailedJson:
    """Return an evaluation as it is told."""
    if found.error_code is not None:
        return FailedJson(found.error_code, found.error_details or found.error_code, found.key)
    return EvaluatedJson(found.key, found.reason, found.variant, found.value, found.metadata)


def told_set(flag_set: FlagSet, evaluations: list[Evaluation]) -> bytes:
    """Encode the evaluations of all flags of a set."""
    return encode_json(
        {
            "flags": [told(found) for found in evaluations],
            "eventStreams": _EVENT_STREAMS,
            "metadata": metadata_of(flag_set),
        }
    )


def metadata_of(flag_set: FlagSet) -> dict[str, str]:
    """Return what is told of a set itself."""
    return {
        "flagSetId": flag_set.tenant_id,
        "version": flag_set.version,
        "fractional": SPLIT_BY,
    }
