"""Frames of Jetstream, of either wire, as the events they tell of.

Nothing that may come raises: what is no event is a `DeadLetter`, with one of `misfits.REASONS`.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, cast, get_args

from tenantry.base.codec import MAX_DEPTH, check_depth
from tenantry.base.errors import Invalid
from tenantry.collector.model import (
    Account,
    AccountStatus,
    Commit,
    DeadLetter,
    Identity,
    Notice,
    Parsed,
    Refusal,
    Sync,
    Wire,
)
from tenantry.collector.rules.envelopes import (
    PEEK,
    V1,
    V2,
    ToldAccount,
    ToldCommit,
    ToldIdentity,
    V1Account,
    V1Commit,
    V1Identity,
    V2Account,
    V2Commit,
    V2Error,
    V2Event,
    V2Identity,
    V2Info,
    V2Message,
    V2Sync,
)
from tenantry.collector.rules.misfits import FAILURES, Reason, why_v1, why_v2
from tenantry.collector.rules.names import handle_of, is_cid, is_did, is_nsid, is_rkey
from tenantry.collector.rules.tid import is_tid

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MAX_US: Final = 2**63 - 1
_HIDDEN: Final = ("takendown", "suspended", "deleted", "deactivated")
_STATUSES: Final = frozenset(get_args(AccountStatus))
# Nearly every commit has names of these lengths, and one look at all of them is the fastest.
_USUAL_NAMES: Final = re.compile(
    r"did:plc:[a-z2-7]{24} [2-7a-j][2-7a-z]{12} [2-7a-z]{13} b[a-z2-7]{58}"
)


def parse_v1(frame: bytes) -> Parsed:
    """Return what a frame of `/subscribe` says."""
    try:
        event = V1.decode(frame)
    except FAILURES as error:
        return _dead(frame, why_v1(frame, error))

    if type(event) is V1Commit:
        told = event.commit
        return _commit(frame, event.did, event.time_us, told, None)
    if not is_did(event.did):
        return _dead(frame, "bad_did")
    if type(event) is V1Identity:
        return _identity(event.did, _bounded(event.time_us), event.identity, None)
    return _account(event.did, _bounded(event.time_us), cast("V1Account", event).account, None)


def parse_v2(frame: bytes) -> Parsed:
    """Return what a frame of `subscribeEvents` says."""
    try:
        message = V2.decode(frame)
    except FAILURES as error:
        return _dead(frame, why_v2(frame, error))

    if type(message) is V2Error:
        return Refusal(message.error, message.message or "")
    event = cast("V2Message", message).payload
    if type(event) is V2Info:
        return Notice(event.name, event.message or "")
    return _v2_event(frame, cast("V2Event", event))


def wire_of(line: bytes) -> Wire | None:
    """Return the wire that a frame kept in a file came over; None where it looks like neither."""
    try:
        found = PEEK.decode(line)
    except FAILURES:
        return None
    if found.type in ("message", "error"):
        return "v2"
    return None if found.kind is None else "v1"


def _v2_event(frame: bytes, event: V2Event) -> Parsed:
    time_us, seq = _us(event.witnessed_at or event.time), event.seq
    if not 0 <= seq <= _MAX_US:
        return _dead(frame, "unknown_shape")
    if type(event) is V2Commit:
        return _commit(frame, event.did, time_us, event, seq)
    if not is_did(event.did):
        return _dead(frame, "bad_did")

    time_us = _bounded(time_us)
    if type(event) is V2Identity:
        return _identity(event.did, time_us, event.identity, seq)
    if type(event) is V2Account:
        return _account(event.did, time_us, event.account, seq)
    rev = cast("V2Sync", event).sync.rev
    return Sync(event.did, time_us, rev, seq) if is_tid(rev) else _dead(frame, "bad_rev")


def _commit(
    frame: bytes, did: str, time_us: int, told: ToldCommit | V2Commit, seq: int | None
) -> Parsed:
    rev, rkey, collection, cid = told.rev, told.rkey, told.collection, told.cid
    if not is_nsid(collection):
        return _dead(frame, "bad_collection")
    is_usual = _USUAL_NAMES.fullmatch(f"{did} {rev} {rkey} {cid}") is not None
    if not is_usual and (wrong := _wrong_name(did, rev, rkey, cid)) is not None:
        return _dead(frame, wrong)

    if not 0 <= time_us <= _MAX_US:
        time_us = _bounded(time_us)
    operation = told.operation
    if operation == "delete":
        return Commit(did, time_us, operation, collection, rkey, rev, None, None, seq)
    record = bytes(told.record)
    if (wrong := _wrong_record(record)) is not None:
        return _dead(frame, wrong)
    return Commit(did, time_us, operation, collection, rkey, rev, cid, record, seq)


def _wrong_record(record: bytes) -> Reason | None:
    if record[:1] != b"{":
        return "no_record"
    # What is not decoded here is not looked at for its UTF-8 either.
    if not record.isascii() and not _is_utf8(record):
        return "not_utf8"
    many = record.count(b"{") + record.count(b"[") > MAX_DEPTH
    return "too_deep" if many and not _is_shallow(record) else None


def _is_utf8(record: bytes) -> bool:
    try:
        record.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_shallow(record: bytes) -> bool:
    # How deep a decoder goes depends on who calls it; what is stored may not.
    try:
        check_depth(record)
    except Invalid:
        return False
    return True


def _wrong_name(did: str, rev: str, rkey: str, cid: str | None) -> Reason | None:
    if not is_did(did):
        return "bad_did"
    if not is_tid(rev):
        return "bad_rev"
    if not is_rkey(rkey):
        return "bad_rkey"
    return None if cid is None or is_cid(cid) else "bad_cid"


def _identity(did: str, time_us: int, told: ToldIdentity, seq: int | None) -> Identity:
    return Identity(did, time_us, _bounded(_us(told.time)), handle_of(told.handle), seq)


def _account(did: str, time_us: int, told: ToldAccount, seq: int | None) -> Account:
    at_us = _bounded(_us(told.time))
    return Account(did, time_us, at_us, told.active, _status(told), seq)


def _status(told: ToldAccount) -> AccountStatus:
    """Return a status that agrees with `active`; where an unknown one is given, the mildest."""
    status = told.status if told.status in _STATUSES else None
    if told.active:
        return "active" if status is None or status in _HIDDEN else cast("AccountStatus", status)
    is_told = status is not None and status != "active"
    return cast("AccountStatus", status) if is_told else "deactivated"


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _bounded(time_us: int) -> int:
    """Return a time that a column holds: what a host says of the time may be anything."""
    return min(max(time_us, 0), _MAX_US)


def _dead(frame: bytes, reason: Reason) -> DeadLetter:
    return DeadLetter(reason, frame, len(frame))
