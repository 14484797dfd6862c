"""Why a frame is no event: one of few words, so that they can be counted."""

from typing import Any, Final, Literal, get_args

import msgspec

from tenantry.collector.rules.envelopes import ANY, FRAGMENT, Time

Reason = Literal[
    "not_utf8",
    "not_json",
    "too_deep",
    "unknown_kind",
    "unknown_operation",
    "unknown_shape",
    "bad_time",
    "bad_did",
    "bad_collection",
    "bad_rkey",
    "bad_rev",
    "bad_cid",
    "no_record",
]
"""Why a frame is no event; never more than these."""
REASONS: Final[tuple[str, ...]] = get_args(Reason)


_KINDS: Final = {
    FRAGMENT + kind: kind for kind in ("commit", "identity", "account", "sync", "info")
}
# The first that fits: what is beyond bounds, such as a number of 5,000 digits, is JSON.
_REASON_OF: Final[dict[type[Exception], Reason]] = {
    UnicodeDecodeError: "not_utf8",
    RecursionError: "too_deep",
    msgspec.ValidationError: "unknown_shape",
    msgspec.DecodeError: "not_json",
}
FAILURES: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a frame may raise."""


def why_v1(frame: bytes, error: Exception) -> Reason:
    """Return why decoding a frame of v1 has failed with `error`."""
    value = _shape_of(frame, error)
    if isinstance(value, str):
        return value
    kind = value.get("kind")
    if kind not in ("commit", "identity", "account"):
        return "unknown_kind"
    if not isinstance(value.get("did"), str):
        return "bad_did"
    if type(value.get("time_us")) is not int:
        return "bad_time"
    return _why_told(kind, value.get(kind))


def why_v2(frame: bytes, error: Exception) -> Reason:
    """Return why decoding a frame of v2 has failed with `error`."""
    value = _shape_of(frame, error)
    if isinstance(value, str):
        return value
    payload = value.get("payload")
    match value.get("$type"):
        case "message" if isinstance(payload, dict):
            return _why_payload(payload)
        case "message" | "error":
            return "unknown_shape"
        case _:
            return "unknown_kind"


def _why_payload(payload: dict[str, Any]) -> Reason:
    kind = _KINDS.get(str(payload.get("$type")))
    if kind is None:
        return "unknown_kind"
    if kind == "info":
        return "unknown_shape"
    if not isinstance(payload.get("did"), str):
        return "bad_did"
    if not _is_time(payload.get("time")):
        return "bad_time"
    return _why_told(kind, payload if kind == "commit" else payload.get(kind))


def _why_told(kind: str, told: Any) -> Reason:
    if not isinstance(told, dict):
        return "unknown_shape"
    if kind == "commit" and told.get("operation") not in ("create", "update", "delete"):
        return "unknown_operation"
    if kind in ("identity", "account") and not _is_time(told.get("time")):
        return "bad_time"
    return "unknown_shape"


def _is_time(value: Any) -> bool:
    try:
        msgspec.convert(value, Time)
    except msgspec.ValidationError:
        return False
    return True


def _shape_of(frame: bytes, error: Exception) -> dict[str, Any] | Reason:
    """Return what `frame` holds, which the expected shape does not; or why it holds nothing."""
    value: Any = None
    try:
        # What is beside the mark was not looked at any further.
        value = ANY.decode(frame)
    except FAILURES as another:
        error = another
    if isinstance(value, dict):
        return value
    return next(
        (reason for kind, reason in _REASON_OF.items() if isinstance(error, kind)), "unknown_shape"
    )
